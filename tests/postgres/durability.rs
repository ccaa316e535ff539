//! What was acknowledged stays, and is made once, whoever dies and whatever is lost on the way.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use testkit::{
    postgres::{Durability, Server as Postgres},
    scale,
};
use tests::{
    Server, leaving,
    writers::{Patience, Writers},
};

use crate::{
    client::{Answer, Client, bars},
    site::{Site, assert_recovered_in_time, recovery},
};

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_the_death_of_the_server() {
    let site = Site::new().await;
    let mut writers = Writers::default();
    writers.survive_deaths_of_the_server(&site.place).await;
    let server = Server::start(&site.place);
    writers.assert_stored(&Client::of(&server)).await;
    site.place.verify();
    site.assert_nothing_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_the_death_of_the_database() {
    let (rounds, seed) = (scale::count(100), scale::seed());
    scale::announce("killed database", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let (deadline, patience) = (scale::Deadline::start(), Patience::start());
    let postgres = Postgres::own(Durability::Full);
    let site = Site::on(&postgres).await;
    let postgres = Arc::new(Mutex::new(postgres));
    let server = Server::start(&site.place);
    let client = Client::of(&server);
    let mut writers = Writers::default();
    let (mut died, mut recoveries) = (0, Vec::new());
    for round in 0.. {
        let is_done = (round >= rounds || deadline.passed()) && died > 1;
        if is_done && writers.have_written_enough() && writers.refused() > 0 {
            break;
        }
        patience.assert_left(&writers);
        let limit = Duration::from_micros(chance.random_range(0..1_000_000));
        let death = async {
            tokio::time::sleep(limit).await;
            let postgres = postgres.clone();
            let die = move || {
                let mut postgres = postgres.lock().unwrap();
                if round % 2 == 0 {
                    postgres.cluster().stop_at_once();
                } else {
                    postgres.cluster().kill();
                }
                postgres.cluster().run();
            };
            tokio::task::spawn_blocking(die).await.unwrap();
        };
        writers.write_until(&client, death).await;
        recoveries.push(recovery(&client, "series?limit=1").await);
        died += 1;
    }
    writers.assert_stored(&client).await;
    site.place.verify();
    assert_recovered_in_time(recoveries);
    println!("{died} deaths, {}", writers.told());
}

/// Puts a bar under a key.
async fn put(client: &Client, round: u64) -> Answer {
    let request = client
        .request(Method::PUT, "series/X/A/1m/bars")
        .header("idempotency-key", format!("write-{round}"))
        .json(&bars([round * 60], round as f64 + 1.0));
    Answer::to(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_made_once_when_the_reply_to_its_commit_is_lost_and_the_client_repeats_it() {
    let site = Site::new().await;
    let behind = site.behind_proxy(&[]).await;
    let (proxy, client) = (&behind.proxy, &behind.client);
    let rounds = scale::count(200);
    for round in 0..rounds {
        proxy.lose_replies_to_commits(1);
        put(client, round).await.problem(503, "store-unavailable");
        assert_eq!(proxy.replies_to_lose(), 0, "the reply was lost");
        // The connections that lie idle were cut by nobody.
        let again = put(client, round).await.ok();
        assert_eq!(again["outcome"], "repeated", "{again}");
        assert_eq!(again["version"], round + 1, "{again}");
    }
    let head = client.get("series/X/A/1m").await.ok();
    assert_eq!(
        (&head["version"], &head["bars"]),
        (&rounds.into(), &rounds.into())
    );
    site.place.verify();
    site.assert_nothing_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_go_away_leave_a_server_that_answers_and_no_transaction_open() {
    let site = Site::new().await;
    let mut server = Server::start(&site.place);
    leaving::assert_harmless(&server).await;
    site.assert_nothing_is_left().await;
    server.assert_nothing_panicked();
    site.place.verify();
}
