//! What the death of the server and lost replies do to acknowledged writes: nothing.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use testkit::scale;
use tests::{Server, leaving, writers::Writers};
use tokio::io::AsyncWriteExt;

use crate::{
    client::{Answer, Client, bars, open},
    raw,
};

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_the_death_of_the_server() {
    let place = crate::mischief::place();
    let mut writers = Writers::default();
    writers.survive_deaths_of_the_server(&place).await;
    let server = Server::start(&place);
    writers.assert_stored(&Client::of(&server)).await;
    place.verify();
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
    let (place, mut server, _) = open();
    leaving::assert_harmless(&server).await;
    server.assert_nothing_panicked();
    place.verify();
}
