//! Health, metrics, the document, and how the server ends.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tests::{Place, Server, limit::Limit};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    client::{Answer, Client, bars, open, open_with, series_of},
    mischief::{bring_back, take_away},
    raw,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_is_live_and_ready() {
    let (_place, _server, client) = open();
    for path in ["/livez", "/readyz"] {
        let health = client.get(path).await.ok();
        assert_eq!(health["status"], "ok", "{path}");
        assert_eq!(health["version"], env!("CARGO_PKG_VERSION"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_store_is_gone_is_live_and_not_ready() {
    let (place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    take_away(&place);
    client.get("/livez").await.ok();
    client.get("/readyz").await.problem(503, "store-unavailable");
    bring_back(&place);
    client.get("/readyz").await.ok();
    client.get("series/X/A/1d").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_requests_by_route_and_name_no_symbol() {
    let (_place, _server, client) = open();
    client.write("X/SYMBOL/1d", &bars(["2024-01-01"], 1.0)).await;
    client.get("series/X/SYMBOL/1d").await.ok();
    for number in 0..20 {
        client.get(&format!("/made-up-{number}")).await.with(404);
        let method: Method = format!("MADEUP{number}").parse().unwrap();
        let made_up = client.request(method, "series");
        Answer::to(made_up).await.with(405);
    }
    let metrics = client.get("/metrics").await.with(200);
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let text = metrics.text();
    let counted = "http_server_requests_total{method=\"GET\",route=\"/api/v1/series/{venue}/{symbol}/{timeframe}\",\
                   status=\"200\"} 1";
    assert!(text.contains(counted), "{text}");
    assert!(text.contains("chandlery_build_info"), "{text}");
    for made_up in ["SYMBOL", "made-up", "MADEUP"] {
        assert!(!text.contains(made_up), "{made_up} is a label");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_of_the_document_is_served() {
    let (_place, _server, client) = open();
    let document = client.get("/api/openapi.json").await.ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 19, "{}", paths.len());
    for (path, item) in paths {
        if path.ends_with("/stream") {
            continue;
        }
        let filled = path
            .replace("{venue}", "X")
            .replace("{symbol}", "A")
            .replace("{timeframe}", "1d")
            .replace("{version}", "1")
            .replace("{name}", "rise")
            .replace("{id}", "01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10");
        assert!(!filled.contains('{'), "{filled}");
        for method in item
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| *name != "parameters")
        {
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = Answer::to(client.request(method.clone(), &filled)).await;
            let unknown = answer.text().contains("there is nothing at");
            assert!(
                !unknown && answer.status != 405,
                "{method} {path}: {}",
                answer.text()
            );
            assert!(
                !answer.status.is_server_error(),
                "{method} {path}: {}",
                answer.text()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_can_be_read_in_a_browser() {
    let (_place, _server, client) = open();
    for path in ["/api/docs", "/"] {
        let reader = client.get(path).await.with(200);
        assert!(reader.header("content-type").starts_with("text/html"));
        assert!(
            reader.text().to_lowercase().contains("swagger"),
            "{}",
            reader.text()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_under_way_is_finished_before_the_server_ends() {
    let (place, mut server, client) = open();
    let body = series_of(0, 60, 100_000, 1.0);
    let write = tokio::spawn({
        let client = client.clone();
        async move {
            let request = client.request(Method::PUT, "series/X/A/1m/bars").json(&body);
            request.send().await
        }
    });
    // Long enough for the body to arrive, and too short for its bars to be stored.
    tokio::time::sleep(Duration::from_millis(60)).await;
    server.terminate();
    let answer = write.await.unwrap();
    let status = server.ended_within(Duration::from_secs(20));
    assert!(status.success(), "{status}");
    let stored = place.head("X:A/1m")["bars"].clone();
    match answer {
        Ok(answer) => {
            assert_eq!(answer.status(), 200);
            assert_eq!(stored, 100_000, "an acknowledged commit");
        }
        // The connection may not have been accepted yet; then there is nothing.
        Err(error) => assert!(stored.is_null(), "{error}: {stored}"),
    }
    place.verify();
}

/// Starts a server that waits ten minutes for whoever holds its end up.
fn open_patient() -> (Place, Server, Client) {
    open_with(&[("CHANDLERY_HTTP__SHUTDOWN", "600")])
}

/// Returns how many requests are being answered, the one that asks among them.
async fn active_requests(client: &Client) -> f64 {
    let metrics = client.get("/metrics").await.with(200).text();
    let mut lines = metrics.lines();
    let count = lines.find_map(|line| line.strip_prefix("http_server_active_requests "));
    count.expect("they are counted").parse().unwrap()
}

async fn within_a_minute(condition: impl AsyncFn() -> bool) {
    let begin = Instant::now();
    while !condition().await {
        assert!(begin.elapsed() < Duration::from_mins(1), "not within a minute");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_body_is_still_arriving_is_answered_before_the_server_ends() {
    let (place, mut server, client) = open_patient();
    let body = bars(["2024-01-01"], 1.0).to_string();
    let lines = ["Content-Type: application/json"];
    let request = raw::request("PUT", "/api/v1/series/X/A/1d/bars", &lines, body.as_bytes());
    let (early, late) = request.split_at(request.len() - 10);
    let mut stream = raw::connect(server.address()).await;
    stream.write_all(early).await.unwrap();
    // The server has taken it up: it is counted beside the request that asks.
    within_a_minute(async || active_requests(&client).await >= 2.0).await;
    server.terminate();
    within_a_minute(async || TcpStream::connect(server.address()).await.is_err()).await;
    stream.write_all(late).await.unwrap();
    let answer = raw::answer(&mut stream).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(server.ended_within(Duration::from_mins(1)).success());
    assert_eq!(place.head("X:A/1d")["bars"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_hold_the_end_up() {
    // Who waits until the head of a request is overdue takes ten seconds, every time.
    let mut limit = Limit::of(Duration::from_secs(5));
    while !limit.is_kept() {
        limit.note(end_beside_idle_connections().await);
    }
}

/// Ends a server to which somebody has a connection and says nothing, or half a request; returns how long that takes.
async fn end_beside_idle_connections() -> Duration {
    let (_place, mut server, client) = open_patient();
    client.get("/livez").await.ok();
    let mut idle = raw::connect(server.address()).await;
    let mut half = raw::connect(server.address()).await;
    half.write_all(b"GET /livez HTTP/1.1\r\nHost:").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begin = Instant::now();
    server.terminate();
    let status = server.ended_within(Duration::from_mins(1));
    let took = begin.elapsed();
    assert!(status.success(), "{status}");
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0);
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_wrote_the_next_one_serves() {
    let (place, mut server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let head = client.get("series/X/A/1d").await.ok();
    server.terminate();
    assert!(server.ended_within(Duration::from_secs(10)).success());
    let next = Server::start(&place);
    let client = Client::of(&next);
    assert_eq!(client.get("series/X/A/1d").await.ok(), head);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_store_see_what_the_other_writes() {
    let (place, _server, client) = open();
    let second = Server::start(&place);
    let other = Client::of(&second);
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    assert_eq!(other.bars("X/A/1d", "").await["open"], json!([1]));
    other.write("X/A/1d", &bars(["2024-01-01"], 7.0)).await;
    assert_eq!(client.bars("X/A/1d", "").await["open"], json!([7]));
}
