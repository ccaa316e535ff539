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
    market::{BarsQuery, PriceStore, PriceStoreExt, SeriesKey},
};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{bars::minutes, scale};

use crate::place::{Place, key, upsert, version};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_that_is_purged_and_made_again_is_read_whole_or_not_at_all() {
    let place = Place::new().await;
    let (store, key) = (place.open().await, key("X:A/1m"));
    upsert(&store, &key, &minutes(0..BARS, 1.0)).await;
    let ask = |store: PostgresStore, key: SeriesKey| async move {
        match store.read_all(BarsQuery::all(key)).await {
            Ok(bars) => assert_eq!(bars.len(), BARS as usize),
            Err(StoreError::NotFound(_)) => {}
            Err(other) => panic!("{other:?}"),
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
async fn a_version_that_is_pruned_is_read_whole_or_gone() {
    let place = Place::new().await;
    let key = key("X:A/1m");
    let store = place
        .open_with(PostgresOptions {
            retention: Some(Duration::from_micros(1)),
            ..place.options()
        })
        .await;
    upsert(&store, &key, &minutes(0..BARS, 1.0)).await;
    let ask = |store: PostgresStore, key: SeriesKey| async move {
        let newest = store.head(&key).await.unwrap().unwrap().version;
        match store.read_all(version(&key, newest.0)).await {
            Ok(bars) => assert_eq!(bars.len(), BARS as usize, "version {newest}"),
            Err(StoreError::Gone(_)) => {}
            Err(other) => panic!("{other:?}"),
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
