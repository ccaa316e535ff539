//! Writing bars.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client, MONDAY, bars, column, open, open_with, series_of};

const BARS: &str = "series/X/A/1d/bars";
const ARROW: &str = "application/vnd.apache.arrow.stream";

async fn send(client: &Client, path: &str, media: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = client
        .request(Method::PUT, path)
        .header("content-type", media)
        .body(body);
    Answer::to(request).await
}

async fn put_with(client: &Client, headers: &[(&'static str, &str)], bars: &Value) -> Answer {
    let request = client.request(Method::PUT, BARS).json(bars);
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value));
    Answer::to(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_are_taken_in_every_media_type_and_are_the_same_bars() {
    let (_place, _server, client) = open();
    let mut sent = series_of(MONDAY, 60, 100, 1.25);
    sent["volume"][7] = Value::Null;
    client.write("X/COLUMNS/1m", &sent).await;
    let read = async |format: &str| {
        let path = format!("series/X/COLUMNS/1m/bars?format={format}");
        client.get(&path).await.with(200).body
    };
    for (series, media, body) in [
        ("ROWS", "application/json", read("rows").await),
        ("CSV", "text/csv; charset=utf-8", read("csv").await),
        ("ARROW", ARROW, read("arrow").await),
    ] {
        let path = format!("series/X/{series}/1m/bars");
        let written = send(&client, &path, media, body).await.ok();
        assert_eq!(written["outcome"], "committed", "{series}");
    }
    let listed = client.get("series").await.ok();
    let digests: Vec<&Value> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|head| &head["digest"])
        .collect();
    assert_eq!(digests.len(), 4);
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_is_taken() {
    let (_place, _server, client) = open();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bars(["2024-01-01"], 1.0).to_string().as_bytes())
        .unwrap();
    let request = client
        .request(Method::PUT, BARS)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(gzip.finish().unwrap());
    assert_eq!(Answer::to(request).await.ok()["outcome"], "committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_that_are_there_already_make_no_version() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let again = client.put(BARS, &bars(["2024-01-01"], 1.0)).await.ok();
    assert_eq!(
        (&again["outcome"], &again["version"], &again["commit"]),
        (&json!("unchanged"), &json!(1), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_changes_and_adds_and_says_how_much() {
    let (_place, _server, client) = open();
    client
        .write("X/A/1d", &bars(["2024-01-01", "2024-01-02"], 1.0))
        .await;
    let written = client
        .put(
            &format!("{BARS}?reason=corrected"),
            &bars(["2024-01-03", "2024-01-02"], 9.0),
        )
        .await
        .ok();
    let commit = &written["commit"];
    for (name, value) in [
        ("inserted", json!(1)),
        ("changed", json!(1)),
        ("deleted", json!(0)),
        ("bars", json!(3)),
        ("kind", json!("upsert")),
        ("reason", json!("corrected")),
        ("author", json!("http:anonymous")),
    ] {
        assert_eq!(commit[name], value, "{name}");
    }
    assert_eq!(client.bars("X/A/1d", "").await["open"], json!([1, 10, 9]));
}

#[tokio::test(flavor = "multi_thread")]
async fn replacing_a_range_leaves_nothing_else_in_it() {
    let (_place, _server, client) = open();
    let days = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"];
    client.write("X/A/1d", &bars(days, 1.0)).await;
    let path = format!("{BARS}?mode=replace&start=2024-01-02&end=2024-01-04");
    let written = client.put(&path, &bars(["2024-01-03"], 50.0)).await.ok();
    assert_eq!(
        (&written["commit"]["deleted"], &written["commit"]["changed"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(client.bars("X/A/1d", "").await["open"], json!([1, 50, 4]));
    let outside = client.put(&path, &bars(["2024-01-04"], 60.0)).await;
    outside.problem(422, "invalid");
    let range = client
        .put(&format!("{BARS}?start=2024-01-02"), &bars(["2024-01-03"], 50.0))
        .await;
    range.problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_range_is_a_version() {
    let (_place, _server, client) = open();
    let days = ["2024-01-01", "2024-01-02", "2024-01-03"];
    client.write("X/A/1d", &bars(days, 1.0)).await;
    let path = format!("{BARS}?start=2024-01-02&end=2024-01-03");
    let deleted = client.delete(&path).await.ok();
    assert_eq!(
        (&deleted["version"], &deleted["commit"]["deleted"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(client.bars("X/A/1d", "").await["open"], json!([1, 3]));
    assert_eq!(client.delete(&path).await.ok()["outcome"], "unchanged");
    client.delete(BARS).await.problem(400, "bad-request");
    client
        .delete("series/X/B/1d/bars?start=2024-01-02")
        .await
        .problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_made_once_under_its_key() {
    let (_place, _server, client) = open();
    let first = put_with(&client, &[("idempotency-key", "k1")], &bars(["2024-01-01"], 1.0))
        .await
        .ok();
    client.write("X/A/1d", &bars(["2024-01-01"], 2.0)).await;
    let again = put_with(&client, &[("idempotency-key", "k1")], &bars(["2024-01-01"], 1.0))
        .await
        .ok();
    assert_eq!(
        (&again["outcome"], &again["version"]),
        (&json!("repeated"), &json!(1))
    );
    assert_eq!(again["commit"], first["commit"]);
    assert_eq!(
        client.bars("X/A/1d", "").await["open"],
        json!([2]),
        "nothing was written again"
    );
    let other = put_with(&client, &[("idempotency-key", "k1")], &bars(["2024-01-01"], 3.0)).await;
    other.problem(409, "conflict");
    let key = "k".repeat(201);
    put_with(&client, &[("idempotency-key", &key)], &bars(["2024-01-01"], 3.0))
        .await
        .problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_made_once_under_its_key() {
    let (_place, _server, client) = open();
    client
        .write("X/A/1d", &bars(["2024-01-01", "2024-01-02"], 1.0))
        .await;
    let delete = async || {
        let request = client.request(Method::DELETE, &format!("{BARS}?start=2024-01-02"));
        Answer::to(request.header("idempotency-key", "d1")).await.ok()
    };
    assert_eq!(delete().await["outcome"], "committed");
    client.write("X/A/1d", &bars(["2024-01-02"], 5.0)).await;
    let again = delete().await;
    assert_eq!(
        (&again["outcome"], &again["version"]),
        (&json!("repeated"), &json!(2))
    );
    assert_eq!(client.get("series/X/A/1d").await.ok()["bars"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_expects_another_version_is_a_conflict() {
    let (_place, _server, client) = open();
    let fresh = [("if-none-match", "*")];
    put_with(&client, &fresh, &bars(["2024-01-01"], 1.0)).await.ok();
    put_with(&client, &fresh, &bars(["2024-01-01"], 2.0))
        .await
        .problem(409, "conflict");
    let expected = [("if-match", "\"v1\"")];
    assert_eq!(
        put_with(&client, &expected, &bars(["2024-01-01"], 2.0))
            .await
            .ok()["version"],
        2
    );
    put_with(&client, &expected, &bars(["2024-01-01"], 3.0))
        .await
        .problem(409, "conflict");
    for wrong in [
        [("if-match", "latest")],
        [("if-none-match", "\"v1\"")],
        [("if-match", "*")],
    ] {
        put_with(&client, &wrong, &bars(["2024-01-01"], 3.0))
            .await
            .problem(400, "bad-request");
    }
    assert_eq!(client.get("series/X/A/1d").await.ok()["version"], 2);
}

/// Puts bars; who has waited too long behind other writers and is told so comes back, for a minute.
async fn put_in_turn(client: &Client, headers: &[(&'static str, &str)], bars: &Value) -> Answer {
    let begin = Instant::now();
    loop {
        let answer = put_with(client, headers, bars).await;
        if answer.status != 503 || begin.elapsed() > Duration::from_mins(1) {
            return answer;
        }
        answer.problem(503, "store-unavailable");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_that_expect_the_same_version_one_wins() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let writes = (0..8).map(|number| {
        let client = client.clone();
        async move {
            let bars = bars(["2024-01-01"], 10.0 + f64::from(number));
            put_in_turn(&client, &[("if-match", "\"v1\"")], &bars).await.status
        }
    });
    let mut statuses: Vec<u16> = futures::future::join_all(writes)
        .await
        .into_iter()
        .map(|status| status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(client.get("series/X/A/1d").await.ok()["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_named_with_their_places() {
    let (_place, _server, client) = open();
    let mut sent = bars(["2024-01-01", "2024-01-02", "2024-01-02"], 10.0);
    sent["high"][1] = json!(0);
    let columns = client.put(BARS, &sent).await.problem(422, "invalid");
    assert_eq!(
        (&columns["errors"][0]["pointer"], &columns["errors"][0]["rule"]),
        (&json!("/high/1"), &json!("bad-bar"))
    );
    let row = json!([{"time": "2024-13-01", "open": 1, "high": 1, "low": 1, "close": 1}]);
    let rows = client.put(BARS, &row).await.problem(422, "invalid");
    assert_eq!(rows["errors"][0]["pointer"], "/0/time");
    let twice = bars(["2024-01-02", "2024-01-02"], 1.0);
    let twice = client.put(BARS, &twice).await.problem(422, "invalid");
    assert_eq!(twice["errors"][0]["rule"], "duplicate-time");
    let missing = send(&client, BARS, "text/csv", "time,open\n2024-01-01,1\n").await;
    assert_eq!(missing.problem(422, "invalid")["errors"][0]["pointer"], "/high");
    client.get("series/X/A/1d").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_day_without_an_offset_are_refused() {
    let (_place, _server, client) = open();
    let naive = client
        .put("series/X/A/1h/bars", &bars(["2024-01-01T00:00:00"], 1.0))
        .await
        .problem(422, "invalid");
    assert_eq!(naive["errors"][0]["rule"], "naive-time");
    client
        .write("X/A/1h", &bars(["2024-01-01T00:00:00+02:00"], 1.0))
        .await;
    assert_eq!(
        column(&client.bars("X/A/1h", "").await, "time")[0],
        "2023-12-31T22:00:00Z"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_cannot_be_read_are_refused_whole() {
    let (_place, _server, client) = open();
    for (media, body) in [
        ("application/json", "{\"time\":["),
        ("application/json", ""),
        ("application/json", "\"bars\""),
        (
            "application/json",
            "{\"time\":[],\"open\":[],\"high\":[],\"low\":[],\"close\":[],\"vol\":[]}",
        ),
        (ARROW, "not arrow"),
        (ARROW, ""),
        ("text/csv", "time,open,high,low,close\n\"2024-01-01,1,1,1,1\n1,2"),
    ] {
        let answer = send(&client, BARS, media, body).await;
        let status = answer.status.as_u16();
        let kind = if status == 422 { "invalid" } else { "bad-request" };
        assert!(matches!(status, 400 | 422), "{media} {body}: {}", answer.text());
        answer.problem(status, kind);
    }
    for media in [
        "",
        "text/plain",
        "application/vnd.apache.parquet",
        "application/x-www-form-urlencoded",
    ] {
        let answer = send(&client, BARS, media, "x").await;
        answer.problem(415, "unsupported-media-type");
    }
    client.get("series/X/A/1d").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_the_limit_is_refused_before_it_is_read() {
    let (_place, _server, client) = open_with(&[("CHANDLERY_HTTP__MAX_BARS_MIB", "1")]);
    let body = vec![b' '; (1 << 20) + 1];
    let answer = send(&client, BARS, "application/json", body).await;
    answer.problem(413, "too-large");
    let within = series_of(MONDAY, 60, 5_000, 1.0);
    client.write("X/A/1m", &within).await;
}
