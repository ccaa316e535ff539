//! A database that is slow, silent or asleep.

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::Method;
use sqlx::Connection;
use tests::minute_csv;

use crate::{
    client::{Answer, Client, bars, series_of},
    site::{RECOVERY, Site, recovered_within},
};

/// A turn, and a statement.
const LONGEST: Duration = Duration::from_millis(8_500);
const CONNECTIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_not_be_reached_is_a_503_and_then_used_again() {
    let site = Site::new().await;
    let behind = site.behind_proxy(&[]).await;
    let (proxy, client) = (&behind.proxy, &behind.client);
    client.write("X/A/1m", &series_of(0, 60, 5_000, 1.0)).await;
    proxy.close();
    for path in [
        "series",
        "series/X/A/1m",
        "series/X/A/1m/bars",
        "series/X/A/1m/commits",
        "instruments",
        "/readyz",
    ] {
        let begin = Instant::now();
        client.get(path).await.problem(503, "store-unavailable");
        assert!(
            begin.elapsed() < Duration::from_millis(2_500),
            "{path}: {:?}",
            begin.elapsed()
        );
    }
    let begin = Instant::now();
    let put = client.put("series/X/A/1m/bars", &bars([0], 7.0)).await;
    put.problem(503, "store-unavailable");
    assert!(
        begin.elapsed() < Duration::from_millis(2_500),
        "{:?}",
        begin.elapsed()
    );
    client.get("/livez").await.ok();
    proxy.open();
    recovered_within(client, "series/X/A/1m/bars", RECOVERY).await;
    client.write("X/A/1m", &bars([0], 7.0)).await;
    site.place.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stands_still_is_a_503_within_the_time_that_is_allowed() {
    let site = Site::alone().await;
    let behind = site.behind_proxy(&[]).await;
    let (proxy, client) = (&behind.proxy, &behind.client);
    client.write("X/A/1m", &series_of(0, 60, 5_000, 1.0)).await;
    proxy.stall();
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
            answer.problem(503, "store-unavailable");
            assert!(begin.elapsed() < LONGEST, "{number}: {:?}", begin.elapsed());
        }
    });
    let live = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begin = Instant::now();
        client.get("/livez").await.ok();
        assert!(
            begin.elapsed() < Duration::from_millis(500),
            "{:?}",
            begin.elapsed()
        );
    };
    tokio::join!(join_all(requests), live);
    proxy.open();
    recovered_within(client, "series/X/A/1m/bars", RECOVERY).await;
    site.assert_nothing_is_left().await;
    site.place.verify();
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

/// Lets each commit take four seconds: longer than a request waits for its turn, shorter than a statement may take.
const SLOW_COMMITS: &str = "
    create function chandlery.slow() returns trigger language plpgsql as $$
    begin perform pg_sleep(4); return new; end $$;
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
    // Each takes a connection, and sleeps with it for a while.
    let sleepers: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                client
                    .put(&format!("series/X/S{number}/1m/bars"), &bars([7_200_000], 1.0))
                    .await
            })
        })
        .collect();
    wait_until_asleep(&site, CONNECTIONS as i64).await;
    let requests = join_all((0..200).map(|number| {
        let client = client.clone();
        async move {
            let begin = Instant::now();
            let answer = any_request(&client, number).await;
            answer.problem(503, "store-unavailable");
            assert!(
                begin.elapsed() < Duration::from_millis(2_500),
                "{number}: {:?}",
                begin.elapsed()
            );
        }
    }));
    let live = async {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let begin = Instant::now();
            client.get("/livez").await.ok();
            assert!(
                begin.elapsed() < Duration::from_millis(500),
                "{:?}",
                begin.elapsed()
            );
        }
    };
    tokio::join!(requests, live);
    for sleeper in sleepers {
        assert_eq!(sleeper.await.unwrap().ok()["outcome"], "committed");
    }
    sqlx::raw_sql("drop trigger slow on chandlery.series_head")
        .execute(&mut admin)
        .await
        .unwrap();
    admin.close().await.unwrap();
    recovered_within(client, "series/X/S0/1m/bars", RECOVERY).await;
    site.assert_nothing_is_left().await;
    site.place.verify();
}

async fn wait_until_asleep(site: &Site, count: i64) {
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
        if asleep == count {
            return;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(2),
            "{asleep} of {count} sleep"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
