//! Storing versions as they were saved elsewhere.

use domain::{
    error::StoreError,
    market::Version,
    strategy::{StrategyStore, StrategyVersion},
};

use super::steps::{author, digest, document, full_document, name, names, number, saved, versions};
use crate::{
    harness::{Fixture, StoreHarness},
    market::steps::at,
};

/// Versions as another store could have made them, later than this one's clock.
fn history(named: &str) -> Vec<StrategyVersion> {
    let documents = [full_document(named), document(named, 1), full_document(named)];
    let version = |(number, document)| StrategyVersion {
        version: Version(number),
        digest: digest(&document),
        document,
        author: author(),
        note: (number == 2).then(|| "the second".to_owned()),
        saved_at: at(1_800_000_000_000_000 + number as i64),
    };
    (1..).zip(documents).map(version).collect()
}

async fn replay(store: &dyn StrategyStore, history: &[StrategyVersion]) {
    for version in history {
        store.replay_strategy(version).await.unwrap();
    }
}

fn is_conflict(answer: &Result<(), StoreError>) -> bool {
    matches!(answer, Err(StoreError::Conflict { .. }))
}

pub async fn a_replayed_history_is_the_same(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let mut expected = history("a");
    replay(fixture.strategies(), &expected).await;
    fixture.restart().await;
    expected.reverse();
    assert_eq!(versions(fixture.strategies(), "a").await, expected);
    assert_eq!(names(fixture.strategies(), false).await, ["a"]);
}

pub async fn a_repeated_replay_changes_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let history = history("a");
    replay(fixture.strategies(), &history).await;
    replay(fixture.strategies(), &history).await;
    assert_eq!(versions(fixture.strategies(), "a").await.len(), 3);
    // A version that is there says nothing about whether the strategy is in use.
    fixture
        .strategies()
        .remove_strategy(&name("a"), None)
        .await
        .unwrap();
    replay(fixture.strategies(), &history).await;
    assert_eq!(names(fixture.strategies(), true).await, ["a"]);
}

pub async fn a_replay_must_follow_the_last_version(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (store, history) = (fixture.strategies(), history("a"));
    assert!(is_conflict(&store.replay_strategy(&history[1]).await));
    assert_eq!(names(store, false).await, [""; 0]);
    replay(store, &history[..1]).await;
    assert!(is_conflict(&store.replay_strategy(&history[2]).await));
    let nothing = StrategyVersion {
        version: Version(0),
        ..history[1].clone()
    };
    assert!(is_conflict(&store.replay_strategy(&nothing).await));
    assert_eq!(versions(store, "a").await, history[..1]);
}

pub async fn a_version_that_is_another_one_conflicts(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (store, history) = (fixture.strategies(), history("a"));
    replay(store, &history).await;
    let other = |change: fn(&mut StrategyVersion)| {
        let mut version = history[1].clone();
        change(&mut version);
        version
    };
    for other in [
        other(|version| version.note = None),
        other(|version| version.author = "local:eve".parse().unwrap()),
        other(|version| version.saved_at = at(1)),
        other(|version| version.document.title = Some("another".to_owned())),
    ] {
        assert!(is_conflict(&store.replay_strategy(&other).await), "{other:?}");
    }
    let found = store.strategy(&name("a"), Some(Version(2))).await.unwrap();
    assert_eq!(found.as_ref(), Some(&history[1]));
}

pub async fn saves_go_on_behind_a_replay_and_later_than_it(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let history = history("a");
    replay(fixture.strategies(), &history).await;
    let version = saved(fixture.strategies(), document("a", 7)).await;
    assert_eq!(number(&version), 4);
    assert!(version.saved_at > history[2].saved_at);
}

pub async fn a_removed_strategy_takes_what_follows(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (store, history) = (fixture.strategies(), history("a"));
    replay(store, &history[..2]).await;
    store.remove_strategy(&name("a"), None).await.unwrap();
    replay(store, &history).await;
    assert_eq!(names(store, false).await, ["a"]);
    assert_eq!(versions(store, "a").await.len(), 3);
}
