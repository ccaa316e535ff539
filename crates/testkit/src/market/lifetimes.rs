//! What survives a restart, what other handles see, what a purge removes and what a check finds.

use domain::market::{PriceStore, SeriesKey, TimeRange, Version};

use super::steps::{
    all_gaps, all_series, assert_error, commit, commits, delete, first_error, head, key, read, read_version,
    revert_to, upsert,
};
use crate::{
    bars::{batches, minutes, none, synthetic_minutes},
    harness::{Fixture, StoreHarness},
};

pub async fn everything_is_there_after_a_restart(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let (one, two) = (key("X:A/1m"), key("Y:B/1d"));
    commit(fixture.prices(), &one, upsert(&synthetic_minutes(1, 20_000))).await;
    commit(fixture.prices(), &one, delete(super::steps::span(5, 9_000))).await;
    commit(fixture.prices(), &two, upsert(&minutes(0..10, 1.0))).await;
    commit(fixture.prices(), &two, delete(TimeRange::ALL)).await;
    let heads = fixture.prices().list(all_series()).await.unwrap().items;
    let (bars, history) = (
        read(fixture.prices(), &one).await,
        commits(fixture.prices(), &one).await,
    );
    for _ in 0..3 {
        fixture.restart().await;
        assert_eq!(fixture.prices().list(all_series()).await.unwrap().items, heads);
        assert_eq!(
            fixture.prices().head(&one).await.unwrap().as_ref(),
            Some(&heads[0])
        );
        assert_eq!(read(fixture.prices(), &one).await, bars);
        assert_eq!(
            read_version(fixture.prices(), &one, 1).await,
            synthetic_minutes(1, 20_000)
        );
        assert_eq!(commits(fixture.prices(), &one).await, history);
        assert_eq!(read(fixture.prices(), &two).await, none());
    }
}

pub async fn writes_go_on_after_each_restart(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    for number in 0..12 {
        let made = commit(
            fixture.prices(),
            &key,
            upsert(&minutes([number, 50 - number], 1.0 + number as f64)),
        )
        .await;
        assert_eq!(made.version, Version(number as u64 + 1));
        fixture.restart().await;
    }
    let (head, bars) = (
        head(fixture.prices(), &key).await,
        read(fixture.prices(), &key).await,
    );
    assert_eq!(
        (head.version, head.digest, head.bars),
        (Version(12), bars.digest(), 24)
    );
}

pub async fn another_handle_sees_each_commit_at_once(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (other, key) = (fixture.another_handle().await, key("X:A/1m"));
    assert_eq!(other.prices.head(&key).await.unwrap(), None);
    let handles: [&dyn PriceStore; 2] = [fixture.prices(), &*other.prices];
    for number in 0..20_i64 {
        let (writer, reader) = (handles[number as usize % 2], handles[(number as usize + 1) % 2]);
        let made = commit(writer, &key, upsert(&minutes([number], 1.0))).await;
        let head = head(reader, &key).await;
        assert_eq!((head.version, head.digest), (made.version, made.digest));
        assert_eq!(made.version, Version(number as u64 + 1));
        assert_eq!(read(reader, &key).await, minutes(0..=number, 1.0));
        assert_eq!(commits(reader, &key).await[0], made);
        assert_eq!(reader.list(all_series()).await.unwrap().items, [head]);
    }
}

pub async fn another_handle_sees_a_purge_and_what_is_made_again(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (other, key) = (fixture.another_handle().await, key("X:A/1m"));
    commit(fixture.prices(), &key, upsert(&minutes(0..10, 1.0))).await;
    let before = head(&*other.prices, &key).await;
    fixture.prices().purge(&key).await.unwrap();
    assert_eq!(other.prices.head(&key).await.unwrap(), None);
    assert_eq!(other.prices.list(all_series()).await.unwrap().items, []);
    commit(fixture.prices(), &key, upsert(&minutes(0..3, 2.0))).await;
    let after = head(&*other.prices, &key).await;
    assert_ne!(after.id, before.id);
    assert_eq!(read(&*other.prices, &key).await, minutes(0..3, 2.0));
    let made = commit(&*other.prices, &key, upsert(&minutes(3..6, 2.0))).await;
    assert_eq!((made.version, made.bars), (Version(2), 6));
}

async fn assert_gone(prices: &dyn PriceStore, key: &SeriesKey) {
    let query = domain::market::BarsQuery::all(key.clone());
    assert_eq!(prices.head(key).await.unwrap(), None);
    assert_eq!(prices.list(all_series()).await.unwrap().items, []);
    assert_error!(first_error(prices, query).await, NotFound);
    assert_error!(prices.gaps(all_gaps(key)).await.unwrap_err(), NotFound);
    assert_error!(prices.verify(key).await.unwrap_err(), NotFound);
    assert_error!(prices.revert(key, revert_to(0)).await.unwrap_err(), NotFound);
    assert_error!(prices.purge(key).await.unwrap_err(), NotFound);
}

pub async fn a_purged_series_is_gone(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    assert_gone(fixture.prices(), &key).await;
    commit(fixture.prices(), &key, upsert(&minutes(0..10, 1.0))).await;
    commit(fixture.prices(), &key, delete(TimeRange::ALL)).await;
    fixture.prices().purge(&key).await.unwrap();
    assert_gone(fixture.prices(), &key).await;
    fixture.restart().await;
    assert_gone(fixture.prices(), &key).await;
}

pub async fn a_series_made_again_has_a_new_identity_and_history(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    let mut ids = Vec::new();
    for round in 0..3 {
        let price = f64::from(round) + 1.0;
        let made = commit(fixture.prices(), &key, upsert(&minutes(0..10, price))).await;
        assert_eq!((made.version, made.inserted), (Version(1), 10));
        commit(fixture.prices(), &key, upsert(&minutes(5..12, price + 0.5))).await;
        fixture.restart().await;
        assert_eq!(
            read_version(fixture.prices(), &key, 1).await,
            minutes(0..10, price)
        );
        assert_eq!(commits(fixture.prices(), &key).await.len(), 2);
        ids.push(head(fixture.prices(), &key).await.id);
        fixture.prices().purge(&key).await.unwrap();
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

pub async fn a_purge_leaves_other_series_alone(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let (gone, others) = (key("X:A/1m"), ["X:A/1h", "X:AB/1m", "XA:A/1m"].map(key));
    for key in others.iter().chain([&gone]) {
        commit(fixture.prices(), key, upsert(&minutes(0..10, 1.0))).await;
    }
    fixture.prices().purge(&gone).await.unwrap();
    fixture.restart().await;
    for key in &others {
        assert_eq!(read(fixture.prices(), key).await, minutes(0..10, 1.0));
    }
}

pub async fn a_sound_series_has_no_damages(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let pieces = batches(&synthetic_minutes(1, 20_000), 3_000);
    for piece in &pieces {
        commit(prices, &key, upsert(piece)).await;
    }
    commit(prices, &key, delete(super::steps::span(100, 7_000))).await;
    prices.revert(&key, revert_to(2)).await.unwrap();
    let check = prices.verify(&key).await.unwrap();
    assert_eq!(check.damages, []);
    assert_eq!(
        (check.key, check.versions),
        (key.clone(), pieces.len() as u64 + 2)
    );
    assert!(check.chunks > 0);
    assert!(
        check.bars >= 20_000,
        "the chunks hold what any version shows: {} bars",
        check.bars
    );
}

pub async fn a_series_without_bars_is_sound(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    commit(prices, &key, delete(TimeRange::ALL)).await;
    let check = prices.verify(&key).await.unwrap();
    assert_eq!((check.damages, check.versions), (vec![], 2));
}

pub async fn many_series_live_in_one_store(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let keys: Vec<SeriesKey> = (0..60)
        .map(|number| key(&format!("V{}:S{number}/1m", number % 7)))
        .collect();
    for (number, key) in keys.iter().enumerate() {
        commit(fixture.prices(), key, upsert(&minutes(0..=number as i64, 1.0))).await;
    }
    fixture.restart().await;
    let heads = fixture.prices().list(all_series()).await.unwrap().items;
    assert_eq!(heads.len(), 60);
    for head in heads {
        assert_eq!(read(fixture.prices(), &head.key).await.digest(), head.digest);
    }
}
