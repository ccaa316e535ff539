//! Differences between versions.

use domain::market::{Changes, PriceStore, SeriesKey, TimeRange, Version};
use futures::StreamExt;

use super::steps::{
    assert_error, commit, delete, difference, key, read_version, replace, revert_to, span, upsert,
};
use crate::{
    bars::{minutes, none, synthetic_minutes},
    harness::{Fixture, StoreHarness},
};

/// Compares all pairs of versions, in both directions, with what reading them shows.
async fn assert_all_pairs(prices: &dyn PriceStore, key: &SeriesKey, versions: u64) {
    let mut states = Vec::new();
    for version in 0..=versions {
        states.push(read_version(prices, key, version).await);
    }
    for (from, earlier) in states.iter().enumerate() {
        for (to, later) in states.iter().enumerate() {
            let found = difference(prices, key, from as u64, to as u64).await.unwrap();
            assert_eq!(found, Changes::between(earlier, later), "from {from} to {to}");
        }
    }
}

pub async fn a_difference_tells_inserted_changed_and_deleted_bars(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    commit(prices, &key, replace(span(8, 20), &minutes([9, 12], 2.0))).await;
    let found = difference(prices, &key, 1, 2).await.unwrap();
    let expected = Changes {
        inserted: minutes([12], 2.0),
        before: minutes([9], 1.0),
        after: minutes([9], 2.0),
        deleted: minutes([8], 1.0),
    };
    assert_eq!(found, expected);
    let back = difference(prices, &key, 2, 1).await.unwrap();
    assert_eq!(
        (back.inserted, back.deleted),
        (minutes([8], 1.0), minutes([12], 2.0))
    );
    assert_eq!((back.before, back.after), (minutes([9], 2.0), minutes([9], 1.0)));
}

pub async fn version_0_is_the_empty_series(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let made = difference(prices, &key, 0, 1).await.unwrap();
    assert_eq!((made.inserted, made.deleted), (minutes(0..10, 1.0), none()));
    let unmade = difference(prices, &key, 1, 0).await.unwrap();
    assert_eq!((unmade.inserted, unmade.deleted), (none(), minutes(0..10, 1.0)));
}

pub async fn a_version_does_not_differ_from_itself_or_its_revert(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    commit(prices, &key, delete(span(0, 5))).await;
    prices.revert(&key, revert_to(1)).await.unwrap();
    for (from, to) in [(0, 0), (1, 1), (3, 3), (1, 3), (3, 1)] {
        assert!(
            difference(prices, &key, from, to).await.unwrap().is_empty(),
            "from {from} to {to}"
        );
    }
}

pub async fn any_two_versions_can_be_compared(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    let writes = [
        upsert(&minutes(0..30, 1.0)),
        upsert(&minutes((0..60).step_by(3), 2.0)),
        delete(span(10, 20)),
        replace(span(5, 40), &minutes((5..40).step_by(2), 1.0)),
        delete(TimeRange::ALL),
        upsert(&minutes(25..45, 1.0)),
    ];
    for write in writes {
        commit(fixture.prices(), &key, write).await;
    }
    fixture.prices().revert(&key, revert_to(2)).await.unwrap();
    fixture.restart().await;
    assert_all_pairs(fixture.prices(), &key, 7).await;
}

pub async fn large_versions_can_be_compared(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&synthetic_minutes(1, 30_000))).await;
    commit(prices, &key, upsert(&minutes((0..40_000).step_by(1_999), 9.0))).await;
    commit(prices, &key, delete(span(10_000, 15_000))).await;
    assert_all_pairs(prices, &key, 3).await;
}

pub async fn there_is_no_difference_to_what_never_was(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, known) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &known, upsert(&minutes(0..10, 1.0))).await;
    for (key, from, to) in [
        (&known, 1, 2),
        (&known, 2, 1),
        (&known, 0, 9),
        (&known, 2, 2),
        (&key("X:B/1m"), 0, 0),
    ] {
        match prices.diff(key, Version(from), Version(to)).next().await {
            Some(Err(error)) => assert_error!(error, NotFound),
            other => panic!("{key} from {from} to {to}: expected NotFound first, got {other:?}"),
        }
    }
}
