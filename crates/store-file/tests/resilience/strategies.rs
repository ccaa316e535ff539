//! Strategies that can't be read keep no other from being listed.

use std::path::{Path, PathBuf};

use domain::{
    error::StoreError,
    market::Version,
    page::PageRequest,
    strategy::{DamagedStrategy, StrategiesQuery, StrategyName, StrategyStore},
};
use store_file::FileStore;
use testkit::strategy::{document, save};

use crate::{history::open, simulated::SimulatedVfs};

fn name(text: &str) -> StrategyName {
    text.parse().unwrap()
}

/// Makes a disk with strategies of one, two and one versions, of which the last one is removed.
async fn stored() -> SimulatedVfs {
    let vfs = SimulatedVfs::with_root(Path::new("/"));
    let store = open(&vfs, 1).unwrap();
    for (name, number) in [("a", 1), ("b", 1), ("b", 2), ("c", 1), ("gone", 1)] {
        store.save_strategy(save(document(name, number))).await.unwrap();
    }
    store.remove_strategy(&name("gone"), None).await.unwrap();
    vfs
}

/// Walks over the list of strategies in use, or of those that are removed, one by one.
async fn listed(store: &FileStore, removed: bool) -> Vec<String> {
    let (mut found, mut page) = (Vec::new(), PageRequest::first(1));
    loop {
        let query = StrategiesQuery {
            text: None,
            removed,
            page,
        };
        let listed = store.strategies(query).await.unwrap();
        found.extend(listed.items.iter().map(|item| item.name().to_string()));
        let Some(next) = listed.next else { return found };
        page = PageRequest::first(1).after(next);
    }
}

#[tokio::test]
async fn a_strategy_that_cannot_be_read_is_left_out_of_lists_and_named_when_it_is_asked_for() {
    let vfs = stored().await;
    let store = open(&vfs, 2).unwrap();
    assert_eq!(listed(&store, false).await, ["a", "b", "c"]);
    assert_eq!(listed(&store, true).await, ["gone"]);
    assert_eq!(store.damaged_strategies().await.unwrap(), []);
    let paths: Vec<PathBuf> = vfs.files().into_iter().map(|(path, _)| path).collect();
    let of = |text: &str| paths.iter().find(|path| path.ends_with(text)).unwrap();
    let mark = paths
        .iter()
        .find(|path| path.starts_with("/store/strategies/gone") && !path.ends_with("1.json"))
        .unwrap();
    for (path, damaged, newest) in [
        (of("strategies/b/2.json"), "b", 2),
        (of("strategies/a/1.json"), "a", 1),
        (mark, "gone", 1),
    ] {
        let vfs = vfs.copy();
        vfs.flip(path, 30, 1);
        let store = open(&vfs, 3).unwrap();
        let expected = ["a", "b", "c"].into_iter().filter(|name| *name != damaged);
        assert_eq!(listed(&store, false).await, expected.collect::<Vec<_>>());
        let expected = ["gone"].into_iter().filter(|name| *name != damaged);
        assert_eq!(listed(&store, true).await, expected.collect::<Vec<_>>());
        let damaged = DamagedStrategy {
            name: name(damaged),
            newest: Version(newest),
        };
        let found = store.damaged_strategies().await.unwrap();
        assert_eq!(found, std::slice::from_ref(&damaged));
        match store.strategy(&damaged.name, None).await {
            Err(StoreError::Corrupt { entity, .. }) => assert_eq!(Path::new(&entity), path),
            other => panic!("damage is to be reported, not {other:?}"),
        }
    }
}
