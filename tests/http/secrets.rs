//! Secrets and paths stay where they are.

use std::time::Duration;

use reqwest::Method;
use tests::{Server, minute_csv};

use crate::{
    client::{Answer, Client, bars, open_with},
    mischief::damage_newest_chunk,
    raw,
};

const CANARY: &str = "canary-7f3a91";
const DATABASE: &str = "postgres://chandlery:canary-7f3a91@db.example.org/prices?sslpassword=canary-7f3a91";

#[track_caller]
fn is_silent(log: &str) {
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(CANARY)).collect();
    assert!(lines.is_empty(), "the secret is in the log: {lines:?}");
}

#[test]
fn the_database_of_a_server_that_can_not_start_is_not_told() {
    let place = crate::mischief::place();
    let file = place.write("secret", DATABASE);
    for environment in [
        ("CHANDLERY_STORE__URL_FILE", file.to_str().unwrap()),
        ("CHANDLERY_STORE__URL", DATABASE),
    ] {
        let outcome = tests::Program::new(["serve", "--listen", "127.0.0.1:0"])
            .within(place.folder())
            .with_env(environment.0, environment.1)
            .with_env("CHANDLERY_LOG", "trace")
            .run();
        assert_ne!(outcome.code, Some(0), "{outcome:?}");
        is_silent(&outcome.err);
        is_silent(&outcome.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_send_in_confidence_is_in_no_log_at_the_finest_level() {
    let place = crate::mischief::place();
    let file = place.write("secret", DATABASE);
    let environment = [
        ("CHANDLERY_STORE__URL_FILE", file.to_str().unwrap()),
        ("CHANDLERY_LOG", "trace"),
    ];
    // The flag takes precedence over the environment.
    let mut server = Server::start_with(&place, &[], &environment);
    let client = Client::of(&server);
    let confide = |method: Method, path: &str| {
        client
            .request(method, path)
            .header("authorization", format!("Bearer {CANARY}"))
            .header("cookie", format!("session={CANARY}"))
    };
    Answer::to(confide(Method::PUT, "series/X/A/1d/bars").json(&bars(["2024-01-01"], 1.0)))
        .await
        .ok();
    Answer::to(confide(Method::GET, "series/X/A/1d/bars")).await.ok();
    Answer::to(confide(Method::GET, "series?x=1"))
        .await
        .problem(400, "bad-request");
    let path = format!("series/X/A/1d/bars?access_token={CANARY}");
    Answer::to(confide(Method::GET, &path))
        .await
        .problem(400, "bad-request");
    let body = format!("time,open,high,low,close\n2024-01-01,{CANARY},1,1,1\n");
    let refused = confide(Method::PUT, "series/X/A/1d/bars").header("content-type", "text/csv");
    Answer::to(refused.body(body)).await.problem(422, "invalid");
    let upload = confide(Method::POST, "imports?series=X:B/1m&file_name=a.csv");
    Answer::to(upload.body(minute_csv(0..5, 0))).await.with(202);
    let broken =
        format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nAuthorization: {CANARY}\r\nbroken header\r\n\r\n");
    raw::exchange(server.address(), broken.as_bytes()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.terminate();
    assert!(server.ended_within(Duration::from_secs(20)).success());
    let log = server.whole_log();
    assert!(log.contains("TRACE"), "the finest level is logged: {log:.2000}");
    is_silent(&log);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_tells_where_the_store_is() {
    let (place, _server, client) = open_with(&[("CHANDLERY_STORE__LOCK_WAIT", "0.2")]);
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let upload = |query: &str, body: String| {
        let request = client.request(Method::POST, &format!("imports?{query}"));
        Answer::to(request.body(body))
    };
    let mut texts = Vec::new();
    for (query, body) in [
        ("file_name=a.csv", minute_csv(0..5, 0)),
        ("series=X:B/1m&file_name=a.csv", "no prices at all".to_owned()),
        ("series=X:B/1m&file_name=a.csv", "time,open\n".to_owned()),
        ("series=X:B/1m&file_name=a.zip", "no archive".to_owned()),
        ("series=X:B/1m&file_name=a.csv.gz", "no gzip".to_owned()),
        ("series=X:B/1m&file_name=b/c/a.csv", "1;2;3\n".to_owned()),
        (
            "series=X:B/1m&file_name=a.csv&max_rejected=0",
            "time,open,high,low,close\nx,1,1,1,1\n".to_owned(),
        ),
    ] {
        let id = upload(query, body).await.with(202).json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        for _ in 0..200 {
            let import = client.get(&format!("imports/{id}")).await.ok();
            if ["failed", "done"].contains(&import["state"].as_str().unwrap()) {
                assert_eq!(import["state"], "failed", "{import}");
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        texts.push(client.get(&format!("imports/{id}")).await.text());
        texts.push(client.get(&format!("imports/{id}/rejected.csv")).await.text());
    }
    texts.push(client.get("imports").await.text());
    texts.push(client.get("/metrics").await.text());
    damage_newest_chunk(&place);
    for path in [
        "series/X/A/1d/bars",
        "series/X/A/1d/diff?from=0",
        "series/X/A/1d/commits/1",
    ] {
        let answer = client.get(path).await;
        assert!(answer.status.is_server_error(), "{path}: {}", answer.text());
        texts.push(answer.text());
    }
    let root = place.folder().display().to_string();
    let temporary = std::env::temp_dir().display().to_string();
    for text in texts {
        let database = place.database().map_or("postgres://", |database| database.name());
        for secret in [root.as_str(), "chandlery-upload-", &format!("{temporary}/"), database] {
            assert!(!text.contains(secret), "{secret}: {text:.3000}");
        }
    }
}
