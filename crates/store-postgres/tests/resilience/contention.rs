//! Many writers of few series, each expecting the version that it has seen, through two handles.

use std::{collections::HashSet, time::Duration};

use domain::{
    error::StoreError,
    market::{Instrument, InstrumentStore, PriceStore, PriceWrite, Replay, Version, Written},
};
use futures::future::join_all;
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{
    bars::{MINUTE, MONDAY, minutes},
    scale::{self, Deadline},
};

use crate::place::{Place, assert_intact, attempt, author, key, read};

const CLIENTS: u64 = 16;
const SERIES: u64 = 4;

/// Appends minutes of its own to every series in turn until its share is done; returns what was acknowledged and how
/// many conflicts there were.
async fn append(
    store: PostgresStore,
    client: u64,
    share: u64,
    deadline: Deadline,
) -> (Vec<(u64, i64, Version)>, u64) {
    let (mut acknowledged, mut conflicts) = (Vec::new(), 0);
    for number in 0..share {
        let series = (client + number) % SERIES;
        let minute = (number * CLIENTS + client) as i64;
        let key = key(&format!("X:S{series}/1m"));
        // One in four says nothing of what it has seen, and must not fail for it.
        let expects = !(number + client).is_multiple_of(4);
        loop {
            let head = store.head(&key).await.unwrap();
            let seen = head.map_or(Version::EMPTY, |head| head.version);
            let write = PriceWrite {
                expected: expects.then_some(seen),
                ..PriceWrite::upsert(minutes([minute], 1.0), author())
            };
            match store.commit(&key, write).await {
                Ok(Written::Committed(commit)) => {
                    assert!(
                        !expects || commit.version == seen.next(),
                        "{seen} was expected: {commit:?}"
                    );
                    acknowledged.push((series, minute, commit.version));
                    break;
                }
                Err(StoreError::Conflict { .. }) if expects => conflicts += 1,
                other => panic!("an append is committed or in conflict, not {other:?}"),
            }
        }
        if deadline.passed() {
            break;
        }
    }
    (acknowledged, conflicts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_appends_to_one_version_one_wins_and_none_is_lost() {
    let place = Place::new().await;
    let handles = [place.open().await, place.open().await];
    let share = scale::count(20_000).div_ceil(CLIENTS);
    let append = |client: u64| {
        append(
            handles[client as usize % 2].clone(),
            client,
            share,
            Deadline::start(),
        )
    };
    let clients: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(append(client))).collect();
    let (mut acknowledged, mut conflicts) = (Vec::new(), 0);
    for client in clients {
        let (appended, refused) = client.await.unwrap();
        acknowledged.extend(appended);
        conflicts += refused;
    }
    println!("{} appends, {conflicts} conflicts", acknowledged.len());
    assert!(conflicts > 0, "the clients never met");
    for series in 0..SERIES {
        let key = key(&format!("X:S{series}/1m"));
        let of_series = || acknowledged.iter().filter(|(of, _, _)| *of == series);
        let times: HashSet<i64> = of_series()
            .map(|(_, minute, _)| MONDAY + minute * MINUTE)
            .collect();
        let bars = read(&handles[0], &key).await;
        assert_eq!(bars.time().iter().copied().collect::<HashSet<_>>(), times);
        assert_eq!(bars.len(), times.len(), "every append is there once");
        let mut versions: Vec<u64> = of_series().map(|(_, _, version)| version.0).collect();
        versions.sort_unstable();
        assert_eq!(
            versions,
            (1..=versions.len() as u64).collect::<Vec<_>>(),
            "versions are without a hole"
        );
        assert_intact(&handles[1], &key).await;
    }
}

/// Writes the same long bars through two handles at once, and returns both answers.
async fn write_twice(
    handles: &[PostgresStore; 2],
    price: f64,
    expected: Option<Version>,
    idempotency_key: Option<String>,
) -> [Result<Written, StoreError>; 2] {
    let key = key("X:A/1m");
    let write = |store: &PostgresStore| {
        let (store, key) = (store.clone(), key.clone());
        let write = PriceWrite {
            expected,
            idempotency_key: idempotency_key.clone(),
            ..PriceWrite::upsert(minutes(0..9_000, price), author())
        };
        tokio::spawn(async move { store.commit(&key, write).await })
    };
    let written = handles.each_ref().map(write);
    let [one, other] = written;
    [one.await.unwrap(), other.await.unwrap()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_equal_long_writes_one_wins_and_the_other_is_told_so() {
    let place = Place::new().await;
    let handles = [place.open().await, place.open().await];
    let deadline = Deadline::start();
    let mut version = Version::EMPTY;
    for round in 0..scale::count(1_000).max(100) {
        if deadline.passed() {
            break;
        }
        let price = 1.0 + round as f64;
        let key = (round % 2 == 0).then(|| format!("round {round}"));
        let expected = key.is_none().then_some(version);
        let written = write_twice(&handles, price, expected, key).await;
        let (won, lost) = match &written {
            [Ok(Written::Committed(commit)), other] | [other, Ok(Written::Committed(commit))] => {
                (commit, other)
            }
            neither => panic!("{neither:?}"),
        };
        version = version.next();
        assert_eq!(won.version, version);
        match lost {
            Err(StoreError::Conflict { .. }) if expected.is_some() => {}
            Ok(Written::Repeated(commit)) if expected.is_none() => assert_eq!(commit, won),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_that_two_store_at_once_is_stored_by_both() {
    let place = Place::new().await;
    let handles = [place.open().await, place.open().await];
    let source = key("X:A/1m");
    let mut commits = Vec::new();
    for number in 0..40 {
        let bars = minutes(number * 10..number * 10 + 20, number as f64 + 1.0);
        let write = PriceWrite::upsert(bars, author());
        match handles[0].commit(&source, write).await {
            Ok(Written::Committed(commit)) => commits.push(commit),
            other => panic!("a commit was expected, not {other:?}"),
        }
    }
    let deadline = Deadline::start();
    for round in 0..scale::count(300).clamp(10, 100) {
        if deadline.passed() {
            break;
        }
        let copy = key(&format!("X:C{round}/1m"));
        let copies = handles.each_ref().map(|store| {
            let (store, source, copy, commits) =
                (store.clone(), source.clone(), copy.clone(), commits.clone());
            tokio::spawn(async move {
                for commit in commits {
                    let before = Version(commit.version.0 - 1);
                    let changes = store.diff(&source, before, commit.version);
                    let replay = Replay {
                        commit: commit.clone(),
                        changes,
                    };
                    let stored = store.replay(&copy, replay).await.unwrap();
                    assert_eq!(stored, commit);
                }
            })
        });
        for copied in copies {
            copied.await.unwrap();
        }
        assert_intact(&handles[0], &copy).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instrument_that_several_put_at_once_is_put_by_each() {
    let place = Place::new().await;
    let handles = [place.open().await, place.open().await];
    for round in 0..scale::count(1_000).clamp(20, 200) {
        let instrument = Instrument::new("X".parse().unwrap(), format!("S{round}").parse().unwrap());
        let puts = (0..8).map(|number| {
            let (store, instrument) = (handles[number % 2].clone(), instrument.clone());
            tokio::spawn(async move { store.put_instrument(&instrument).await })
        });
        for put in join_all(puts).await {
            let put = put.unwrap();
            assert!(put.is_ok(), "{put:?}");
        }
    }
}

#[tokio::test]
async fn an_instrument_that_somebody_else_holds_is_not_taken_for_one_of_another_name() {
    let place = Place::new().await;
    let options = PostgresOptions {
        lock_wait: Duration::from_millis(200),
        ..place.options()
    };
    let store = place.open_with(options).await;
    let instrument = Instrument::new("X".parse().unwrap(), "A".parse().unwrap());
    store.put_instrument(&instrument).await.unwrap();
    let mut admin = place.admin().await;
    attempt(&mut admin, "begin; select * from chandlery.instrument for update")
        .await
        .unwrap();
    let put = store.put_instrument(&instrument).await;
    assert!(matches!(put, Err(StoreError::Unavailable(_))), "{put:?}");
    attempt(&mut admin, "rollback").await.unwrap();
    store.put_instrument(&instrument).await.unwrap();
    let other = Instrument::new("X".parse().unwrap(), "a".parse().unwrap());
    match store.put_instrument(&other).await {
        Err(StoreError::AlreadyExists { reason, .. }) => assert!(reason.contains("X:A"), "{reason}"),
        other => panic!("a name that exists was expected, not {other:?}"),
    }
}
