//! Clients that go away before they have their answer, or before they have asked.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::scale;
use tokio::io::AsyncWriteExt;

use crate::{
    Server,
    client::{Client, bars, column, series_of},
    raw,
};

/// Goes away from a server on an empty store 5,000 times, and checks that it serves others as before.
pub async fn assert_harmless(server: &Server) {
    let client = Client::of(server);
    let (rounds, seed) = (scale::count(5_000), scale::seed());
    scale::announce("clients that go away", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    client.write("X/A/1m", &series_of(0, 60, 50_000, 1.0)).await;
    let deadline = scale::Deadline::start();
    for round in 0..rounds {
        if deadline.passed() {
            break;
        }
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
        // Half of the requests are whole: what comes of them is under way when the client goes.
        let cut = if chance.random_bool(0.5) {
            request.len()
        } else {
            cut
        };
        let mut stream = raw::connect(server.address()).await;
        stream
            .write_all(&request[..cut])
            .await
            .expect("the server takes a request");
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..50_000))).await;
        drop(stream);
    }
    client.get("/readyz").await.ok();
    assert_eq!(column(&client.bars("X/A/1m", "").await, "time").len(), 5_000);
    client.write("X/C/1m", &bars([0], 1.0)).await;
}
