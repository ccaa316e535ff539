//! Reads while others write, prune and purge: what is read is a version, or there is none.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{
    error::StoreError,
    market::{BarsQuery, PriceStore, PriceStoreExt, SeriesKey, Version},
};
use futures::{StreamExt, TryStreamExt};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{bars::minutes, scale};

use crate::place::{Place, attempt, key, upsert, version};

/// More than one chunk.
const BARS: i64 = 9_000;

/// Lets readers ask the same again and again until `work` is done; returns how many answers there were.
async fn beside<F>(
    store: &PostgresStore,
    key: &SeriesKey,
    ask: impl Fn(PostgresStore, SeriesKey) -> F,
    work: impl Future<Output = ()>,
) -> u64
where
    F: Future<Output = ()> + Send + 'static,
{
    let ended = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (ended, ask) = (ended.clone(), |()| ask(store.clone(), key.clone()));
            let mut asks: Vec<F> = (0..2_000).map(|_| ask(())).collect();
            tokio::spawn(async move {
                let mut answers = 0;
                while let Some(next) = asks.pop().filter(|_| !ended.load(Ordering::SeqCst)) {
                    next.await;
                    answers += 1;
                }
                answers
            })
        })
        .collect();
    work.await;
    ended.store(true, Ordering::SeqCst);
    let mut answers = 0;
    for reader in readers {
        answers += reader.await.unwrap();
    }
    answers
}

/// Returns how many bars a version has, by what distinguishes it from the empty one.
async fn count_differences(store: &PostgresStore, key: &SeriesKey, to: Version) -> Result<usize, StoreError> {
    let changes = store.diff(key, Version::EMPTY, to);
    changes
        .try_fold(
            0,
            |count, changes| async move { Ok(count + changes.inserted.len()) },
        )
        .await
}

/// Purges a series and makes it again while readers ask.
async fn ask_beside_purges<F>(ask: impl Fn(PostgresStore, SeriesKey) -> F)
where
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    let place = Place::new().await;
    let (store, key) = (place.open().await, key("X:A/1m"));
    upsert(&store, &key, &minutes(0..BARS, 1.0)).await;
    let ask = |store: PostgresStore, key: SeriesKey| {
        let answer = ask(store, key);
        async move {
            match answer.await {
                Ok(()) | Err(StoreError::NotFound(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    };
    let answers = beside(&store, &key, ask, async {
        let deadline = scale::Deadline::start();
        for _ in 0..scale::count(3_000) {
            if deadline.passed() {
                break;
            }
            store.purge(&key).await.unwrap();
            upsert(&store, &key, &minutes(0..BARS, 1.0)).await;
        }
    });
    assert!(answers.await > 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_that_is_purged_and_made_again_is_read_whole_or_not_at_all() {
    ask_beside_purges(|store, key| async move {
        let bars = store.read_all(BarsQuery::all(key)).await?;
        assert_eq!(bars.len(), BARS as usize);
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_that_is_purged_while_it_is_verified_is_no_damage() {
    ask_beside_purges(|store, key| async move {
        let damages = store.verify(&key).await?.damages;
        assert!(damages.is_empty(), "{damages:?}");
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_differences_of_a_series_that_is_purged_are_told_whole_or_not_at_all() {
    ask_beside_purges(|store, key| async move {
        assert_eq!(count_differences(&store, &key, Version(1)).await?, BARS as usize);
        Ok(())
    })
    .await;
}

/// Writes a series again and again, and prunes it each time, while readers ask.
async fn ask_beside_prunes<F>(ask: impl Fn(PostgresStore, SeriesKey) -> F)
where
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    let place = Place::new().await;
    let key = key("X:A/1m");
    let store = place
        .open_with(PostgresOptions {
            retention: Some(Duration::from_micros(1)),
            ..place.options()
        })
        .await;
    upsert(&store, &key, &minutes(0..BARS, 1.0)).await;
    let ask = |store: PostgresStore, key: SeriesKey| {
        let answer = ask(store, key);
        async move {
            match answer.await {
                Ok(()) | Err(StoreError::Gone(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    };
    let answers = beside(&store, &key, ask, async {
        let deadline = scale::Deadline::start();
        for round in 0..scale::count(10_000) {
            if deadline.passed() {
                break;
            }
            let from = (round as i64 * 1_000) % (BARS - 10);
            upsert(&store, &key, &minutes(from..from + 10, round as f64 + 2.0)).await;
        }
    });
    assert!(answers.await > 20);
}

/// Returns the newest version.
async fn newest(store: &PostgresStore, key: &SeriesKey) -> Version {
    store.head(key).await.unwrap().unwrap().version
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_is_pruned_is_read_whole_or_gone() {
    ask_beside_prunes(|store, key| async move {
        let newest = newest(&store, &key).await;
        let bars = store.read_all(version(&key, newest.0)).await?;
        assert_eq!(bars.len(), BARS as usize, "version {newest}");
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pruned_while_a_series_is_verified_is_no_damage() {
    ask_beside_prunes(|store, key| async move {
        let damages = store.verify(&key).await?.damages;
        assert!(damages.is_empty(), "{damages:?}");
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_differences_of_a_version_that_is_pruned_are_told_whole_or_gone() {
    ask_beside_prunes(|store, key| async move {
        let newest = newest(&store, &key).await;
        assert_eq!(count_differences(&store, &key, newest).await?, BARS as usize);
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pruned_or_purged_in_the_middle_of_a_comparison_is_told() {
    let place = Place::new().await;
    let (store, key) = (place.open().await, key("X:A/1m"));
    for price in [1.0, 2.0, 3.0] {
        upsert(&store, &key, &minutes(0..BARS * 4, price)).await;
    }
    let mut admin = place.admin().await;
    for (sql, is_told) in [
        (
            "select chandlery.prune_series(series_id, 3) from chandlery.series_head",
            (|error| matches!(error, StoreError::Gone(_))) as fn(&StoreError) -> bool,
        ),
        (
            "select chandlery.purge_series(series_id) from chandlery.series_head",
            |error| matches!(error, StoreError::NotFound(_)),
        ),
    ] {
        let from = if sql.contains("purge") { 0 } else { 2 };
        let mut changes = store.diff(&key, Version(from), Version(3));
        changes.next().await.unwrap().unwrap();
        // What comes next has been compared already, or waits for its reader.
        tokio::time::sleep(Duration::from_millis(200)).await;
        attempt(&mut admin, sql).await.unwrap();
        let rest: Vec<_> = changes.collect().await;
        let error = rest.last().and_then(|last| last.as_ref().err());
        assert!(error.is_some_and(is_told), "{sql}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_while_a_series_is_verified_is_no_damage() {
    let place = Place::new().await;
    let (store, key) = (place.open().await, key("X:A/1m"));
    upsert(&store, &key, &minutes(0..BARS, 1.0)).await;
    let ask = |store: PostgresStore, key: SeriesKey| async move {
        let damages = store.verify(&key).await.unwrap().damages;
        assert!(damages.is_empty(), "{damages:?}");
    };
    let answers = beside(&store, &key, ask, async {
        let deadline = scale::Deadline::start();
        for round in 0..scale::count(5_000) {
            if deadline.passed() {
                break;
            }
            upsert(&store, &key, &minutes(0..10, round as f64 + 2.0)).await;
        }
    });
    assert!(answers.await > 3);
}
