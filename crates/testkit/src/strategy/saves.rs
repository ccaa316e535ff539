//! Saving documents.

use domain::{
    error::StoreError,
    market::Version,
    strategy::{SaveStrategy, SavedStrategy},
};
use futures::future::join_all;

use super::steps::{author, document, full_document, name, number, save, saved, versions};
use crate::harness::{Fixture, StoreHarness};

pub async fn an_unknown_strategy_is_none(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    saved(fixture.strategies(), document("a", 1)).await;
    let store = fixture.strategies();
    assert_eq!(store.strategy(&name("b"), None).await.unwrap(), None);
    assert_eq!(store.strategy(&name("b"), Some(Version(1))).await.unwrap(), None);
    for number in [0, 2, u64::MAX] {
        assert_eq!(
            store.strategy(&name("a"), Some(Version(number))).await.unwrap(),
            None
        );
    }
}

pub async fn a_document_is_kept_with_every_field(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    for (named, note) in [
        ("with-note", Some("première é 🐎\n\"2\"".to_owned())),
        ("without", None),
    ] {
        let asked = SaveStrategy {
            note,
            ..save(full_document(named))
        };
        let made = fixture.strategies().save_strategy(asked.clone()).await.unwrap();
        let SavedStrategy::Saved(version) = made else {
            panic!("it is new");
        };
        assert_eq!(version.version, Version(1));
        assert_eq!(
            (&version.document, &version.digest),
            (&asked.document, &asked.digest)
        );
        assert_eq!((&version.author, &version.note), (&author(), &asked.note));
        for _ in 0..2 {
            for number in [None, Some(Version(1))] {
                let found = fixture.strategies().strategy(&name(named), number).await.unwrap();
                assert_eq!(found.as_ref(), Some(&version));
            }
            fixture.restart().await;
        }
    }
}

pub async fn a_changed_document_makes_the_next_version(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let mut made = Vec::new();
    for changed in 1..=12 {
        made.push(saved(fixture.strategies(), document("a", changed)).await);
        assert_eq!(number(&made[made.len() - 1]), u64::from(changed));
    }
    fixture.restart().await;
    let store = fixture.strategies();
    assert_eq!(
        store.strategy(&name("a"), None).await.unwrap().as_ref(),
        made.last()
    );
    for version in made {
        let found = store.strategy(&name("a"), Some(version.version)).await.unwrap();
        assert_eq!(found, Some(version));
    }
}

pub async fn the_same_document_again_makes_none_and_says_so(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let version = saved(fixture.strategies(), full_document("a")).await;
    let again = SaveStrategy {
        author: "local:eve".parse().unwrap(),
        note: Some("again".to_owned()),
        ..save(full_document("a"))
    };
    let answer = fixture.strategies().save_strategy(again).await.unwrap();
    assert_eq!(answer, SavedStrategy::Unchanged(version.clone()));
    assert_eq!(versions(fixture.strategies(), "a").await, [version]);
}

pub async fn an_earlier_document_comes_back_as_a_new_version(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    for (changed, expected) in [(1, 1), (2, 2), (1, 3)] {
        assert_eq!(
            number(&saved(fixture.strategies(), document("a", changed)).await),
            expected
        );
    }
}

fn expecting(changed: u32, expected: u64) -> SaveStrategy {
    SaveStrategy {
        expected: Some(Version(expected)),
        ..save(document("a", changed))
    }
}

fn is_conflict<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Conflict { .. }))
}

pub async fn an_expected_version_must_be_the_newest(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let store = fixture.strategies();
    assert!(is_conflict(&store.save_strategy(expecting(1, 1)).await));
    saved(store, document("a", 1)).await;
    saved(store, document("a", 2)).await;
    for stale in [0, 1, 3, u64::MAX] {
        assert!(
            is_conflict(&store.save_strategy(expecting(3, stale)).await),
            "{stale}"
        );
    }
    assert_eq!(versions(store, "a").await.len(), 2);
    let made = store.save_strategy(expecting(3, 2)).await.unwrap();
    assert_eq!(number(made.version()), 3);
}

pub async fn a_stale_save_conflicts_though_it_would_change_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    saved(fixture.strategies(), document("a", 1)).await;
    saved(fixture.strategies(), document("a", 2)).await;
    assert!(is_conflict(
        &fixture.strategies().save_strategy(expecting(2, 1)).await
    ));
    let same = fixture.strategies().save_strategy(expecting(2, 2)).await.unwrap();
    assert!(matches!(same, SavedStrategy::Unchanged(_)));
}

pub async fn a_new_strategy_is_expected_by_version_0(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let store = fixture.strategies();
    assert!(store.save_strategy(expecting(1, 0)).await.is_ok());
    assert!(is_conflict(&store.save_strategy(expecting(1, 0)).await));
    store.remove_strategy(&name("a"), None).await.unwrap();
    assert!(is_conflict(&store.save_strategy(expecting(1, 1)).await));
    let again = store.save_strategy(expecting(1, 0)).await.unwrap();
    assert_eq!(number(again.version()), 2);
}

pub async fn each_version_is_later_than_the_one_before(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    for changed in 0..5 {
        saved(fixture.strategies(), document("a", changed)).await;
        fixture.clock.advance(-3_000_000);
    }
    let times: Vec<i64> = versions(fixture.strategies(), "a")
        .await
        .iter()
        .map(|version| version.saved_at.micros())
        .collect();
    assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "{times:?}");
}

pub async fn of_two_savers_that_expect_the_same_one_conflicts(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let other = fixture.another_handle().await;
    for round in 0..8_u32 {
        let newest = u64::from(round);
        let (one, two) = futures::join!(
            fixture.strategies().save_strategy(expecting(2 * round, newest)),
            other.strategies.save_strategy(expecting(2 * round + 1, newest)),
        );
        assert_eq!(
            u32::from(is_conflict(&one)) + u32::from(is_conflict(&two)),
            1,
            "{one:?} {two:?}"
        );
        assert!(one.is_ok() || two.is_ok(), "{one:?} {two:?}");
    }
    assert_eq!(versions(fixture.strategies(), "a").await.len(), 8);
}

pub async fn of_many_savers_on_two_handles_each_gets_a_version(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let other = fixture.another_handle().await;
    let saves = (0..8_u32).map(|changed| {
        let store = if changed % 2 == 0 {
            fixture.strategies()
        } else {
            &*other.strategies
        };
        store.save_strategy(save(document("a", changed)))
    });
    let mut numbers: Vec<u64> = join_all(saves)
        .await
        .into_iter()
        .map(|made| number(made.unwrap().version()))
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
}

pub async fn another_handle_sees_a_version_at_once(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let other = fixture.another_handle().await;
    for changed in 0..3 {
        let version = saved(fixture.strategies(), document("a", changed)).await;
        let found = other.strategies.strategy(&name("a"), None).await.unwrap();
        assert_eq!(found, Some(version));
    }
}
