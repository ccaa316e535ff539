//! Earlier contents that are brought back.

use domain::market::{Bars, CommitKind, Revert, SetDigest, TimeRange, Version, WriteMeta, Written};

use super::steps::{
    assert_error, commit, commits, delete, head, key, read, read_version, replace, revert_to, span, upsert,
};
use crate::{
    bars::{minutes, none, synthetic_minutes},
    harness::{Fixture, StoreHarness},
};

fn expecting(to: u64, version: u64) -> Revert {
    Revert {
        expected: Some(Version(version)),
        ..revert_to(to)
    }
}

/// Makes versions 1 to 3 and returns the bars of versions 0 to 3.
async fn three_versions(fixture: &Fixture) -> [Bars; 4] {
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    commit(prices, &key, replace(span(2, 8), &minutes(4..6, 2.0))).await;
    commit(prices, &key, upsert(&minutes(20..25, 3.0))).await;
    let second = Bars::concat([&minutes(0..2, 1.0), &minutes(4..6, 2.0), &minutes(8..10, 1.0)]).unwrap();
    let third = Bars::concat([&second, &minutes(20..25, 3.0)]).unwrap();
    [none(), minutes(0..10, 1.0), second, third]
}

pub async fn a_revert_brings_back_contents_and_digest(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let versions = three_versions(&fixture).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let meta = WriteMeta {
        reason: Some("a bad file".to_owned()),
        ..revert_to(1).meta
    };
    let written = prices
        .revert(&key, Revert { meta, ..revert_to(1) })
        .await
        .unwrap();
    let Written::Committed(commit) = written else {
        panic!("a commit was expected, not {written:?}")
    };
    assert_eq!((commit.version, commit.kind), (Version(4), CommitKind::Revert));
    // Minutes 2, 3, 6 and 7 come back, 4 and 5 change, 20 to 24 go.
    assert_eq!(
        (commit.inserted, commit.changed, commit.deleted, commit.bars),
        (4, 2, 5, 10)
    );
    assert_eq!(
        (commit.digest, commit.reason.as_deref()),
        (versions[1].digest(), Some("a bad file"))
    );
    assert_eq!(read(prices, &key).await, versions[1]);
    let head = head(prices, &key).await;
    assert_eq!(
        (head.version, head.digest, head.bars),
        (Version(4), versions[1].digest(), 10)
    );
    assert_eq!(head.updated_at, commit.committed_at);
}

pub async fn a_revert_leaves_all_versions_as_they_were(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let mut versions = three_versions(&fixture).await.to_vec();
    let key = key("X:A/1m");
    for to in [1, 0, 3, 2, 4] {
        prices_revert(&fixture, to).await;
        versions.push(versions[to as usize].clone());
        for (version, bars) in versions.iter().enumerate() {
            assert_eq!(
                &read_version(fixture.prices(), &key, version as u64).await,
                bars,
                "version {version}"
            );
        }
    }
    fixture.restart().await;
    for (version, bars) in versions.iter().enumerate() {
        assert_eq!(
            &read_version(fixture.prices(), &key, version as u64).await,
            bars,
            "version {version}"
        );
    }
}

async fn prices_revert(fixture: &Fixture, to: u64) {
    let written = fixture
        .prices()
        .revert(&key("X:A/1m"), revert_to(to))
        .await
        .unwrap();
    assert!(matches!(written, Written::Committed(_)), "{written:?}");
}

pub async fn a_revert_to_0_empties_the_series(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    three_versions(&fixture).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    prices_revert(&fixture, 0).await;
    let head = head(prices, &key).await;
    assert_eq!(
        (head.bars, head.first, head.last, head.digest),
        (0, None, None, SetDigest::EMPTY)
    );
    assert_eq!(commits(prices, &key).await[0].deleted, 11);
    assert_eq!(read(prices, &key).await, none());
    let again = prices.revert(&key, revert_to(0)).await.unwrap();
    assert_eq!(again, Written::Unchanged(Some(head)));
}

pub async fn a_revert_to_equal_contents_makes_no_version(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    three_versions(&fixture).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    // Version 4 holds what version 2 held.
    commit(prices, &key, delete(span(20, 25))).await;
    let head = head(prices, &key).await;
    for revert in [revert_to(4), revert_to(2), expecting(2, 4)] {
        assert_eq!(
            prices.revert(&key, revert).await.unwrap(),
            Written::Unchanged(Some(head.clone()))
        );
    }
}

pub async fn a_revert_expects_its_head(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let versions = three_versions(&fixture).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    for stale in [0, 2, 4] {
        assert_error!(
            prices.revert(&key, expecting(1, stale)).await.unwrap_err(),
            Conflict
        );
    }
    assert_eq!(head(prices, &key).await.version, Version(3));
    assert_eq!(read(prices, &key).await, versions[3]);
    let written = prices.revert(&key, expecting(1, 3)).await.unwrap();
    assert_eq!(written.commit().unwrap().version, Version(4));
}

pub async fn there_is_no_revert_to_what_never_was(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    three_versions(&fixture).await;
    let prices = fixture.prices();
    assert_error!(
        prices.revert(&key("X:A/1m"), revert_to(4)).await.unwrap_err(),
        NotFound
    );
    assert_error!(
        prices.revert(&key("X:B/1m"), revert_to(0)).await.unwrap_err(),
        NotFound
    );
    assert_eq!(prices.head(&key("X:B/1m")).await.unwrap(), None);
}

pub async fn writes_go_on_after_a_revert(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), synthetic_minutes(1, 20_000));
    commit(prices, &key, upsert(&bars)).await;
    commit(prices, &key, delete(TimeRange::ALL)).await;
    prices_revert(&fixture, 1).await;
    let fourth = commit(prices, &key, upsert(&minutes([5, 20_000], 7.0))).await;
    assert_eq!(
        (fourth.version, fourth.changed, fourth.inserted),
        (Version(4), 1, 1)
    );
    assert_eq!(read_version(prices, &key, 3).await, bars);
    let mut expected = bars.slice(0..5);
    for part in [minutes([5], 7.0), bars.slice(6..20_000), minutes([20_000], 7.0)] {
        expected.append(&part).unwrap();
    }
    assert_eq!(read(prices, &key).await, expected);
    assert_eq!(fourth.digest, expected.digest());
}
