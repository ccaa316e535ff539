//! The catalogue of series and instruments.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client, MONDAY, bars, open, series_of};

fn keys(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| item["key"].as_str().unwrap().to_owned())
        .collect()
}

/// Reads a list page by page.
async fn pages(client: &Client, path: &str) -> Vec<Value> {
    let mut found = vec![client.get(path).await.ok()];
    while let Some(cursor) = found.last().unwrap()["next_cursor"].as_str() {
        let next = client.get(&format!("{path}&cursor={cursor}")).await.ok();
        assert!(found.len() < 100, "pages without an end");
        found.push(next);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_listed_with_what_is_known_of_it() {
    let (_place, _server, client) = open();
    let written = client
        .put(
            "series/X/A/1d/bars",
            &bars(["2024-01-01", "2024-01-02", "2024-01-03"], 10.0),
        )
        .await
        .ok();
    let listed = client.get("series").await.ok();
    let head = &listed["items"][0];
    let expected = json!({
        "key": "X:A/1d", "venue": "X", "symbol": "A", "timeframe": "1d", "version": 1, "bars": 3, "gaps": 0,
        "first": "2024-01-01T00:00:00Z", "last": "2024-01-03T00:00:00Z",
        "digest": written["commit"]["digest"], "updated_at": written["commit"]["committed_at"],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&head[name], value, "{name}");
    }
    assert!(head["bytes"].as_u64().unwrap() > 0 && listed["next_cursor"].is_null());
    assert_eq!(&client.get("series/X/A/1d").await.ok(), head);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_by_venue_symbol_timeframe_and_text() {
    let (_place, _server, client) = open();
    for series in ["X/AAPL/1d", "X/AAPL/1h", "X/MSFT/1d", "Y/AAPL/1d"] {
        client.write(series, &bars(["2024-01-01T00:00:00Z"], 1.0)).await;
    }
    for (query, expected) in [
        ("venue=Y", vec!["Y:AAPL/1d"]),
        ("symbol=MSFT", vec!["X:MSFT/1d"]),
        ("timeframe=1h", vec!["X:AAPL/1h"]),
        ("q=aapl&venue=X", vec!["X:AAPL/1h", "X:AAPL/1d"]),
        ("venue=Z", vec![]),
    ] {
        let mut found = keys(&client.get(&format!("series?{query}")).await.ok());
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_equal_keys_hold_each_series_once() {
    let (_place, _server, client) = open();
    for (symbol, count) in [
        ("A", 2),
        ("B", 2),
        ("C", 1),
        ("D", 2),
        ("E", 2),
        ("F", 2),
        ("G", 3),
        ("H", 2),
    ] {
        client
            .write(&format!("X/{symbol}/1m"), &series_of(MONDAY, 60, count, 1.0))
            .await;
    }
    for (sort, first, last) in [("bars", "X:C/1m", "X:G/1m"), ("-bars", "X:G/1m", "X:C/1m")] {
        let found = pages(&client, &format!("series?sort={sort}&limit=3")).await;
        let sizes: Vec<_> = found.iter().map(|page| keys(page).len()).collect();
        assert_eq!(sizes, [3, 3, 2], "{sort}");
        let mut all: Vec<_> = found.iter().flat_map(keys).collect();
        assert_eq!((all[0].as_str(), all[7].as_str()), (first, last), "{sort}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 8, "{sort}: {all:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_goes_through_every_series_page_by_page() {
    let (_place, _server, client) = open();
    for symbol in ["A", "B", "C"] {
        client
            .write(&format!("X/{symbol}/1m"), &series_of(MONDAY, 60, 2, 1.0))
            .await;
    }
    // A series without bars has neither first nor last.
    client.delete("series/X/B/1m").await.ok();
    for name in ["key", "bars", "first", "last", "gaps", "updated"] {
        for sort in [name.to_owned(), format!("-{name}")] {
            let found = pages(&client, &format!("series?sort={sort}&limit=1")).await;
            let mut all: Vec<_> = found.iter().flat_map(keys).collect();
            if name == "first" || name == "last" {
                assert_eq!(all[2], "X:B/1m", "{sort}: nulls are last");
            }
            all.sort();
            assert_eq!(all, ["X:A/1m", "X:B/1m", "X:C/1m"], "{sort}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_belongs_to_the_order_of_its_list() {
    let (_place, _server, client) = open();
    for symbol in ["A", "B"] {
        client
            .write(&format!("X/{symbol}/1d"), &bars(["2024-01-01"], 1.0))
            .await;
    }
    let page = client.get("series?sort=bars&limit=1").await.ok();
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = client.get(&format!("series?sort=last&cursor={cursor}")).await;
    let problem = other.problem(400, "bad-request");
    assert_eq!(problem["errors"][0]["pointer"], "?cursor");
    for cursor in ["x", "", "eyJhIjoxfQ", "%00"] {
        client
            .get(&format!("series?cursor={cursor}"))
            .await
            .problem(400, "bad-request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_series_keeps_its_history_and_a_purged_one_is_gone() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let deleted = client.delete("series/X/A/1d?reason=wrong").await.ok();
    assert_eq!(
        (
            &deleted["version"],
            &deleted["commit"]["deleted"],
            &deleted["commit"]["reason"]
        ),
        (&json!(2), &json!(1), &json!("wrong"))
    );
    assert_eq!(client.get("series/X/A/1d").await.ok()["bars"], 0);
    assert_eq!(
        client.bars("X/A/1d", "as_of=1").await["time"],
        json!(["2024-01-01T00:00:00Z"])
    );
    let purged = client.delete("series/X/A/1d?purge=true").await.with(204);
    assert!(purged.body.is_empty());
    client.get("series/X/A/1d").await.problem(404, "not-found");
    client
        .delete("series/X/A/1d?purge=true")
        .await
        .problem(404, "not-found");
    client.delete("series/X/A/1d").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_expects_no_version() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let purge = |tag: &'static str| {
        let request = client.request(Method::DELETE, "series/X/A/1d?purge=true");
        Answer::to(request.header("if-match", tag))
    };
    purge("\"v1\"").await.problem(400, "bad-request");
    client.get("series/X/A/1d").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn symbols_with_slashes_percent_signs_and_foreign_letters_stay_what_they_are() {
    let (_place, _server, client) = open();
    for (path, symbol) in [
        ("BTC%2FUSD", "BTC/USD"),
        ("BTC%252FUSD", "BTC%2FUSD"),
        ("BTC%25252FUSD", "BTC%252FUSD"),
        ("100%25", "100%"),
        ("A%2BB", "A+B"),
        ("C+D", "C+D"),
        ("%E6%97%A5%E7%B5%8C225", "日経225"),
        ("%C3%A9", "é"),
        ("%3Fa%3Db%23c", "?a=b#c"),
        ("%2E%2E", ".."),
    ] {
        // Clients take `%2E%2E` for `..` and go up; that one is sent below, by hand.
        if symbol == ".." {
            continue;
        }
        client
            .write(&format!("X/{path}/1d"), &bars(["2024-01-01"], 1.0))
            .await;
        let head = client.get(&format!("series/X/{path}/1d")).await.ok();
        assert_eq!(head["symbol"], symbol, "{path}");
        let instrument = client.get(&format!("instruments/X/{path}")).await.ok();
        assert_eq!(instrument["symbol"], symbol, "{path}");
    }
    assert_eq!(keys(&client.get("series").await.ok()).len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symbol_that_is_no_text_is_refused_rather_than_taken_for_another() {
    let (_place, server, client) = open();
    let body = bars(["2024-01-01"], 1.0).to_string();
    for symbol in ["A%FF", "A%FE", "%C3", "A%ED%A0%80"] {
        let target = format!("/api/v1/series/X/{symbol}/1d/bars");
        let lines = ["Content-Type: application/json"];
        let request = crate::raw::request("PUT", &target, &lines, body.as_bytes());
        let answer = crate::raw::exchange(server.address(), &request).await;
        assert_eq!(answer.status, 400, "{symbol}: {}", answer.text);
    }
    assert_eq!(keys(&client.get("series").await.ok()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instrument_is_changed_member_by_member() {
    let (_place, _server, client) = open();
    client.get("instruments/X/A").await.problem(404, "not-found");
    client
        .patch("instruments/X/A", &json!({"zone": "UTC"}))
        .await
        .problem(404, "not-found");
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let change = json!({
        "asset_class": "equity", "currency": "USD", "zone": "America/New_York", "sessions_per_year": 252
    });
    let changed = client.patch("instruments/X/A", &change).await.ok();
    assert_eq!(changed["currency"], "USD");
    let cleared = client
        .patch("instruments/X/A", &json!({"currency": null}))
        .await
        .ok();
    assert!(cleared["currency"].is_null());
    assert_eq!(cleared["zone"], "America/New_York", "what is left out stays");
    assert_eq!(client.get("instruments/X/A").await.ok(), cleared);
    for (wrong, pointer) in [
        (json!({"zone": "Mars/Olympus"}), "/zone"),
        (json!({"currency": "€"}), "/currency"),
        (json!({"asset_class": "tulip"}), "/asset_class"),
        (json!({"sessions_per_year": 0}), "/sessions_per_year"),
    ] {
        let problem = client
            .patch("instruments/X/A", &wrong)
            .await
            .problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    let unknown = client.patch("instruments/X/A", &json!({"zon": "UTC"})).await;
    unknown.problem(422, "invalid");
    assert_eq!(
        client.get("instruments/X/A").await.ok(),
        cleared,
        "what is refused changes nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn instruments_are_listed_page_by_page() {
    let (_place, _server, client) = open();
    for series in ["X/A/1d", "X/B/1d", "X/B/1h", "Y/A/1d"] {
        client.write(series, &bars(["2024-01-01T00:00:00Z"], 1.0)).await;
    }
    let found = pages(&client, "instruments?limit=1").await;
    let names: Vec<String> = found
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|item| {
            format!(
                "{}:{}",
                item["venue"].as_str().unwrap(),
                item["symbol"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(names, ["X:A", "X:B", "Y:A"]);
    let of_venue = client.get("instruments?venue=Y").await.ok();
    assert_eq!(of_venue["items"].as_array().unwrap().len(), 1);
}
