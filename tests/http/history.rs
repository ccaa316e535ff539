//! Commits, differences, reverts, gaps.

use reqwest::Method;
use serde_json::json;

use crate::client::{Answer, Client, MONDAY, bars, open, series_of};

/// Three versions: two days, a correction of the second, a third day.
async fn corrected(client: &Client) {
    client
        .write("X/A/1d", &bars(["2024-01-01", "2024-01-02"], 1.0))
        .await;
    client.write("X/A/1d", &bars(["2024-01-02"], 20.0)).await;
    client.write("X/A/1d", &bars(["2024-01-03"], 30.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_are_listed_newest_first_page_by_page() {
    let (_place, _server, client) = open();
    corrected(&client).await;
    let first = client.get("series/X/A/1d/commits?limit=2").await.ok();
    let versions = |page: &serde_json::Value| -> Vec<u64> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|commit| commit["version"].as_u64().unwrap()).collect()
    };
    assert_eq!(versions(&first), [3, 2]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("series/X/A/1d/commits?limit=2&cursor={cursor}");
    let second = client.get(&path).await.ok();
    assert_eq!(versions(&second), [1]);
    assert!(second["next_cursor"].is_null());
    client
        .get("series/X/B/1d/commits")
        .await
        .problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_tells_what_it_changed() {
    let (_place, _server, client) = open();
    corrected(&client).await;
    let shown = client.get("series/X/A/1d/commits/2").await.ok();
    assert_eq!(shown["commit"]["changed"], 1);
    let changes = &shown["changes"];
    assert_eq!((&changes["from"], &changes["to"]), (&json!(1), &json!(2)));
    assert_eq!(changes["items"].as_array().unwrap().len(), 1);
    let item = &changes["items"][0];
    assert_eq!(item["time"], "2024-01-02T00:00:00Z");
    assert_eq!(
        (&item["before"]["open"], &item["after"]["open"]),
        (&json!(2.0), &json!(20.0))
    );
    for missing in ["4", "0"] {
        client
            .get(&format!("series/X/A/1d/commits/{missing}"))
            .await
            .problem(404, "not-found");
    }
    client
        .get("series/X/A/1d/commits/x")
        .await
        .problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_are_compared() {
    let (_place, _server, client) = open();
    corrected(&client).await;
    let diff = async |query: &str| client.get(&format!("series/X/A/1d/diff?{query}")).await;
    let forward = diff("from=1").await.ok();
    let counts = |diff: &serde_json::Value| {
        ["inserted", "changed", "deleted"].map(|name| diff[name].as_u64().unwrap())
    };
    assert_eq!((counts(&forward), &forward["to"]), ([1, 1, 0], &json!(3)));
    assert_eq!(counts(&diff("from=3&to=1").await.ok()), [0, 1, 1]);
    assert_eq!(counts(&diff("from=0&to=3").await.ok()), [3, 0, 0]);
    assert_eq!(counts(&diff("from=2&to=2").await.ok()), [0, 0, 0]);
    let cut = diff("from=0&limit=2").await.ok();
    assert_eq!(
        (
            &cut["truncated"],
            cut["items"].as_array().unwrap().len(),
            counts(&cut)
        ),
        (&json!(true), 2, [3, 0, 0])
    );
    diff("from=1&to=9").await.problem(404, "not-found");
    diff("to=1").await.problem(400, "bad-request");
    diff("from=-1").await.problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_brings_earlier_contents_back_as_a_new_version() {
    let (_place, _server, client) = open();
    corrected(&client).await;
    let revert = async |body: serde_json::Value| client.post("series/X/A/1d/revert", &body).await;
    let reverted = revert(json!({"version": 1, "reason": "the correction was wrong"}))
        .await
        .ok();
    assert_eq!(
        (&reverted["version"], &reverted["commit"]["kind"]),
        (&json!(4), &json!("revert"))
    );
    assert_eq!(reverted["commit"]["reason"], "the correction was wrong");
    let first = client.get("series/X/A/1d/commits/1").await.ok();
    assert_eq!(reverted["commit"]["digest"], first["commit"]["digest"]);
    assert_eq!(client.bars("X/A/1d", "").await["open"], json!([1, 2]));
    assert_eq!(client.bars("X/A/1d", "as_of=3").await["open"], json!([1, 20, 30]));
    assert_eq!(revert(json!({"version": 4})).await.ok()["outcome"], "unchanged");
    revert(json!({"version": 9})).await.problem(404, "not-found");
    revert(json!({"version": -1})).await.problem(422, "invalid");
    revert(json!({})).await.problem(422, "invalid");
    assert_eq!(revert(json!({"version": 0})).await.ok()["commit"]["bars"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_that_expects_another_version_is_a_conflict() {
    let (_place, _server, client) = open();
    corrected(&client).await;
    let request = client
        .request(Method::POST, "series/X/A/1d/revert")
        .header("if-match", "\"v2\"")
        .json(&json!({"version": 1}));
    Answer::to(request).await.problem(409, "conflict");
    assert_eq!(client.get("series/X/A/1d").await.ok()["version"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_are_listed_in_the_order_of_time_page_by_page() {
    let (_place, _server, client) = open();
    // Four weeks around the clock, and two holes.
    client.write("X/A/1h", &series_of(MONDAY, 3_600, 672, 1.0)).await;
    for (start, end) in [(100, 110), (200, 201)] {
        let path = format!(
            "series/X/A/1h/bars?start={}&end={}",
            MONDAY + start * 3_600,
            MONDAY + end * 3_600
        );
        client.delete(&path).await.ok();
    }
    let all = client.get("series/X/A/1h/gaps").await.ok();
    let expected = json!([
        {"first": "2024-01-05T04:00:00Z", "last": "2024-01-05T13:00:00Z", "missing": 10},
        {"first": "2024-01-09T08:00:00Z", "last": "2024-01-09T08:00:00Z", "missing": 1},
    ]);
    assert_eq!(all["items"], expected);
    assert_eq!(client.get("series/X/A/1h").await.ok()["gaps"], 11);
    let first = client.get("series/X/A/1h/gaps?limit=1").await.ok();
    assert_eq!(first["items"][0], expected[0]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("series/X/A/1h/gaps?limit=1&cursor={cursor}");
    let second = client.get(&path).await.ok();
    assert_eq!(
        (&second["items"][0], &second["next_cursor"]),
        (&expected[1], &json!(null))
    );
    let part = client.get("series/X/A/1h/gaps?start=2024-01-06").await.ok();
    assert_eq!(part["items"], json!([expected[1]]));
    client.get("series/X/B/1h/gaps").await.problem(404, "not-found");
}
