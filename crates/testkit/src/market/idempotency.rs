//! Writes that are repeated under their idempotency key.

use domain::market::{Commit, PriceStore, PriceWrite, SeriesKey, TimeRange, Version, WriteKind, Written};

use super::steps::{
    assert_error, batched, commit, commits, delete, expecting, head, key, read, refusal, replace, revert_to,
    span, under, upsert,
};
use crate::{
    bars::{batches, minutes},
    harness::{Fixture, StoreHarness},
};

/// Writes what was written before, and expects the same commit.
async fn repeat(prices: &dyn PriceStore, key: &SeriesKey, write: PriceWrite<'_>, made: &Commit) {
    let written = prices.commit(key, write).await.unwrap();
    assert_eq!(written, Written::Repeated(made.clone()));
}

pub async fn a_repeated_write_returns_its_commit(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let write = || under(upsert(&minutes(0..10, 1.0)), "import 7/é");
    let made = commit(prices, &key, write()).await;
    assert_eq!(made.idempotency_key.as_deref(), Some("import 7/é"));
    for _ in 0..3 {
        repeat(prices, &key, write(), &made).await;
    }
    assert_eq!(commits(prices, &key).await, [made]);
}

pub async fn a_write_is_repeated_after_others_and_a_restart(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    let write = || under(upsert(&minutes(0..10, 1.0)), "k");
    let made = commit(fixture.prices(), &key, write()).await;
    let other = commit(fixture.prices(), &key, under(upsert(&minutes(0..10, 2.0)), "k2")).await;
    repeat(fixture.prices(), &key, write(), &made).await;
    for number in 0..70 {
        commit(fixture.prices(), &key, upsert(&minutes([100 + number], 1.0))).await;
    }
    commit(fixture.prices(), &key, delete(TimeRange::ALL)).await;
    fixture.restart().await;
    repeat(fixture.prices(), &key, write(), &made).await;
    repeat(
        fixture.prices(),
        &key,
        under(upsert(&minutes(0..10, 2.0)), "k2"),
        &other,
    )
    .await;
    assert_eq!(head(fixture.prices(), &key).await.version, Version(73));
    assert_eq!(read(fixture.prices(), &key).await.len(), 0);
}

pub async fn a_write_is_repeated_through_another_handle(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (other, key) = (fixture.another_handle().await, key("X:A/1m"));
    let made = commit(fixture.prices(), &key, under(upsert(&minutes(0..10, 1.0)), "k")).await;
    repeat(
        &*other.prices,
        &key,
        under(upsert(&minutes(0..10, 1.0)), "k"),
        &made,
    )
    .await;
}

pub async fn every_kind_of_write_can_be_repeated(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let kinds: [fn() -> PriceWrite<'static>; 3] = [
        || under(upsert(&minutes(0..10, 1.0)), "upsert"),
        || under(replace(span(2, 8), &minutes(3..5, 2.0)), "replace"),
        || under(delete(span(0, 2)), "delete"),
    ];
    let mut made = Vec::new();
    for write in kinds {
        made.push(commit(prices, &key, write()).await);
    }
    for (write, made) in kinds.iter().zip(&made) {
        repeat(prices, &key, write(), made).await;
    }
}

pub async fn a_repeated_write_may_expect_what_it_expected_then(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let first = || under(expecting(upsert(&minutes(0..10, 1.0)), 0), "k1");
    let second = || under(expecting(upsert(&minutes(10..20, 1.0)), 1), "k2");
    let made = [
        commit(prices, &key, first()).await,
        commit(prices, &key, second()).await,
    ];
    repeat(prices, &key, first(), &made[0]).await;
    repeat(prices, &key, second(), &made[1]).await;
}

pub async fn how_bars_are_cut_into_batches_does_not_matter(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), minutes(0..100, 1.0));
    let write = |size| under(batched(WriteKind::Upsert, batches(&bars, size)), "k");
    let made = commit(prices, &key, write(100)).await;
    repeat(prices, &key, write(7), &made).await;
    repeat(prices, &key, write(1), &made).await;
}

pub async fn another_payload_under_a_key_conflicts(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    let made = commit(fixture.prices(), &key, under(upsert(&minutes(0..10, 1.0)), "k")).await;
    for restarted in [false, true] {
        if restarted {
            fixture.restart().await;
        }
        for bars in [
            minutes(0..10, 2.0),
            minutes(0..9, 1.0),
            minutes(0..11, 1.0),
            minutes(20..30, 1.0),
        ] {
            assert_error!(
                refusal(fixture.prices(), &key, under(upsert(&bars), "k")).await,
                Conflict
            );
        }
        assert_eq!(commits(fixture.prices(), &key).await, std::slice::from_ref(&made));
    }
}

pub async fn another_kind_of_write_is_another_payload(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), minutes(0..10, 1.0));
    commit(prices, &key, under(upsert(&bars), "k")).await;
    assert_error!(
        refusal(prices, &key, under(replace(TimeRange::ALL, &bars), "k")).await,
        Conflict
    );
    assert_error!(
        refusal(prices, &key, under(delete(TimeRange::ALL), "k")).await,
        Conflict
    );
    assert_eq!(head(prices, &key).await.version, Version(1));
}

pub async fn another_range_is_another_payload(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    commit(prices, &key, under(delete(span(0, 2)), "delete")).await;
    commit(
        prices,
        &key,
        under(replace(span(2, 5), &minutes([3], 2.0)), "replace"),
    )
    .await;
    for range in [
        span(0, 3),
        span(5, 7),
        TimeRange {
            start: None,
            ..span(0, 2)
        },
        TimeRange::ALL,
    ] {
        assert_error!(
            refusal(prices, &key, under(delete(range), "delete")).await,
            Conflict
        );
    }
    for range in [span(2, 6), span(1, 5)] {
        let write = under(replace(range, &minutes([3], 2.0)), "replace");
        assert_error!(refusal(prices, &key, write).await, Conflict);
    }
    assert_eq!(head(prices, &key).await.version, Version(3));
}

pub async fn each_series_has_keys_of_its_own(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, one, two) = (fixture.prices(), key("X:A/1m"), key("X:B/1m"));
    let made = commit(prices, &one, under(upsert(&minutes(0..10, 1.0)), "k")).await;
    commit(prices, &two, under(upsert(&minutes(0..5, 2.0)), "k")).await;
    repeat(prices, &one, under(upsert(&minutes(0..10, 1.0)), "k"), &made).await;
}

pub async fn a_key_outlives_a_revert(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let made = commit(prices, &key, under(upsert(&minutes(10..20, 1.0)), "k")).await;
    prices.revert(&key, revert_to(1)).await.unwrap();
    repeat(prices, &key, under(upsert(&minutes(10..20, 1.0)), "k"), &made).await;
    assert_eq!(read(prices, &key).await, minutes(0..10, 1.0));
}

pub async fn a_purged_series_frees_its_keys(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, under(upsert(&minutes(0..10, 1.0)), "k")).await;
    prices.purge(&key).await.unwrap();
    let made = commit(prices, &key, under(upsert(&minutes(0..5, 2.0)), "k")).await;
    assert_eq!(made.version, Version(1));
}

pub async fn a_write_that_changed_nothing_does_not_use_up_its_key(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let written = prices
        .commit(&key, under(upsert(&minutes(0..10, 1.0)), "k"))
        .await
        .unwrap();
    assert!(matches!(written, Written::Unchanged(Some(_))), "{written:?}");
    let made = commit(prices, &key, under(upsert(&minutes(0..10, 2.0)), "k")).await;
    assert_eq!(made.version, Version(2));
}
