//! Hints of what changes.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use tests::{limit::Limit, minute_csv};

use crate::client::{Answer, Client, bars, open, open_with};

/// How soon a change is told.
const PROMISED: Duration = Duration::from_secs(3);

/// A stream of events.
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    /// Opens the stream and reads its first line.
    async fn open(client: &Client) -> Self {
        let response = client.request(Method::GET, "stream").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut events = Self {
            response,
            text: String::new(),
        };
        while !events.text.contains("retry:") {
            let chunk = events.response.chunk().await.unwrap().unwrap();
            events.text.push_str(&String::from_utf8_lossy(&chunk));
        }
        events
    }

    /// Opens the first stream of a server and waits until the server looks at its store for it.
    async fn settled(client: &Client) -> Self {
        let mut events = Self::open(client).await;
        // The first look after nobody listened only remembers, and says so.
        let missed = events.wait("missed", |_| true).await;
        assert!(missed.is_some(), "{}", events.text);
        events
    }

    /// Waits for an event that satisfies `wanted`, and returns it with the time that it took.
    async fn timed(&mut self, event: &str, wanted: impl Fn(&Value) -> bool) -> (Value, Duration) {
        let begin = Instant::now();
        let found = self.wait(event, wanted).await;
        let value = found.unwrap_or_else(|| panic!("no such {event}: {}", self.text));
        (value, begin.elapsed())
    }

    /// Waits for an event that satisfies `wanted`.
    async fn wait(&mut self, event: &str, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let begin = Instant::now();
        loop {
            let mut blocks = self.text.split("\n\n");
            let found = blocks.find_map(|block| {
                let data = block.strip_prefix(&format!("event: {event}\ndata: "))?;
                let value = serde_json::from_str(data).ok()?;
                wanted(&value).then_some(value)
            });
            let left = Duration::from_mins(1).checked_sub(begin.elapsed());
            let (None, Some(left)) = (&found, left) else {
                return found;
            };
            let Ok(Ok(Some(chunk))) = tokio::time::timeout(left, self.response.chunk()).await else {
                return None;
            };
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_told_within_three_seconds() {
    let (_place, _server, client) = open();
    let mut events = Events::settled(&client).await;
    let mut limit = Limit::of(PROMISED);
    for version in 1.. {
        let close = f64::from(version);
        client.write("X/BTC%2FUSD/1d", &bars(["2024-01-01"], close)).await;
        let wanted = |hint: &Value| hint["id"] == "X:BTC/USD/1d" && hint["version"] == version;
        let (hint, after) = events.timed("series", wanted).await;
        assert_eq!(hint["entity"], "series", "{}", events.text);
        limit.note(after);
        if limit.is_kept() && version > 1 {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_told_within_three_seconds() {
    let (place, _server, client) = open();
    let mut events = Events::settled(&client).await;
    place.write("b.csv", minute_csv(0..10, 0));
    let (mut limit, mut round) = (Limit::of(PROMISED), 0);
    while !limit.is_kept() {
        round += 1;
        let path = format!("imports?series=X:A{round}/1m&file_name=a.csv");
        let request = client.request(Method::POST, &path);
        let import = Answer::to(request.body(minute_csv(0..10, 0)))
            .await
            .with(202)
            .json();
        let done = |hint: &Value| hint["id"] == import["id"] && hint["state"] == "done";
        let (_, ours) = events.timed("import", done).await;
        // Another process writes to the same store.
        let key = format!("X:B{round}/1m");
        place.run(["import", "b.csv", "--series", &key]).ok();
        let (_, other) = events.timed("series", |hint| hint["id"] == key).await;
        limit.note(ours.max(other));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_right_after_a_stream_was_opened_is_told() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let mut events = Events::open(&client).await;
    client.write("X/A/1d", &bars(["2024-01-01"], 2.0)).await;
    // It is told as a change, or with everything else that came before the first look.
    let missed = events.wait("missed", |_| true).await;
    assert!(
        missed.is_some(),
        "whoever reads the series before this commit never learns of it: {:?}",
        events.text
    );
    client.write("X/A/1d", &bars(["2024-01-01"], 3.0)).await;
    let hint = events
        .wait("series", |hint| hint["id"] == "X:A/1d" && hint["version"] == 3)
        .await;
    assert!(hint.is_some(), "{:?}", events.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_one_client_goes_on_when_another_leaves() {
    let (_place, _server, client) = open();
    let gone = Events::settled(&client).await;
    let mut events = Events::open(&client).await;
    drop(gone);
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let hint = events.wait("series", |hint| hint["id"] == "X:A/1d").await;
    assert!(hint.is_some(), "{}", events.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_server_is_told_to_end() {
    // A stream that held the end up would hold it up for ten minutes.
    let (_place, mut server, client) = open_with(&[("CHANDLERY_HTTP__SHUTDOWN", "600")]);
    let mut events = Events::open(&client).await;
    server.terminate();
    let end = async {
        while let Some(chunk) = events.response.chunk().await.expect("the stream ends well") {
            events.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    let ended = tokio::time::timeout(Duration::from_mins(1), end).await;
    assert!(ended.is_ok(), "{}", events.text);
    let status = server.ended_within(Duration::from_mins(1));
    assert!(status.success(), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_listen_do_not_keep_others_from_reading() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let mut listeners = Vec::new();
    for _ in 0..64 {
        listeners.push(Events::open(&client).await);
    }
    client.get("series/X/A/1d/bars?format=csv").await.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_is_told_when_it_is_done() {
    let (_place, _server, client) = open();
    let strategy = serde_json::json!({"name": "rise", "long": {"enter": "close > open"}});
    client.post("strategies", &strategy).await.with(201);
    client.write("X/A/1d", &bars(["2024-01-01", "2024-01-02", "2024-01-03"], 1.0)).await;
    let mut events = Events::settled(&client).await;
    let order = serde_json::json!({"strategy": "rise", "series": "X:A/1d"});
    let queued = client.post("backtests", &order).await.with(202).json();
    let told = events
        .wait("backtest", |event| event["id"] == queued["id"] && event["state"] == "done")
        .await;
    assert!(told.is_some(), "{}", events.text);
}
