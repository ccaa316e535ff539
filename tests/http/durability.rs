//! What the death of the server and lost replies do to acknowledged writes: nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use testkit::scale;
use tests::Server;
use tokio::io::AsyncWriteExt;

use crate::{
    client::{Answer, Client, bars, column, open},
    raw,
};

const WRITERS: u64 = 8;
const SERIES: [&str; 4] = ["X/A/1m", "X/B/1m", "X/C/1m", "X/D/1m"];

/// Returns the series that a write goes to.
fn series_of(number: u64) -> &'static str {
    SERIES[(number % 4) as usize]
}

/// Makes the one bar of a write; no other write has its time or its price.
fn bar(number: u64) -> serde_json::Value {
    bars([number * 60], number as f64 + 1.0)
}

/// Writes one bar under its key; tells whether that was acknowledged.
async fn write(client: &Client, number: u64) -> bool {
    let request = client
        .request(Method::PUT, &format!("series/{}/bars", series_of(number)))
        .header("idempotency-key", format!("write-{number}"))
        .json(&bar(number));
    let Ok(answer) = request.send().await else {
        return false;
    };
    let status = answer.status();
    match answer.text().await {
        Ok(text) if status == 200 => {
            let known = text.contains("\"committed\"") || text.contains("\"repeated\"");
            assert!(known, "write {number}: {text}");
            true
        }
        Ok(text) => panic!("write {number}: {status} {text}"),
        Err(_) => false,
    }
}

/// What the test knows of its writes, whatever becomes of the server.
#[derive(Default)]
struct Log {
    sent: BTreeSet<u64>,
    acknowledged: BTreeSet<u64>,
}

/// Lets eight writers write until the server is killed. What was sent before and not acknowledged is sent again.
async fn write_until_killed(mut server: Server, next: &AtomicU64, log: &mut Log, limit: Duration) {
    let client = Client::of(&server);
    let again: Vec<u64> = log.sent.difference(&log.acknowledged).copied().collect();
    let writer = |own: Vec<u64>| {
        let client = client.clone();
        async move {
            let mut own = own.into_iter();
            let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
            loop {
                let number = own.next().unwrap_or_else(|| next.fetch_add(1, Ordering::SeqCst));
                sent.push(number);
                if !write(&client, number).await {
                    return (sent, acknowledged);
                }
                acknowledged.push(number);
            }
        }
    };
    let share = |writer: u64| {
        let mine = again.iter().filter(|number| **number % WRITERS == writer);
        mine.copied().collect()
    };
    let writers = futures::future::join_all((0..WRITERS).map(|number| writer(share(number))));
    let death = async {
        tokio::time::sleep(limit).await;
        tokio::task::spawn_blocking(move || server.kill()).await.unwrap();
    };
    let (written, ()) = tokio::join!(writers, death);
    for (sent, acknowledged) in written {
        log.sent.extend(sent);
        log.acknowledged.extend(acknowledged);
    }
}

/// Reads all bars of all series: the number of the write, by its time, and the price.
async fn stored(client: &Client) -> BTreeMap<u64, f64> {
    let mut found = BTreeMap::new();
    for series in SERIES {
        let head = client.get(&format!("series/{series}")).await;
        if head.status == 404 {
            continue;
        }
        let head = head.ok();
        let all = client
            .get(&format!("series/{series}/bars?format=rows&limit=100000"))
            .await
            .ok();
        let rows = all.as_array().unwrap();
        assert_eq!(
            head["version"],
            rows.len(),
            "{series}: each write made one version"
        );
        for row in rows {
            let time: domain::market::Timestamp = row["time"].as_str().unwrap().parse().unwrap();
            let number = time.micros() as u64 / 60_000_000;
            assert_eq!(series_of(number), series, "a bar of another series");
            found.insert(number, row["open"].as_f64().unwrap());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_the_death_of_the_server() {
    let (place, rounds, seed) = (crate::mischief::place(), scale::count(300), scale::seed());
    scale::announce("killed server", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let deadline = scale::Deadline::start();
    let (next, mut log) = (AtomicU64::new(0), Log::default());
    for _ in 0..rounds {
        if deadline.passed() {
            break;
        }
        let limit = Duration::from_micros(chance.random_range(0..2_000_000));
        write_until_killed(Server::start(&place), &next, &mut log, limit).await;
    }
    let server = Server::start(&place);
    let found = stored(&Client::of(&server)).await;
    let lost: Vec<_> = log
        .acknowledged
        .iter()
        .filter(|number| !found.contains_key(number))
        .collect();
    assert!(lost.is_empty(), "lost of {}: {lost:?}", log.acknowledged.len());
    let invented: Vec<_> = found
        .iter()
        .filter(|(number, price)| {
            !log.sent.contains(number) || price.to_bits() != (**number as f64 + 1.0).to_bits()
        })
        .collect();
    assert!(invented.is_empty(), "invented: {invented:?}");
    assert!(
        log.acknowledged.len() > 100 && log.acknowledged.len() < log.sent.len(),
        "{} of {}",
        log.acknowledged.len(),
        log.sent.len()
    );
    place.verify();
    println!(
        "{} writes acknowledged, {} stored",
        log.acknowledged.len(),
        found.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_reply_was_lost_is_made_once() {
    let (place, server, client) = open();
    let (rounds, seed) = (scale::count(200), scale::seed());
    scale::announce("lost replies", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut made = 0;
    for round in 0..rounds {
        let key = format!("Idempotency-Key: write-{round}");
        let lines = [key.as_str(), "Content-Type: application/json"];
        let body = bars([round * 60], round as f64 + 1.0).to_string();
        let request = raw::request("PUT", "/api/v1/series/X/A/1m/bars", &lines, body.as_bytes());
        let mut stream = raw::connect(server.address()).await;
        stream.write_all(&request).await.unwrap();
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..6_000))).await;
        drop(stream);
        let again = client
            .request(Method::PUT, "series/X/A/1m/bars")
            .header("idempotency-key", format!("write-{round}"))
            .json(&bars([round * 60], round as f64 + 1.0));
        let again = Answer::to(again).await.ok();
        made += u64::from(again["outcome"] == "repeated");
        assert_eq!(again["version"], round + 1, "{again}");
    }
    let head = client.get("series/X/A/1m").await.ok();
    assert_eq!(
        (&head["version"], &head["bars"]),
        (&rounds.into(), &rounds.into())
    );
    assert!(made > 0, "no write was made before its repetition");
    place.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_go_away_leave_a_server_that_answers() {
    let (place, server, client) = open();
    let (rounds, seed) = (scale::count(5_000), scale::seed());
    scale::announce("clients that go away", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    client
        .write("X/A/1m", &crate::client::series_of(0, 60, 50_000, 1.0))
        .await;
    let begin = Instant::now();
    for round in 0..rounds {
        let request = match round % 3 {
            0 => {
                let body = bars([round * 60], 7.0).to_string();
                let lines = ["Content-Type: application/json"];
                raw::request("PUT", "/api/v1/series/X/B/1m/bars", &lines, body.as_bytes())
            }
            1 => raw::request("GET", "/api/v1/series/X/A/1m/bars?format=csv", &[], b""),
            _ => raw::request("GET", "/api/v1/stream", &[], b""),
        };
        let cut = chance.random_range(1..=request.len());
        let mut stream = raw::connect(server.address()).await;
        stream.write_all(&request[..cut]).await.unwrap();
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..50_000))).await;
        drop(stream);
    }
    assert!(begin.elapsed() < Duration::from_mins(10));
    client.get("/readyz").await.ok();
    assert_eq!(column(&client.bars("X/A/1m", "").await, "time").len(), 5_000);
    client.write("X/C/1m", &bars([0], 1.0)).await;
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
    place.verify();
}
