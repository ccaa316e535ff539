//! What goes wrong, and how it is told.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tests::{Place, Server, limit::Limit, minute_csv};

use crate::{
    client::{Answer, Client, bars, open, open_with},
    mischief::{damage_newest_chunk, hold_lock},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_a_problem_everywhere() {
    let (_place, _server, client) = open();
    for path in [
        "/nothing",
        "/api",
        "/api/v1",
        "/api/v2/series",
        "nothing",
        "series/X",
        "series/X/A",
        "series/X/A/1d/nothing",
        "series/X/A/1d",
        "series/X/A/1d/bars",
        "series/X/A/1d/diff?from=0",
        "instruments/X/A",
        "snapshots",
    ] {
        client.get(path).await.problem(404, "not-found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_path_does_not_take_is_told_with_those_that_it_does() {
    let (_place, _server, client) = open();
    for (method, path, allowed) in [
        ("POST", "series", "GET"),
        ("PATCH", "series/X/A/1d", "GET, DELETE"),
        ("POST", "series/X/A/1d/bars", "GET, HEAD, PUT, DELETE"),
        ("GET", "series/X/A/1d/revert", "POST"),
        ("DELETE", "series/X/A/1d/commits/1", "GET"),
        ("PUT", "instruments/X/A", "GET, PATCH"),
        ("DELETE", "imports", "GET, POST"),
        ("GET", "imports/01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10/undo", "POST"),
        ("PATCH", "strategies", "GET, POST"),
        ("POST", "strategies/rise", "GET, PUT, DELETE"),
        ("PATCH", "strategy-checks", "POST"),
        ("PUT", "strategies/rise/versions/1", "GET"),
        ("POST", "stream", "GET"),
        ("DELETE", "/livez", "GET"),
        ("POST", "/metrics", "GET"),
        ("PURGE", "series", "GET"),
    ] {
        let answer = Answer::to(client.request(method.parse().unwrap(), path)).await;
        let mut found: Vec<&str> = answer.header("allow").split(", ").collect();
        let mut expected: Vec<&str> = allowed.split(", ").collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{method} {path}");
        answer.problem(405, "method-not-allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_and_its_reader_take_no_other_method_either() {
    let (_place, _server, client) = open();
    for path in ["/api/openapi.json", "/api/docs", "/api/docs/index.html"] {
        let answer = Answer::to(client.request(Method::DELETE, path)).await;
        assert!(!answer.header("allow").is_empty(), "{path}: {:?}", answer.headers);
        answer.problem(405, "method-not-allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_nobody_knows_are_refused() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    for (method, path) in [
        (Method::GET, "series"),
        (Method::GET, "series/X/A/1d/bars"),
        (Method::HEAD, "series/X/A/1d/bars"),
        (Method::PUT, "series/X/A/1d/bars"),
        (Method::DELETE, "series/X/A/1d/bars"),
        (Method::DELETE, "series/X/A/1d"),
        (Method::GET, "series/X/A/1d/commits"),
        (Method::GET, "series/X/A/1d/commits/1"),
        (Method::GET, "series/X/A/1d/diff"),
        (Method::GET, "series/X/A/1d/gaps"),
        (Method::GET, "instruments"),
        (Method::GET, "imports"),
        (Method::POST, "imports"),
    ] {
        let path = format!("{path}?colour=red");
        let request = client.request(method.clone(), &path);
        let answer = Answer::to(request.header("content-type", "application/json")).await;
        let told = method == Method::HEAD || answer.text().contains("colour");
        assert!(answer.status == 400 && told, "{method} {path}: {}", answer.text());
    }
    let twice = client.get("series/X/A/1d/bars?limit=1&limit=2").await;
    twice.problem(400, "bad-request");
    client.get("series?limit=0").await.problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_that_take_no_parameters_refuse_them_too() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    for path in ["series/X/A/1d", "instruments/X/A"] {
        let answer = client.get(&format!("{path}?colour=red")).await;
        answer.problem(400, "bad-request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_name_nothing_are_malformed() {
    let (_place, _server, client) = open();
    for path in [
        "series/X%20Y/A/1d",
        "series/X/A/1x",
        "series/X/A/0d",
        "series/X/A%20B/1d",
        "series/X/A%00B/1d",
        "instruments/%C3%A9/A",
    ] {
        let problem = client.get(path).await.problem(400, "bad-request");
        assert!(problem["errors"][0]["pointer"].is_string(), "{path}: {problem}");
    }
    let long = "A".repeat(65);
    client
        .get(&format!("series/X/{long}/1d"))
        .await
        .problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_none_is_malformed_and_other_json_is_invalid() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let send = |method: Method, path: &str, media: &'static str, body: String| {
        let request = client.request(method, path).header("content-type", media);
        Answer::to(request.body(body))
    };
    for (method, path) in [
        (Method::POST, "series/X/A/1d/revert"),
        (Method::PATCH, "instruments/X/A"),
    ] {
        for body in ["", "{", "nul", "{\"", "\u{feff}{}"] {
            send(method.clone(), path, "application/json", body.to_owned())
                .await
                .problem(400, "bad-request");
        }
        for body in ["[]", "null", "{\"colour\":1}", "7"] {
            send(method.clone(), path, "application/json", body.to_owned())
                .await
                .problem(422, "invalid");
        }
        send(method.clone(), path, "text/plain", "{}".to_owned())
            .await
            .problem(415, "unsupported-media-type");
        let large = format!("{{\"reason\":\"{}\"}}", "x".repeat(70_000));
        send(method, path, "application/json", large)
            .await
            .problem(413, "too-large");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_above_the_limit_is_refused() {
    let (_place, _server, client) = open_with(&[("CHANDLERY_HTTP__MAX_UPLOAD_MIB", "1")]);
    let upload = |bytes: usize| {
        let file = reqwest::multipart::Part::bytes(vec![b'1'; bytes]).file_name("a.csv");
        let form = reqwest::multipart::Form::new().part("file", file);
        Answer::to(
            client
                .request(Method::POST, "imports?series=X:A/1m")
                .multipart(form),
        )
    };
    upload((1 << 20) + 1).await.problem(413, "too-large");
    upload(1_000).await.with(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_dry_runs_that_nobody_confirms_are_refused_until_one_is_given_up() {
    let (_place, _server, client) = open();
    let hand_in = || {
        let request = client.request(Method::POST, "imports?series=X:A/1m&dry_run=true&file_name=a.csv");
        Answer::to(request.body(minute_csv(0..2, 0)))
    };
    let mut ids = Vec::new();
    for _ in 0..64 {
        ids.push(
            hand_in().await.with(202).json()["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    hand_in().await.problem(429, "too-many");
    let given_up = client.request(Method::POST, &format!("imports/{}/cancel", ids[0]));
    Answer::to(given_up).await.with(202);
    let begin = Instant::now();
    // One that is being checked ends a moment after it was told to.
    while hand_in().await.status == 429 {
        assert!(begin.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[track_caller]
fn names_no_path(place: &Place, text: &str) {
    let root = place.folder().display().to_string();
    for part in [root.as_str(), "/tmp/", ".parquet", "/store/", "chunks"] {
        assert!(!text.contains(part), "the answer tells where files are: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_chunk_is_told_without_its_path_and_logged_with_it() {
    let (place, server, client) = open();
    client
        .write("X/A/1m", &crate::client::series_of(0, 60, 2_000, 1.0))
        .await;
    let name = damage_newest_chunk(&place);
    for path in [
        "series/X/A/1m/bars",
        "series/X/A/1m/bars?format=csv",
        "series/X/A/1m/bars?format=arrow",
        "series/X/A/1m/bars?format=parquet",
        "series/X/A/1m/bars?resample=1h",
        "series/X/A/1m/bars?resample=1h&format=csv",
        "series/X/A/1m/commits/1",
        "series/X/A/1m/diff?from=0",
    ] {
        let answer = client.get(path).await;
        names_no_path(&place, &answer.text());
        answer.problem(500, "damaged");
    }
    // The operator is told which.
    server.assert_logs(|log| log.contains(&name));
    client.get("/livez").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_meets_damage_on_its_way_breaks_off() {
    let place = crate::mischief::place();
    place.write("a.csv", minute_csv(0..200_000, 0));
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    damage_newest_chunk(&place);
    let server = Server::start(&place);
    let client = Client::of(&server);
    for format in ["csv", "arrow"] {
        let path = format!("series/X/A/1m/bars?format={format}");
        let answer = client.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{format}: the beginning is whole");
        let read = answer.bytes().await;
        assert!(read.is_err(), "{format}: nobody takes a part for the whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_another_process_holds_is_unavailable_for_writes_alone() {
    let (place, _server, client) = open_with(&[("CHANDLERY_STORE__LOCK_WAIT", "0.3")]);
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let lock = hold_lock(&place);
    let refused = client.put("series/X/A/1d/bars", &bars(["2024-01-01"], 2.0)).await;
    names_no_path(&place, &refused.text());
    refused.problem(503, "store-unavailable");
    let revert = client.post("series/X/A/1d/revert", &json!({"version": 0})).await;
    revert.problem(503, "store-unavailable");
    client.get("series/X/A/1d").await.ok();
    client.bars("X/A/1d", "").await;
    client.get("/readyz").await.ok();
    drop(lock);
    client.write("X/A/1d", &bars(["2024-01-01"], 2.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_unavailable_is_told_within_two_and_a_half_seconds() {
    let (place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let _lock = hold_lock(&place);
    let mut limit = Limit::of(Duration::from_millis(2_500));
    while !limit.is_kept() {
        let begin = Instant::now();
        let refused = client.put("series/X/A/1d/bars", &bars(["2024-01-01"], 2.0)).await;
        limit.note_since(begin);
        refused.problem(503, "store-unavailable");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_an_id_of_its_own() {
    let (_place, _server, client) = open();
    let mut ids = Vec::new();
    for path in ["/livez", "/nothing", "series", "series?x=1", "/api/openapi.json"] {
        let answer = client.get(path).await;
        ids.push(answer.header("x-request-id").to_owned());
        assert_eq!(ids.last().unwrap().len(), 36, "{path}");
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_a_failed_request_is_in_the_log() {
    let (place, server, client) = open();
    client
        .write("X/A/1m", &crate::client::series_of(0, 60, 2_000, 1.0))
        .await;
    damage_newest_chunk(&place);
    let problem = client.get("series/X/A/1m/bars").await.problem(500, "damaged");
    let id = problem["request_id"].as_str().unwrap();
    let is_told = |line: &str| line.contains("ERROR") && line.contains(id);
    server.assert_logs(|log| log.lines().any(is_told));
}
