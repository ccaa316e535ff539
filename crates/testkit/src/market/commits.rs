//! What writes do to a series.

use domain::market::{Bars, CommitKind, SetDigest, TimeRange, Version, WriteKind, Written};

use super::steps::{
    all_series, at, author, batched, commit, commits, delete, head, key, read, read_version, replace, span,
    upsert,
};
use crate::{
    bars::{MINUTE, MONDAY, batches, minutes, none, priced, synthetic_minutes},
    harness::{Fixture, StoreHarness},
};

pub async fn the_first_commit_makes_version_1(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), minutes(0..10, 1.0));
    let commit = commit(prices, &key, upsert(&bars)).await;
    assert_eq!((commit.version, commit.kind), (Version(1), CommitKind::Upsert));
    assert_eq!(
        (commit.inserted, commit.changed, commit.deleted, commit.bars),
        (10, 0, 0, 10)
    );
    assert_eq!(commit.digest, bars.digest());
    assert_eq!(
        (commit.author, commit.reason, commit.import_id),
        (author(), None, None)
    );
    assert_eq!((commit.idempotency_key, commit.payload), (None, None));
    assert_eq!(read(prices, &key).await, bars);
}

pub async fn a_commit_counts_inserted_and_changed_bars(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    // Five bars as they are, three changed, four new.
    let mut bars = minutes(2..7, 1.0);
    bars.append(&minutes(7..14, 2.0)).unwrap();
    let commit = commit(prices, &key, upsert(&bars)).await;
    assert_eq!(
        (commit.inserted, commit.changed, commit.deleted, commit.bars),
        (4, 3, 0, 14)
    );
    let mut expected = minutes(0..7, 1.0);
    expected.append(&minutes(7..14, 2.0)).unwrap();
    assert_eq!(read(prices, &key).await, expected);
    assert_eq!(commit.digest, expected.digest());
}

pub async fn an_unchanged_write_makes_no_version_and_says_so(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), minutes(0..10, 1.0));
    commit(prices, &key, upsert(&bars)).await;
    let head = head(prices, &key).await;
    let whole = TimeRange::ALL;
    let writes = [
        upsert(&bars),
        upsert(&bars.slice(3..5)),
        upsert(&none()),
        replace(whole, &bars),
        delete(span(50, 60)),
    ];
    for write in writes {
        let kind = write.kind;
        let written = prices.commit(&key, write).await.unwrap();
        assert_eq!(written, Written::Unchanged(Some(head.clone())), "{kind:?}");
    }
    assert_eq!(commits(prices, &key).await.len(), 1);
}

pub async fn writing_nothing_makes_no_series(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    for write in [
        upsert(&none()),
        batched(WriteKind::Upsert, Vec::new()),
        delete(TimeRange::ALL),
    ] {
        assert_eq!(
            prices.commit(&key, write).await.unwrap(),
            Written::Unchanged(None)
        );
    }
    assert_eq!(prices.head(&key).await.unwrap(), None);
    assert_eq!(prices.list(all_series()).await.unwrap().items, []);
    assert_eq!(
        fixture
            .instruments()
            .instrument(&key.venue, &key.symbol)
            .await
            .unwrap(),
        None
    );
}

pub async fn bars_land_before_between_and_behind_those_stored(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    for numbers in [vec![10, 20, 30], vec![0, 5], vec![15, 25], vec![40, 50]] {
        commit(prices, &key, upsert(&minutes(numbers, 1.0))).await;
    }
    let expected = minutes([0, 5, 10, 15, 20, 25, 30, 40, 50], 1.0);
    assert_eq!(read(prices, &key).await, expected);
    assert_eq!(head(prices, &key).await.digest, expected.digest());
}

pub async fn replacing_a_range_leaves_the_rest_alone(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    // Of minutes 3, 4, 5 and 6: 3 stays as it is, 4 changes, 5 and 6 go.
    let mut bars = minutes([3], 1.0);
    bars.append(&minutes([4], 2.0)).unwrap();
    let commit = commit(prices, &key, replace(span(3, 7), &bars)).await;
    assert_eq!(commit.kind, CommitKind::Replace);
    assert_eq!(
        (commit.inserted, commit.changed, commit.deleted, commit.bars),
        (0, 1, 2, 8)
    );
    let expected = Bars::concat([&minutes(0..4, 1.0), &minutes([4], 2.0), &minutes(7..10, 1.0)]).unwrap();
    assert_eq!(read(prices, &key).await, expected);
    assert_eq!(commit.digest, expected.digest());
}

pub async fn replacing_a_range_inserts_where_nothing_was(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let first = commit(prices, &key, replace(span(0, 10), &minutes(0..3, 1.0))).await;
    assert_eq!(
        (first.version, first.kind, first.inserted),
        (Version(1), CommitKind::Replace, 3)
    );
    let second = commit(prices, &key, replace(span(5, 8), &minutes(6..8, 1.0))).await;
    assert_eq!((second.inserted, second.deleted, second.bars), (2, 0, 5));
    assert_eq!(read(prices, &key).await, minutes([0, 1, 2, 6, 7], 1.0));
}

pub async fn replacing_a_range_with_nothing_empties_it(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let commit = commit(prices, &key, replace(span(2, 5), &none())).await;
    assert_eq!(
        (commit.kind, commit.deleted, commit.bars),
        (CommitKind::Replace, 3, 7)
    );
    assert_eq!(read(prices, &key).await, minutes([0, 1, 5, 6, 7, 8, 9], 1.0));
}

pub async fn a_deleted_range_is_half_open(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let commit = commit(prices, &key, delete(span(2, 5))).await;
    assert_eq!(commit.kind, CommitKind::Delete);
    assert_eq!(
        (commit.inserted, commit.changed, commit.deleted, commit.bars),
        (0, 0, 3, 7)
    );
    let expected = minutes([0, 1, 5, 6, 7, 8, 9], 1.0);
    assert_eq!(read(prices, &key).await, expected);
    assert_eq!(commit.digest, expected.digest());
}

pub async fn a_range_without_bounds_is_deleted_to_its_ends(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let bound = |minute| Some(at(MONDAY + minute * MINUTE));
    commit(prices, &key, delete(TimeRange::new(None, bound(3)))).await;
    assert_eq!(read(prices, &key).await, minutes(3..10, 1.0));
    commit(prices, &key, delete(TimeRange::new(bound(7), None))).await;
    assert_eq!(read(prices, &key).await, minutes(3..7, 1.0));
}

pub async fn deleting_every_bar_keeps_the_series_and_its_versions(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), minutes(0..10, 1.0));
    commit(prices, &key, upsert(&bars)).await;
    let before = head(prices, &key).await;
    let commit = commit(prices, &key, delete(TimeRange::ALL)).await;
    assert_eq!(
        (commit.deleted, commit.bars, commit.digest),
        (10, 0, SetDigest::EMPTY)
    );
    let head = head(prices, &key).await;
    assert_eq!(
        (head.version, head.bars, head.first, head.last),
        (Version(2), 0, None, None)
    );
    assert_eq!(
        (head.id, head.gaps, head.digest),
        (before.id, 0, SetDigest::EMPTY)
    );
    assert_eq!(prices.list(all_series()).await.unwrap().items, [head]);
    assert_eq!(read(prices, &key).await, none());
    assert_eq!(read_version(prices, &key, 1).await, bars);
}

pub async fn an_emptied_series_is_filled_again(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    commit(prices, &key, delete(TimeRange::ALL)).await;
    let third = commit(prices, &key, upsert(&minutes(5..8, 2.0))).await;
    assert_eq!((third.version, third.inserted, third.bars), (Version(3), 3, 3));
    assert_eq!(read(prices, &key).await, minutes(5..8, 2.0));
}

pub async fn a_hundred_thousand_bars_come_in_batches(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), synthetic_minutes(1, 100_000));
    let mut pieces = batches(&bars, 30_011);
    pieces.insert(0, none());
    pieces.insert(3, none());
    pieces.push(none());
    let commit = commit(prices, &key, batched(WriteKind::Upsert, pieces)).await;
    assert_eq!(
        (commit.inserted, commit.bars, commit.digest),
        (100_000, 100_000, bars.digest())
    );
    assert_eq!(read(prices, &key).await, bars);
}

pub async fn a_large_series_takes_small_corrections(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), synthetic_minutes(2, 50_000));
    commit(prices, &key, upsert(&bars)).await;
    let numbers = [0, 1, 4_095, 4_096, 25_000, 49_999];
    let correction = commit(prices, &key, upsert(&minutes(numbers, 7.0))).await;
    assert_eq!(
        (correction.inserted, correction.changed, correction.bars),
        (0, 6, 50_000)
    );
    commit(prices, &key, delete(span(8_191, 8_193))).await;
    let expected = bars
        .rows()
        .enumerate()
        .filter(|(index, _)| !(8_191..8_193).contains(index))
        .map(|(index, bar)| {
            let corrected = numbers.contains(&(index as i64));
            if corrected {
                crate::bars::flat(bar.time, 7.0)
            } else {
                bar
            }
        });
    let expected = Bars::from_rows(&expected.collect::<Vec<_>>()).unwrap();
    assert_eq!(read(prices, &key).await, expected);
    assert_eq!(head(prices, &key).await.digest, expected.digest());
    assert_eq!(read_version(prices, &key, 1).await, bars);
}

pub async fn a_large_range_is_replaced_by_batches(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let (bars, new) = (synthetic_minutes(3, 40_000), synthetic_minutes(4, 40_000));
    commit(prices, &key, upsert(&bars)).await;
    let (range, inside) = (span(10_000, 30_000), new.slice(12_000..28_000));
    let commit = commit(
        prices,
        &key,
        batched(WriteKind::ReplaceRange(range), batches(&inside, 5_000)),
    )
    .await;
    assert_eq!((commit.inserted, commit.deleted, commit.bars), (0, 4_000, 36_000));
    let expected = Bars::concat([&bars.slice(0..10_000), &inside, &bars.slice(30_000..40_000)]).unwrap();
    assert_eq!(read(prices, &key).await, expected);
}

pub async fn series_do_not_touch_each_other(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let prices = fixture.prices();
    let keys = ["X:A/1m", "X:A/1h", "X:B/1m", "Y:A/1m"].map(key);
    for (index, key) in keys.iter().enumerate() {
        commit(prices, key, upsert(&priced([(MONDAY, index as f64 + 1.0)]))).await;
    }
    commit(prices, &keys[0], delete(TimeRange::ALL)).await;
    for (index, key) in keys.iter().enumerate().skip(1) {
        assert_eq!(read(prices, key).await, priced([(MONDAY, index as f64 + 1.0)]));
        assert_eq!(head(prices, key).await.version, Version(1));
    }
}
