//! Lists of strategies and of versions, and what removing does to them.

use domain::{
    error::StoreError,
    market::Version,
    page::PageRequest,
    strategy::{SavedStrategy, StrategiesQuery, StrategyVersionsQuery},
};

use super::steps::{document, listed, name, names, number, save, saved, versions};
use crate::harness::{Fixture, StoreHarness};

pub async fn an_empty_store_has_no_strategies(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let page = fixture.strategies().strategies(listed(1)).await.unwrap();
    assert_eq!((page.items, page.next), (vec![], None));
}

pub async fn the_newest_versions_are_listed_by_name_page_by_page(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    // By code point `-` comes before digits, and `_` before letters; a locale would ignore both.
    let sorted = ["a", "a-b", "a-c", "a0", "a_b", "aa", "ab", "b"];
    for index in [3, 0, 7, 1, 6, 2, 5, 4] {
        for changed in 0..=index as u32 {
            saved(fixture.strategies(), document(sorted[index], changed)).await;
        }
    }
    for limit in [1, 3, 4, 8, 9] {
        let (mut found, mut page) = (Vec::new(), PageRequest::first(limit));
        loop {
            let query = StrategiesQuery {
                page,
                ..listed(limit)
            };
            let answer = fixture.strategies().strategies(query).await.unwrap();
            assert!(answer.items.len() <= limit);
            found.extend(answer.items);
            let Some(next) = answer.next else { break };
            page = PageRequest::first(limit).after(next);
        }
        let found: Vec<_> = found
            .iter()
            .map(|item| (item.name().as_str(), number(item)))
            .collect();
        let expected: Vec<_> = sorted.iter().copied().zip(1..).collect();
        assert_eq!(found, expected, "{limit} a page");
        fixture.restart().await;
    }
}

pub async fn names_are_searched_whatever_the_case_and_taken_literally(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    for named in ["sma-cross", "ema_cross", "rsi"] {
        saved(fixture.strategies(), document(named, 1)).await;
    }
    for (text, expected) in [
        ("CROSS", &["ema_cross", "sma-cross"][..]),
        ("a_c", &["ema_cross"]),
        ("a-c", &["sma-cross"]),
        ("%", &[]),
        ("\\", &[]),
        ("", &["ema_cross", "rsi", "sma-cross"]),
    ] {
        let query = StrategiesQuery {
            text: Some(text.to_owned()),
            ..listed(9)
        };
        let page = fixture.strategies().strategies(query).await.unwrap();
        let found: Vec<&str> = page.items.iter().map(|item| item.name().as_str()).collect();
        assert_eq!(found, expected, "{text}");
    }
}

pub async fn versions_are_listed_newest_first_page_by_page(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    saved(fixture.strategies(), document("b", 1)).await;
    // More than nine: as texts, 10 would come before 9.
    for changed in 1..=11 {
        saved(fixture.strategies(), document("a", changed)).await;
    }
    for limit in [1, 4, 11, 12] {
        let (mut found, mut page) = (Vec::new(), PageRequest::first(limit));
        loop {
            let query = StrategyVersionsQuery {
                name: name("a"),
                page,
            };
            let answer = fixture.strategies().strategy_versions(query).await.unwrap();
            assert!(answer.items.len() <= limit);
            found.extend(answer.items.iter().map(number));
            let Some(next) = answer.next else { break };
            page = PageRequest::first(limit).after(next);
        }
        assert_eq!(found, (1..=11).rev().collect::<Vec<_>>(), "{limit} a page");
    }
}

pub async fn an_unknown_strategy_has_no_versions_to_list(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let query = StrategyVersionsQuery {
        name: name("a"),
        page: PageRequest::first(1),
    };
    let answer = fixture.strategies().strategy_versions(query).await;
    assert!(matches!(answer, Err(StoreError::NotFound(_))), "{answer:?}");
}

pub async fn a_removed_strategy_is_in_no_list_but_its_versions_are_readable(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    for named in ["a", "b", "c"] {
        saved(fixture.strategies(), document(named, 1)).await;
    }
    let newest = saved(fixture.strategies(), document("b", 2)).await;
    fixture
        .strategies()
        .remove_strategy(&name("b"), None)
        .await
        .unwrap();
    for _ in 0..2 {
        let store = fixture.strategies();
        assert_eq!(names(store, false).await, ["a", "c"]);
        assert_eq!(names(store, true).await, ["b"]);
        assert_eq!(store.strategy(&name("b"), None).await.unwrap(), None);
        let found = store.strategy(&name("b"), Some(Version(2))).await.unwrap();
        assert_eq!(found.as_ref(), Some(&newest));
        assert_eq!(versions(store, "b").await.len(), 2);
        fixture.restart().await;
    }
}

pub async fn a_removed_name_goes_on_behind_its_last_version(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let store = fixture.strategies();
    for expected in 1..=3 {
        let made = store.save_strategy(save(document("a", 1))).await.unwrap();
        assert!(matches!(made, SavedStrategy::Saved(_)), "{made:?}");
        assert_eq!(number(made.version()), expected);
        assert_eq!(names(store, false).await, ["a"]);
        assert_eq!(names(store, true).await, [""; 0]);
        store.remove_strategy(&name("a"), None).await.unwrap();
    }
    assert_eq!(versions(store, "a").await.len(), 3);
}

pub async fn a_strategy_that_is_not_there_is_not_removed(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let store = fixture.strategies();
    saved(store, document("a", 1)).await;
    store.remove_strategy(&name("a"), None).await.unwrap();
    for named in ["a", "b"] {
        let answer = store.remove_strategy(&name(named), None).await;
        assert!(matches!(answer, Err(StoreError::NotFound(_))), "{answer:?}");
    }
}

pub async fn a_strategy_is_removed_in_the_expected_version_alone(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let store = fixture.strategies();
    let unknown = store.remove_strategy(&name("a"), Some(Version(1))).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
    saved(store, document("a", 1)).await;
    saved(store, document("a", 2)).await;
    for stale in [0, 1, 3, u64::MAX] {
        let answer = store.remove_strategy(&name("a"), Some(Version(stale))).await;
        assert!(
            matches!(answer, Err(StoreError::Conflict { .. })),
            "{stale}: {answer:?}"
        );
        assert_eq!(names(store, false).await, ["a"]);
    }
    store.remove_strategy(&name("a"), Some(Version(2))).await.unwrap();
    assert_eq!(names(store, true).await, ["a"]);
    let again = store.remove_strategy(&name("a"), Some(Version(2))).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "{again:?}");
}

pub async fn a_removal_that_expects_what_others_replace_meanwhile_conflicts_or_comes_first(
    harness: &dyn StoreHarness,
) {
    let fixture = Fixture::new(harness).await;
    let other = fixture.another_handle().await;
    let store = fixture.strategies();
    let named = name("a");
    let mut newest = saved(store, document("a", 0)).await.version;
    for changed in 1..=8 {
        let (made, removed) = futures::join!(
            store.save_strategy(save(document("a", changed))),
            other.strategies.remove_strategy(&named, Some(newest)),
        );
        newest = made.unwrap().version().version;
        assert!(
            matches!(removed, Ok(()) | Err(StoreError::Conflict { .. })),
            "{removed:?}"
        );
        // Whichever came first, what was saved is in use: no removal takes it unseen.
        let found = store.strategy(&named, None).await.unwrap();
        assert_eq!(found.map(|found| found.version), Some(newest));
    }
}
