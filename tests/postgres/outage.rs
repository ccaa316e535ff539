//! A database that is slow, silent or asleep.

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::Method;
use sqlx::{Connection, PgConnection};
use tests::{limit::Limit, minute_csv};

use crate::{
    client::{Answer, Client, bars, series_of},
    site::{RECOVERY, Site, recovery},
};

/// A turn, and a statement.
const LONGEST: Duration = Duration::from_millis(8_500);
/// How soon a request is turned away that gets no turn.
const TURNED_AWAY: Duration = Duration::from_millis(2_500);
/// How soon the server says that it lives.
const LIVE: Duration = Duration::from_millis(500);
/// What is asked for to see whether the server works again.
const WORKS: &str = "series/X/A/1m/bars";
const CONNECTIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_not_be_reached_is_a_503_and_then_used_again() {
    let site = Site::new().await;
    let behind = site.behind_proxy(&[]).await;
    let (proxy, client) = (&behind.proxy, &behind.client);
    client.write("X/A/1m", &series_of(0, 60, 5_000, 1.0)).await;
    let mut recovers = Limit::of(RECOVERY);
    while !recovers.is_kept() {
        proxy.close();
        for path in [
            "series",
            "series/X/A/1m",
            "series/X/A/1m/bars",
            "series/X/A/1m/commits",
            "instruments",
            "/readyz",
        ] {
            assert_turned_away(async || client.get(path).await).await;
        }
        assert_turned_away(async || client.put("series/X/A/1m/bars", &bars([0], 7.0)).await).await;
        client.get("/livez").await.ok();
        proxy.open();
        recovers.note(recovery(client, WORKS).await);
    }
    client.write("X/A/1m", &bars([0], 7.0)).await;
    site.place.verify();
}

/// Checks that the store is unavailable for a request, and that this is said in time.
async fn assert_turned_away(send: impl AsyncFn() -> Answer) {
    let mut limit = Limit::of(TURNED_AWAY);
    while !limit.is_kept() {
        let begin = Instant::now();
        let answer = send().await;
        limit.note_since(begin);
        answer.problem(503, "store-unavailable");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stands_still_is_a_503_within_the_time_that_is_allowed() {
    let site = Site::alone().await;
    let behind = site.behind_proxy(&[]).await;
    let (proxy, client) = (&behind.proxy, &behind.client);
    client.write("X/A/1m", &series_of(0, 60, 5_000, 1.0)).await;
    let [mut refuses, mut lives, mut recovers] = [LONGEST, LIVE, RECOVERY].map(Limit::of);
    loop {
        proxy.stall();
        let (slowest_refusal, sign_of_life) =
            tokio::join!(ask_in_vain(client), live_after(client, Duration::from_secs(1)));
        refuses.note(slowest_refusal);
        lives.note(sign_of_life);
        proxy.open();
        recovers.note(recovery(client, WORKS).await);
        if refuses.is_kept() & lives.is_kept() & recovers.is_kept() {
            break;
        }
    }
    site.assert_nothing_is_left().await;
    site.place.verify();
}

/// Sends forty requests for which the store must be unavailable; returns how long the slowest took.
async fn ask_in_vain(client: &Client) -> Duration {
    let requests = (0..40).map(|number| {
        let client = client.clone();
        async move {
            let begin = Instant::now();
            let answer = match number % 4 {
                0 => client.put("series/X/A/1m/bars", &bars([number * 60], 7.0)).await,
                1 => client.get("series/X/A/1m/bars").await,
                2 => client.get("series/X/A/1m").await,
                _ => client.get("instruments").await,
            };
            let taken = begin.elapsed();
            answer.problem(503, "store-unavailable");
            taken
        }
    });
    slowest(join_all(requests).await)
}

fn slowest(taken: Vec<Duration>) -> Duration {
    taken.into_iter().max().unwrap()
}

/// Asks after a while whether the server lives, and returns how long that takes.
async fn live_after(client: &Client, pause: Duration) -> Duration {
    tokio::time::sleep(pause).await;
    let begin = Instant::now();
    client.get("/livez").await.ok();
    begin.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_far_away_is_slow_and_nothing_else() {
    let site = Site::new().await;
    let behind = site.behind_proxy(&[]).await;
    let (proxy, client) = (&behind.proxy, &behind.client);
    proxy.delay(Duration::from_millis(10));
    client.write("X/A/1m", &series_of(0, 60, 5_000, 1.0)).await;
    let read = client.get("series/X/A/1m/bars?format=csv").await.with(200);
    assert_eq!(read.text().lines().count(), 5_001);
    let upload = client.request(Method::POST, "imports?series=X:B/1m&file_name=a.csv");
    Answer::to(upload.body(minute_csv(0..500, 0))).await.with(202);
}

/// The lock that keeps commits asleep.
const SLEEP: i64 = 7;

/// Lets each commit sleep for as long as somebody holds a lock, or until the server gives it up. It does not wait for the
/// lock: that would have a limit of its own.
const SLOW_COMMITS: &str = "
    create function chandlery.slow() returns trigger language plpgsql as $$
    begin
        while not pg_try_advisory_xact_lock_shared(7) loop
            perform pg_sleep(0.02);
        end loop;
        return new;
    end $$;
    create trigger slow before update on chandlery.series_head
    for each row execute function chandlery.slow()";

/// Sends one of the requests that there are.
async fn any_request(client: &Client, number: usize) -> Answer {
    let series = format!("series/X/S{}/1m", number % CONNECTIONS);
    match number % 6 {
        0 => client.get(&series).await,
        1 => client.get(&format!("{series}/bars?format=csv")).await,
        2 => client.get(&format!("{series}/commits")).await,
        3 => client.get("series").await,
        4 => client.get("instruments").await,
        _ => {
            client
                .put(&format!("{series}/bars"), &bars([number * 60], 1.0))
                .await
        }
    }
}

/// Lets every connection sleep while there are other requests; returns how long the slowest of these took to be turned
/// away, and how long the server to say that it lives. Returns nothing when not all slept to the end, because the
/// machine stood still for longer than a statement may take.
async fn ask_while_all_sleep(
    (site, client): (&Site, &Client),
    admin: &mut PgConnection,
    round: usize,
) -> Option<(Duration, Duration)> {
    let lock = sqlx::query("select pg_advisory_lock($1)").bind(SLEEP);
    lock.execute(&mut *admin).await.unwrap();
    // Each takes a connection, and sleeps with it until the lock is free.
    let sleepers: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let client = client.clone();
            let bar = bars([7_200_000 + 60 * round], 1.0);
            tokio::spawn(async move { client.put(&format!("series/X/S{number}/1m/bars"), &bar).await })
        })
        .collect();
    let gave_up = || sleepers.iter().any(tokio::task::JoinHandle::is_finished);
    wait_until_asleep_or(site, CONNECTIONS as i64, gave_up).await;
    let requests = (0..200).map(|number| {
        let client = client.clone();
        async move {
            let begin = Instant::now();
            let answer = any_request(&client, number).await;
            (begin.elapsed(), answer)
        }
    });
    let live = async {
        let mut taken = Vec::new();
        for _ in 0..10 {
            taken.push(live_after(client, Duration::from_millis(100)).await);
        }
        slowest(taken)
    };
    let (answers, lived) = tokio::join!(join_all(requests), live);
    let unlock = sqlx::query("select pg_advisory_unlock($1)").bind(SLEEP);
    unlock.execute(&mut *admin).await.unwrap();
    let mut slept = true;
    for sleeper in join_all(sleepers).await {
        let answer = sleeper.unwrap();
        if answer.status == 503 {
            answer.problem(503, "store-unavailable");
            slept = false;
        } else {
            assert_eq!(answer.ok()["outcome"], "committed");
        }
    }
    if !slept {
        return None;
    }
    let mut taken = Vec::new();
    for (after, answer) in answers {
        answer.problem(503, "store-unavailable");
        taken.push(after);
    }
    Some((slowest(taken), lived))
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_connections_are_asleep_requests_are_turned_away_in_time_and_the_server_lives() {
    let site = Site::alone().await;
    let connections = CONNECTIONS.to_string();
    let environment = [("CHANDLERY_STORE__CONNECTIONS", connections.as_str())];
    let behind = site.behind_proxy(&environment).await;
    let client = &behind.client;
    for number in 0..CONNECTIONS {
        client
            .write(&format!("X/S{number}/1m"), &series_of(0, 60, 1_000, 1.0))
            .await;
    }
    let mut admin = site.admin().await;
    sqlx::raw_sql(SLOW_COMMITS).execute(&mut admin).await.unwrap();
    let [mut refuses, mut lives, mut recovers] = [TURNED_AWAY, LIVE, RECOVERY].map(Limit::of);
    let mut round = 0;
    while !(refuses.is_kept() & lives.is_kept() & recovers.is_kept()) {
        assert!(round < 10, "the sleepers do not sleep long enough");
        if let Some((slowest_refusal, sign_of_life)) =
            ask_while_all_sleep((&site, client), &mut admin, round).await
        {
            refuses.note(slowest_refusal);
            lives.note(sign_of_life);
            recovers.note(recovery(client, "series/X/S0/1m/bars").await);
        }
        round += 1;
    }
    sqlx::raw_sql("drop trigger slow on chandlery.series_head")
        .execute(&mut admin)
        .await
        .unwrap();
    admin.close().await.unwrap();
    site.assert_nothing_is_left().await;
    site.place.verify();
}

async fn wait_until_asleep_or(site: &Site, count: i64, gave_up: impl Fn() -> bool) {
    let mut admin = site.admin().await;
    let begin = Instant::now();
    loop {
        let asleep: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = $1 and usename = 'chandlery_app' \
             and wait_event = 'PgSleep'",
        )
        .bind(site.database.name())
        .fetch_one(&mut admin)
        .await
        .unwrap();
        if asleep == count || gave_up() {
            return;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "{asleep} of {count} sleep"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
