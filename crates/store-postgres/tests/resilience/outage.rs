//! Connections that break, stand still or are all taken.

use std::{sync::Arc, time::Duration};

use domain::{
    error::StoreError,
    market::{BarsQuery, InstrumentStore, PriceStore, PriceStoreExt, PriceWrite, SeriesKey, Written},
};
use futures::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::Connection;
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{
    bars::{MINUTE, MONDAY, minutes},
    postgres::Proxy,
    scale,
    stopwatch::Stopwatch,
};

use crate::{
    asleep::{hold_heads, wait_until_asleep},
    place::{Place, assert_intact, attempt, author, key, read, upsert},
};

/// How long a store that answers requests waits for a connection.
const CONNECTION_WAIT: Duration = Duration::from_millis(1_200);
/// The longest that a read may take then, however the server fails: a turn, and a statement.
const LONGEST: Duration = Duration::from_millis(8_500);
/// How soon a store works after its server does.
const RECOVERY: Duration = Duration::from_secs(2);
const CONNECTIONS: u32 = 4;

/// A store behind a proxy.
pub(crate) struct Behind {
    pub(crate) place: Place,
    pub(crate) proxy: Proxy,
    pub(crate) store: Arc<PostgresStore>,
}

impl Behind {
    /// Opens a store that answers requests.
    pub(crate) async fn new() -> Self {
        Self::waiting(CONNECTION_WAIT).await
    }

    /// Opens a store that waits for a connection for so long that only what takes long by itself fails.
    pub(crate) async fn patient() -> Self {
        Self::waiting(Duration::from_mins(1)).await
    }

    async fn waiting(connection_wait: Duration) -> Self {
        let place = Place::new().await;
        let proxy = Proxy::start(place.database.admin().get_port()).await;
        let way = place.database.options("chandlery_app").port(proxy.port());
        let options = PostgresOptions {
            connections: CONNECTIONS,
            connection_wait,
            ..place.options()
        };
        let store = Arc::new(place.open_by(way, options).await);
        Self { place, proxy, store }
    }

    /// Fills the pool: every connection is made, and idle.
    async fn warm(&self, key: &SeriesKey) {
        for answer in
            join_all((0..CONNECTIONS * 2).map(|_| self.store.read_all(BarsQuery::all(key.clone())))).await
        {
            answer.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// Calls until a call is answered; every other answer must be that the store is unavailable.
    async fn recovered_within(&self, key: &SeriesKey, limit: Duration) {
        let begin = Stopwatch::start();
        loop {
            match self.store.head(key).await {
                Ok(_) => break,
                Err(StoreError::Unavailable(_)) => assert!(begin.elapsed() < limit, "not within {limit:?}"),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(begin.elapsed() < limit, "{:?}", begin.elapsed());
    }

    /// Checks that no connection was left in a transaction, and that all that there may be work.
    pub(crate) async fn assert_nothing_is_left(&self, key: &SeriesKey) {
        let mut admin = self.place.admin().await;
        let begin = Stopwatch::start();
        loop {
            let busy: Vec<String> = sqlx::query_scalar(
                "select state || ': ' || query from pg_stat_activity \
                 where datname = $1 and usename = 'chandlery_app' and state <> 'idle'",
            )
            .bind(self.place.database.name())
            .fetch_all(&mut admin)
            .await
            .unwrap();
            if busy.is_empty() {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(15), "left behind: {busy:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for answer in join_all((0..CONNECTIONS * 8).map(|_| self.store.head(key))).await {
            answer.unwrap();
        }
    }
}

/// Reads, and checks that nothing but the outage is told, and soon.
async fn read_in_outage(store: &PostgresStore, key: &SeriesKey, limit: Duration) -> bool {
    let begin = Stopwatch::start();
    let answer = store.read_all(BarsQuery::all(key.clone())).await;
    assert!(begin.elapsed() < limit, "a read took {:?}", begin.elapsed());
    match answer {
        Ok(_) => true,
        Err(StoreError::Unavailable(_)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_fail_their_calls_and_no_others_and_nothing_is_lost() {
    let (rounds, seed) = (scale::count(1_000), scale::seed());
    scale::announce("cut connections", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let deadline = scale::Deadline::start();
    let (behind, key) = (Behind::new().await, key("X:A/1m"));
    upsert(&behind.store, &key, &minutes(0..5_000, 1.0)).await;
    let mut acknowledged = Vec::new();
    let (mut next, mut failed) = (5_000, 0);
    for _ in 0..rounds {
        if deadline.passed() {
            break;
        }
        let mut calls = Vec::new();
        for number in 0..8 {
            let (store, key, minute) = (behind.store.clone(), key.clone(), next + number);
            calls.push(tokio::spawn(async move {
                if number % 2 == 0 {
                    return (read_in_outage(&store, &key, LONGEST).await, None);
                }
                let write = PriceWrite::upsert(minutes([minute], 1.0), author());
                match store.commit(&key, write).await {
                    Ok(Written::Committed(_)) => (true, Some(minute)),
                    Err(StoreError::Unavailable(_)) => (false, None),
                    other => panic!("{other:?}"),
                }
            }));
        }
        next += 8;
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..15_000))).await;
        behind.proxy.cut();
        behind.recovered_within(&key, RECOVERY).await;
        for call in calls {
            let (answered, minute) = call.await.unwrap();
            failed += u64::from(!answered);
            acknowledged.extend(minute);
        }
    }
    assert!(failed > 0, "no call was cut off");
    // By then each connection is tried before it is used.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let bars = read(&behind.store, &key).await;
    let lost = acknowledged
        .iter()
        .filter(|minute| bars.time().binary_search(&(MONDAY + **minute * MINUTE)).is_err());
    assert_eq!(lost.count(), 0, "of {}", acknowledged.len());
    assert_intact(&behind.store, &key).await;
    behind.assert_nothing_is_left(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_can_not_be_reached_is_told_at_once_and_used_again_as_soon_as_it_is_back() {
    let (behind, key) = (Behind::new().await, key("X:A/1m"));
    upsert(&behind.store, &key, &minutes(0..5_000, 1.0)).await;
    behind.warm(&key).await;
    behind.proxy.close();
    for _ in 0..CONNECTIONS * 2 {
        assert!(!read_in_outage(&behind.store, &key, Duration::from_millis(2_500)).await);
    }
    behind.proxy.open();
    behind.recovered_within(&key, RECOVERY).await;
    behind.assert_nothing_is_left(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_is_waited_for_no_longer_than_a_turn_and_a_statement() {
    let (behind, key) = (Behind::new().await, key("X:A/1m"));
    upsert(&behind.store, &key, &minutes(0..5_000, 1.0)).await;
    behind.warm(&key).await;
    behind.proxy.stall();
    let reads = (0..CONNECTIONS * 4).map(|_| read_in_outage(&behind.store, &key, LONGEST));
    for answered in join_all(reads).await {
        assert!(!answered, "a read was answered by a server that stands still");
    }
    // Nobody waits for a statement any more: every connection is known to be suspect.
    assert!(!read_in_outage(&behind.store, &key, Duration::from_millis(2_500)).await);
    behind.proxy.open();
    behind.recovered_within(&key, RECOVERY).await;
    behind.assert_nothing_is_left(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_network_has_forgotten_are_replaced_one_by_one_within_the_time_of_a_call() {
    let (behind, key) = (Behind::patient().await, key("X:A/1m"));
    upsert(&behind.store, &key, &minutes(0..5_000, 1.0)).await;
    behind.warm(&key).await;
    // What lay idle for a while is tried before it is used.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    behind.proxy.forget();
    for _ in 0..CONNECTIONS {
        assert!(
            read_in_outage(&behind.store, &key, RECOVERY).await,
            "a connection was not replaced"
        );
    }
    behind.assert_nothing_is_left(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_forgotten_while_they_are_given_back_are_not_missed_for_ever() {
    let (behind, key) = (Behind::new().await, key("X:A/1m"));
    upsert(&behind.store, &key, &minutes(0..5_000, 1.0)).await;
    // A connection is asked whether it still works when it is given back; it is forgotten meanwhile, and right after that.
    for wait in [0, 120] {
        behind.warm(&key).await;
        behind.proxy.delay(Duration::from_millis(50));
        for answered in join_all((0..CONNECTIONS).map(|_| read_in_outage(&behind.store, &key, LONGEST))).await
        {
            assert!(answered);
        }
        tokio::time::sleep(Duration::from_millis(wait)).await;
        behind.proxy.delay(Duration::ZERO);
        behind.proxy.forget();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        for answered in
            join_all((0..CONNECTIONS).map(|_| read_in_outage(&behind.store, &key, RECOVERY))).await
        {
            assert!(answered, "a place in the pool is missed");
        }
    }
}

/// Makes the same call on every connection, lets the network forget them when `text` is sent, and checks that others get
/// new ones.
async fn forgotten_in_the_middle(call: usize, text: &'static str) {
    let (behind, key) = (Behind::new().await, key("X:A/1m"));
    upsert(&behind.store, &key, &minutes(0..5_000, 1.0)).await;
    behind.warm(&key).await;
    behind.proxy.forget_at(text);
    let calls: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (store, key) = (behind.store.clone(), key.clone());
            tokio::spawn(async move { any_call(&store, &key, call).await })
        })
        .collect();
    for call in calls {
        let answer = call.await.unwrap();
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    for answered in join_all((0..CONNECTIONS).map(|_| read_in_outage(&behind.store, &key, RECOVERY))).await {
        assert!(answered, "a place in the pool is missed");
    }
    behind.assert_nothing_is_left(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_forgotten_in_the_middle_of_a_statement_leave_their_places_to_others() {
    for call in [READ, INSTRUMENT] {
        forgotten_in_the_middle(call, "").await;
    }
    // The series is looked up first, and that connection given back.
    forgotten_in_the_middle(COMMIT_AT, "price_commit").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_way_to_the_server_is_slow_and_nothing_else() {
    let (behind, key) = (Behind::patient().await, key("X:A/1m"));
    behind.proxy.delay(Duration::from_millis(10));
    upsert(&behind.store, &key, &minutes(0..5_000, 1.0)).await;
    assert_eq!(read(&behind.store, &key).await, minutes(0..5_000, 1.0));
    behind.assert_nothing_is_left(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_work_waits_for_its_turn_as_long_as_for_a_statement() {
    let place = Place::new().await;
    let options = PostgresOptions {
        bulk_connections: 2,
        connection_wait: CONNECTION_WAIT,
        ..place.options()
    };
    let store = place.open_with(options).await;
    let keys: Vec<SeriesKey> = (0..6).map(|number| key(&format!("X:S{number}/1m"))).collect();
    for key in &keys {
        upsert(&store, key, &minutes(0..100, 1.0)).await;
    }
    let mut admin = place.admin().await;
    attempt(&mut admin, "begin; lock table chandlery.price_chunk")
        .await
        .unwrap();
    let checks = keys.iter().map(|key| {
        let (store, key) = (store.clone(), key.clone());
        tokio::spawn(async move { store.verify(&key).await })
    });
    let checks = join_all(checks);
    wait_until_asleep(&place, 2).await;
    // Longer than a request would wait, and not as long as a lock is waited for.
    tokio::time::sleep(CONNECTION_WAIT + Duration::from_millis(200)).await;
    attempt(&mut admin, "rollback").await.unwrap();
    for check in checks.await {
        assert_eq!(check.unwrap().unwrap().damages, Vec::new());
    }
}

const READ: usize = 1;
const INSTRUMENT: usize = 2;
const COMMIT_AT: usize = 3;

/// Makes one of the calls that there are.
async fn any_call(store: &PostgresStore, key: &SeriesKey, number: usize) -> Result<(), StoreError> {
    match number % 5 {
        0 => store.head(key).await.map(drop),
        READ => store.read_all(BarsQuery::all(key.clone())).await.map(drop),
        INSTRUMENT => store.instrument(&key.venue, &key.symbol).await.map(drop),
        COMMIT_AT => store.commit_at(key, domain::market::AsOf::Head).await.map(drop),
        _ => {
            let write = PriceWrite::upsert(minutes([9_000 + number as i64], 1.0), author());
            store.commit(key, write).await.map(drop)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_all_connections_are_asleep_two_hundred_calls_are_turned_away_in_time() {
    let behind = Behind::new().await;
    let keys: Vec<SeriesKey> = (0..CONNECTIONS)
        .map(|number| key(&format!("X:S{number}/1m")))
        .collect();
    for key in &keys {
        upsert(&behind.store, key, &minutes(0..100, 1.0)).await;
    }
    let held = hold_heads(&behind.place).await;
    let writers: Vec<_> = keys
        .iter()
        .map(|key| {
            let (store, key) = (behind.store.clone(), key.clone());
            tokio::spawn(async move {
                let write = PriceWrite::upsert(minutes([500], 2.0), author());
                store.commit(&key, write).await
            })
        })
        .collect();
    wait_until_asleep(&behind.place, i64::from(CONNECTIONS)).await;
    let calls: Vec<_> = (0..200)
        .map(|number| {
            let (store, key) = (behind.store.clone(), keys[number % keys.len()].clone());
            tokio::spawn(async move {
                let begin = Stopwatch::start();
                (any_call(&store, &key, number).await, begin.elapsed())
            })
        })
        .collect();
    for call in calls {
        let (answer, took) = call.await.unwrap();
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        assert!(took < Duration::from_millis(2_500), "{took:?}");
    }
    drop(held.close().await);
    for writer in writers {
        let written = writer.await.unwrap();
        assert!(matches!(written, Ok(Written::Committed(_))), "{written:?}");
    }
    behind.assert_nothing_is_left(&keys[0]).await;
    for key in &keys {
        assert_intact(&behind.store, key).await;
    }
}
