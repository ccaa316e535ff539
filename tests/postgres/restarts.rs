//! A database that is restarted under load.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Method;
use testkit::postgres::{Durability, Server as Postgres};
use tests::{Server, limit::Limit};

use crate::{
    client::{Answer, Client, bars, series_of},
    site::{RECOVERY, Site, assert_recovered_in_time, recovery},
};

const CLIENTS: u64 = 64;

/// What the clients of a server have been told.
#[derive(Default)]
struct Told {
    ended: AtomicBool,
    answered: AtomicU64,
    refused: AtomicU64,
    /// When a request was last answered.
    last: Mutex<Option<Instant>>,
}

/// Reads and writes without a pause; every answer is a good one, or a refusal to come back after.
async fn press(client: Client, number: u64, told: Arc<Told>) {
    let mut round = 0;
    while !told.ended.load(Ordering::SeqCst) {
        round += 1;
        let answer = match (number + round) % 4 {
            0 => {
                let minute = number * 100_000 + round;
                let request = client
                    .request(Method::PUT, &format!("series/X/S{}/1m/bars", number % 8))
                    .header("idempotency-key", format!("{number}-{round}"));
                Answer::to(request.json(&bars([minute * 60], 1.0))).await
            }
            1 => client.get("series/X/A/1m/bars?format=csv&limit=1000").await,
            2 => client.get("series/X/A/1m").await,
            _ => client.get("series?limit=5").await,
        };
        if answer.status == 200 {
            told.answered.fetch_add(1, Ordering::SeqCst);
            *told.last.lock().unwrap() = Some(Instant::now());
        } else {
            // Clients who waited for the database may fill the line of those who write.
            let is_busy = answer.text().contains("\"urn:chandlery:problem:busy\"");
            answer.problem(503, if is_busy { "busy" } else { "store-unavailable" });
            told.refused.fetch_add(1, Ordering::SeqCst);
            // As who is told to come back later does, only sooner.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_database_under_load_is_a_503_and_nothing_else() {
    let postgres = Postgres::own(Durability::Fast);
    let site = Site::on(&postgres).await;
    let postgres = Arc::new(Mutex::new(postgres));
    let mut server = Server::start(&site.place);
    let client = Client::of(&server);
    client.write("X/A/1m", &series_of(0, 60, 5_000, 1.0)).await;
    let told = Arc::new(Told::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| tokio::spawn(press(client.clone(), number, told.clone())))
        .collect();
    let mut recoveries = Vec::new();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let restart = {
            let postgres = postgres.clone();
            move || {
                let mut postgres = postgres.lock().unwrap();
                postgres.cluster().stop();
                std::thread::sleep(Duration::from_millis(300));
                postgres.cluster().run();
            }
        };
        tokio::task::spawn_blocking(restart).await.unwrap();
        let back = Instant::now();
        loop {
            let last = *told.last.lock().unwrap();
            if let Some(last) = last.filter(|last| *last > back) {
                recoveries.push(last - back);
                break;
            }
            assert!(back.elapsed() < Duration::from_mins(1), "nobody was answered");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    told.ended.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.unwrap();
    }
    let mut limit = Limit::of(RECOVERY);
    while !limit.is_kept() {
        limit.note(recovery(&client, "series/X/A/1m/bars").await);
    }
    assert_recovered_in_time(recoveries);
    let (answered, refused) = (
        told.answered.load(Ordering::SeqCst),
        told.refused.load(Ordering::SeqCst),
    );
    println!("{answered} requests answered, {refused} refused");
    assert!(
        answered > 0 && refused > 0,
        "{answered} answered, {refused} refused"
    );
    site.assert_nothing_is_left().await;
    server.assert_nothing_panicked();
    site.place.verify();
}
