//! Strategies: versions, removals, and what stands in the way.

use domain::strategy::{StrategyStore, StrategyVersion};

use super::*;
use crate::strategy::{DocumentText, PutStrategy, Syntax, put};

/// Saves a document that `days` makes another one.
pub(super) async fn save(stores: &Stores, name: &str, days: u32) {
    let asked = PutStrategy {
        text: DocumentText {
            text: format!("name = '{name}'\n[long]\nenter = 'close > close[{days}]'"),
            syntax: Syntax::Toml,
        },
        name: None,
        author: author(),
        note: Some(format!("{days} days")),
        expected: None,
    };
    put(stores, asked).await.unwrap();
}

pub(super) async fn remove(stores: &Stores, name: &str) {
    stores
        .strategies
        .remove_strategy(&name.parse().unwrap(), None)
        .await
        .unwrap();
}

async fn version(store: &dyn StrategyStore, name: &str, number: Option<u64>) -> Option<StrategyVersion> {
    let name = name.parse().unwrap();
    store.strategy(&name, number.map(Version)).await.unwrap()
}

async fn copied(from: &Stores, to: &Stores) -> RecordsTransfer {
    copy(from, to, None, &Unobserved).await.unwrap().strategies
}

#[tokio::test]
async fn every_version_is_copied_and_what_is_removed_stays_removed() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let between = memory(&source);
    for (from, to) in [(&source.stores, &between), (&between, &target.stores)] {
        let done = copied(from, to).await;
        assert_eq!((done.records, done.copied), (2, 2));
        assert_eq!(done.differences, []);
        for (name, number) in [
            ("cross", Some(1)),
            ("cross", Some(2)),
            ("cross", None),
            ("old", Some(1)),
        ] {
            let ours = version(&*from.strategies, name, number).await;
            assert!(ours.is_some());
            assert_eq!(version(&*to.strategies, name, number).await, ours);
        }
        assert_eq!(version(&*to.strategies, "old", None).await, None);
        assert_eq!(copied(from, to).await.copied, 0);
    }
}

#[tokio::test]
async fn new_versions_and_removals_follow() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    copied(&source.stores, &target.stores).await;
    save(&source.stores, "old", 1).await;
    remove(&source.stores, "cross").await;
    let compared = compare(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    let named: Vec<_> = compared
        .strategies
        .differences
        .iter()
        .map(|difference| difference.name.as_str())
        .collect();
    assert_eq!(named, ["cross", "old"]);
    let done = copied(&source.stores, &target.stores).await;
    assert_eq!((done.copied, done.differences.len()), (2, 0));
    assert_eq!(version(&*target.stores.strategies, "cross", None).await, None);
    assert!(version(&*target.stores.strategies, "old", None).await.is_some());
}

#[tokio::test]
async fn what_the_target_has_otherwise_is_left_alone_and_named() {
    let (source, target) = (Fixture::new(), Fixture::new());
    for (name, days) in [("other", 1), ("ahead", 1), ("removed", 1)] {
        save(&source.stores, name, days).await;
    }
    save(&target.stores, "other", 2).await;
    save(&target.stores, "mine", 1).await;
    copied(&source.stores, &target.stores).await;
    save(&target.stores, "ahead", 2).await;
    remove(&target.stores, "removed").await;
    let theirs = version(&*target.stores.strategies, "other", None).await;
    let done = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(!done.matches);
    let problems: Vec<_> = done
        .strategies
        .differences
        .iter()
        .map(|difference| (difference.name.as_str(), difference.problem.as_str()))
        .collect();
    let expected = [
        ("ahead", "the target has further versions, from version 2 on"),
        ("other", "version 1 is another one in the target"),
        (
            "removed",
            "it is in use in the source, and removed in the target; a new version of it brings it back",
        ),
    ];
    assert_eq!(problems, expected);
    assert_eq!(version(&*target.stores.strategies, "other", None).await, theirs);
}

#[tokio::test]
async fn a_pattern_of_series_takes_no_strategies() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let glob: SeriesGlob = "X:*".parse().unwrap();
    let done = copy(&source.stores, &target.stores, Some(&glob), &Unobserved)
        .await
        .unwrap();
    assert!(done.matches);
    assert_eq!(done.strategies, RecordsTransfer::default());
    assert_eq!(version(&*target.stores.strategies, "cross", None).await, None);
}
