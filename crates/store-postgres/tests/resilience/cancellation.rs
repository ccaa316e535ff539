//! Callers that go away in the middle of a call.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    market::{
        BarsQuery, CommitsQuery, InstrumentStore, PriceStore, PriceStoreExt, PriceWrite, SeriesKey, Version,
        Written,
    },
    page::PageRequest,
};
use futures::StreamExt;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::Connection;
use store_postgres::PostgresStore;
use testkit::{
    bars::{MINUTE, MONDAY, minutes},
    scale,
};
use tokio::time::timeout;

use crate::{
    asleep::{hold_heads, wait_until_asleep},
    outage::Behind,
    place::{assert_intact, author, key, read, upsert, version},
};

const CALLERS: u64 = 8;
const SERIES: [&str; 4] = ["X:A/1m", "X:B/1m", "X:C/1m", "X:D/1m"];
/// Minutes that are written once each begin here; those before are read.
const FIRST: i64 = 10_000;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Counts panics, of whatever thread or task.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            usual(panic);
        }));
    });
}

/// What is known of the writes: the series and the minute of each.
#[derive(Default)]
struct Log {
    next: AtomicI64,
    sent: Mutex<BTreeSet<(usize, i64)>>,
    acknowledged: Mutex<BTreeSet<(usize, i64)>>,
}

async fn any_call(store: &PostgresStore, log: &Log, series: usize, kind: u32) {
    let key = key(SERIES[series]);
    match kind {
        0..5 => {
            let minute = FIRST + log.next.fetch_add(1, Ordering::SeqCst);
            log.sent.lock().unwrap().insert((series, minute));
            let write = PriceWrite::upsert(minutes([minute], 1.0), author());
            match store.commit(&key, write).await {
                Ok(Written::Committed(_)) => drop(log.acknowledged.lock().unwrap().insert((series, minute))),
                other => panic!("a commit was expected, not {other:?}"),
            }
        }
        5 => drop(store.read_all(BarsQuery::all(key)).await.unwrap()),
        6 => {
            let mut frames = store.bars(BarsQuery::all(key));
            // The rest is left unread.
            frames.next().await.unwrap().unwrap();
        }
        7 => drop(store.instrument(&key.venue, &key.symbol).await.unwrap()),
        8 => {
            let mut changes = store.diff(&key, Version(0), Version(1));
            changes.next().await.unwrap().unwrap();
        }
        _ => drop(store.verify(&key).await.unwrap()),
    }
}

async fn assert_written(store: &PostgresStore, log: &Log, series: usize, key: &SeriesKey) {
    let query = CommitsQuery {
        key: key.clone(),
        page: PageRequest::first(100_000),
    };
    let mut versions: Vec<u64> = store
        .commits(query)
        .await
        .unwrap()
        .items
        .iter()
        .map(|commit| commit.version.0)
        .collect();
    versions.reverse();
    // Writes that nobody waits for may still be on their way: what is compared is of one version.
    let newest = version(key, *versions.last().unwrap());
    let bars = store.read_all(newest).await.unwrap();
    let stored: BTreeSet<(usize, i64)> = bars
        .time()
        .iter()
        .map(|time| (series, (time - MONDAY) / MINUTE))
        .filter(|(_, minute)| *minute >= FIRST)
        .collect();
    let of_series = |all: &Mutex<BTreeSet<(usize, i64)>>| -> BTreeSet<(usize, i64)> {
        all.lock()
            .unwrap()
            .iter()
            .filter(|(of, _)| *of == series)
            .copied()
            .collect()
    };
    let (sent, acknowledged) = (of_series(&log.sent), of_series(&log.acknowledged));
    assert!(
        acknowledged.is_subset(&stored),
        "acknowledged and lost: {:?}",
        &acknowledged - &stored
    );
    assert!(
        stored.is_subset(&sent),
        "stored and never sent: {:?}",
        &stored - &sent
    );
    assert_eq!(versions, (1..=stored.len() as u64 + 1).collect::<Vec<_>>());
    assert_intact(store, key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_dropped_at_any_moment_leave_no_transaction_open_and_lose_nothing() {
    count_panics();
    let (rounds, seed) = (scale::count(5_000), scale::seed());
    scale::announce("dropped calls", seed);
    let behind = Behind::patient().await;
    for series in SERIES {
        upsert(&behind.store, &key(series), &minutes(0..9_000, 1.0)).await;
    }
    let log = Arc::new(Log::default());
    let deadline = Arc::new(scale::Deadline::start());
    let caller = |number: u64| {
        let (store, log, deadline) = (behind.store.clone(), log.clone(), deadline.clone());
        let mut chance = ChaCha8Rng::seed_from_u64(seed.wrapping_add(number));
        tokio::spawn(async move {
            let mut dropped = 0;
            for _ in 0..rounds.div_ceil(CALLERS) {
                if deadline.passed() {
                    break;
                }
                let limit = Duration::from_micros(chance.random_range(0..50_000));
                let call = any_call(
                    &store,
                    &log,
                    chance.random_range(0..SERIES.len()),
                    chance.random_range(0..10),
                );
                dropped += u64::from(timeout(limit, call).await.is_err());
            }
            dropped
        })
    };
    let callers: Vec<_> = (0..CALLERS).map(caller).collect();
    let mut dropped = 0;
    for caller in callers {
        dropped += caller.await.unwrap();
    }
    assert!(dropped > 0, "no call was dropped");
    behind.assert_nothing_is_left(&key(SERIES[0])).await;
    for (number, series) in SERIES.iter().enumerate() {
        assert_written(&behind.store, &log, number, &key(series)).await;
    }
    let acknowledged = log.acknowledged.lock().unwrap().len();
    println!("{dropped} calls dropped, {acknowledged} writes acknowledged");
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_goes_on_to_its_end_when_nobody_waits_for_it() {
    let (behind, key) = (Behind::patient().await, key("X:A/1m"));
    upsert(&behind.store, &key, &minutes(0..100, 1.0)).await;
    let held = hold_heads(&behind.place).await;
    let (store, of) = (behind.store.clone(), key.clone());
    let call = tokio::spawn(async move {
        let write = PriceWrite::upsert(minutes([200], 1.0), author());
        store.commit(&of, write).await
    });
    // It is in the middle of its transaction.
    wait_until_asleep(&behind.place, 1).await;
    call.abort();
    assert!(call.await.is_err_and(|error| error.is_cancelled()));
    held.close().await.unwrap();
    let begin = Instant::now();
    while read(&behind.store, &key).await.len() < 101 {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "the write was not made"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    behind.assert_nothing_is_left(&key).await;
    assert_intact(&behind.store, &key).await;
}
