//! Strategies: documents, versions, conditions, and what is wrong with a document.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client, open};

/// A document that `days` makes another one.
fn document(name: &str, days: u32) -> Value {
    json!({
        "name": name, "title": "Rise",
        "parameters": {"least": {"default": 1, "min": 0}},
        "long": {"enter": format!("close > close[{days}] + least"), "exit": "close < open", "max_bars": 9},
    })
}

async fn put(client: &Client, document: &Value) -> Answer {
    let name = document["name"].as_str().unwrap();
    client.put(&format!("strategies/{name}"), document).await
}

async fn with_header(
    client: &Client,
    method: Method,
    path: &str,
    (name, value): (&'static str, &str),
    body: Option<&Value>,
) -> Answer {
    let request = client.request(method, path).header(name, value);
    Answer::to(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

async fn toml(client: &Client, method: Method, path: &str, text: &str) -> Answer {
    let request = client
        .request(method, path)
        .header("content-type", "application/toml");
    Answer::to(request.body(text.to_owned())).await
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strategy_is_created_changed_and_read_version_by_version() {
    let (_place, _server, client) = open();
    let first = document("rise", 1);
    let created = client
        .post("strategies?note=the%20first", &first)
        .await
        .with(201);
    assert_eq!(created.header("location"), "/api/v1/strategies/rise");
    assert_eq!(created.header("etag"), "\"v1\"");
    let created = created.json();
    assert_eq!(created["outcome"], "saved");
    let strategy = &created["strategy"];
    assert_eq!(strategy["note"], "the first");
    assert_eq!(strategy["title"], "Rise");
    assert_eq!(strategy["document"]["long"], first["long"]);
    assert_eq!(client.get("strategies/rise").await.ok(), *strategy);

    let again = put(&client, &first).await.ok();
    assert_eq!((&again["outcome"], &again["strategy"]), (&json!("unchanged"), strategy));
    let changed = put(&client, &document("rise", 2)).await.ok();
    assert_eq!((&changed["outcome"], &changed["strategy"]["version"]), (&json!("saved"), &json!(2)));
    let old = client.get("strategies/rise/versions/1").await.ok();
    assert_eq!(old, *strategy);
    let versions = client.get("strategies/rise/versions").await.ok();
    let numbers: Vec<_> = versions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["version"].as_u64(), item.get("document")))
        .collect();
    assert_eq!(numbers, [(Some(2), None), (Some(1), None)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn toml_and_json_that_say_the_same_are_the_same() {
    let (_place, _server, client) = open();
    put(&client, &document("rise", 1)).await.ok();
    let text = "name = 'rise'\ntitle = 'Rise'\n[parameters]\nleast = { default = 1.0, min = 0 }\n[long]\n\
                enter = 'close > close[1] + least'\nexit = 'close < open'\nmax_bars = 9\n";
    let again = toml(&client, Method::PUT, "strategies/rise", text).await.ok();
    assert_eq!(again["outcome"], "unchanged");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_go_page_by_page_and_know_what_is_removed() {
    let (_place, _server, client) = open();
    for name in ["sma-cross", "ema-cross", "rise"] {
        put(&client, &document(name, 1)).await.ok();
    }
    client.delete("strategies/rise").await.with(204);
    assert_eq!(names(&client.get("strategies").await.ok()), ["ema-cross", "sma-cross"]);
    assert_eq!(names(&client.get("strategies?removed=true").await.ok()), ["rise"]);
    assert_eq!(names(&client.get("strategies?q=SMA").await.ok()), ["sma-cross"]);
    let first = client.get("strategies?limit=1").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = client.get(&format!("strategies?limit=1&cursor={cursor}")).await.ok();
    assert_eq!(names(&second), ["sma-cross"]);
    assert_eq!(second["next_cursor"], Value::Null);
    for days in 2..=3 {
        put(&client, &document("sma-cross", days)).await.ok();
    }
    let first = client.get("strategies/sma-cross/versions?limit=2").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("strategies/sma-cross/versions?limit=2&cursor={cursor}");
    let rest = client.get(&path).await.ok();
    assert_eq!(rest["items"][0]["version"], 1);
    client
        .get(&format!("strategies?cursor={cursor}"))
        .await
        .problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_strategy_keeps_its_versions_and_comes_back_with_the_next_number() {
    let (_place, _server, client) = open();
    put(&client, &document("rise", 1)).await.ok();
    client.delete("strategies/rise").await.with(204);
    client.get("strategies/rise").await.problem(404, "not-found");
    client.delete("strategies/rise").await.problem(404, "not-found");
    assert_eq!(client.get("strategies/rise/versions/1").await.ok()["version"], 1);
    assert_eq!(names(&client.get("strategies/rise/versions").await.ok()), ["rise"]);
    let back = client.post("strategies", &document("rise", 1)).await.with(201).json();
    assert_eq!(back["strategy"]["version"], 2);
    for path in ["strategies/none", "strategies/none/versions", "strategies/rise/versions/3"] {
        client.get(path).await.problem(404, "not-found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_expects_another_version_is_a_conflict() {
    let (_place, _server, client) = open();
    let path = "strategies/rise";
    let [first, next, last] = [1, 2, 3].map(|days| document("rise", days));
    let put = async |condition, body| with_header(&client, Method::PUT, path, condition, Some(body)).await;
    put(("if-match", "\"v1\""), &next).await.problem(409, "conflict");
    put(("if-none-match", "*"), &first).await.ok();
    put(("if-none-match", "*"), &next).await.problem(409, "conflict");
    client.post("strategies", &next).await.problem(409, "conflict");
    let changed = put(("if-match", "\"v1\""), &next).await.with(200);
    assert_eq!(changed.header("etag"), "\"v2\"");
    put(("if-match", "\"v1\""), &last).await.problem(409, "conflict");
    put(("if-match", "newest"), &next).await.problem(400, "bad-request");
    let stale = with_header(&client, Method::DELETE, path, ("if-match", "\"v1\""), None).await;
    stale.problem(409, "conflict");
    let removed = with_header(&client, Method::DELETE, path, ("if-match", "\"v2\""), None).await;
    removed.with(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_version_saves_the_body_and_compressed_tags_are_versions_too() {
    let (_place, _server, client) = open();
    put(&client, &document("rise", 1)).await.ok();
    for path in ["strategies/rise", "strategies/rise/versions/1"] {
        let shown = client.get(path).await.with(200);
        let condition = ("if-none-match", shown.header("etag"));
        let known = with_header(&client, Method::GET, path, condition, None).await.with(304);
        assert!(known.body.is_empty());
        assert_eq!(known.header("etag"), shown.header("etag"));
        let other = ("if-none-match", "\"v2\"");
        with_header(&client, Method::GET, path, other, None).await.with(200);
    }
    let packed = ("accept-encoding", "gzip");
    let packed = with_header(&client, Method::GET, "strategies/rise", packed, None).await;
    let condition = ("if-match", packed.header("etag"));
    let next = document("rise", 2);
    with_header(&client, Method::PUT, "strategies/rise", condition, Some(&next))
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_saves_nothing_and_tells_what_the_rules_need() {
    let (_place, _server, client) = open();
    let checked = client.post("strategy-checks", &document("rise", 7)).await.ok();
    assert_eq!(checked["warm_up"], 7);
    assert_eq!(checked["columns"], json!(["open", "close"]));
    assert_eq!(checked["name"], "rise");
    let canonical: Value = serde_json::from_str(checked["canonical"].as_str().unwrap()).unwrap();
    let again = client.post("strategy-checks", &canonical).await.ok();
    assert_eq!(again, checked);
    assert_eq!(names(&client.get("strategies").await.ok()), [""; 0]);
    // A strategy may have any name.
    put(&client, &document("check", 1)).await.ok();
    assert_eq!(client.get("strategies/check").await.ok()["name"], "check");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_told_with_its_place() {
    let (_place, _server, client) = open();
    let text = "name = 'rise'\n[long]\nenter = 'close > smaa(close, 3)'\nexit = 'close <'\nstop = 1\n";
    let misspelt = toml(&client, Method::POST, "strategy-checks", text).await;
    let misspelt = misspelt.problem(422, "invalid");
    assert_eq!(misspelt["errors"][0]["pointer"], "/long/stop");
    assert_eq!(misspelt["errors"][0]["rule"], "bad-document");
    let text = text.replace("stop = 1\n", "").replace("close <'", "volum < 1'");
    for (method, path) in [
        (Method::POST, "strategy-checks"),
        (Method::POST, "strategies"),
        (Method::PUT, "strategies/rise"),
    ] {
        let wrong = toml(&client, method, path, &text).await.problem(422, "invalid");
        let errors = wrong["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 2, "{wrong}");
        assert_eq!(errors[0]["pointer"], "/long/enter");
        assert_eq!(errors[0]["rule"], "bad-rule");
        assert_eq!((&errors[0]["line"], &errors[0]["column"]), (&json!(3), &json!(18)));
        assert_eq!(errors[0]["nearest"], "sma");
        assert!(errors[0]["excerpt"].as_str().unwrap().ends_with("^^^^"));
        assert_eq!(errors[1]["nearest"], "volume");
        assert!(wrong["detail"].as_str().unwrap().contains("the first of 2 mistakes"));
    }
    let mut json = document("rise", 1);
    json["long"]["enter"] = "1 +".into();
    let wrong = put(&client, &json).await.problem(422, "invalid");
    assert_eq!(wrong["errors"][0]["pointer"], "/long/enter");
    client.get("strategies/rise").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strategy_is_not_renamed() {
    let (_place, _server, client) = open();
    put(&client, &document("rise", 1)).await.ok();
    let renamed = client.put("strategies/rise", &document("fall", 1)).await;
    let renamed = renamed.problem(422, "invalid");
    assert_eq!(renamed["errors"][0]["pointer"], "/name");
    assert_eq!(names(&client.get("strategies").await.ok()), ["rise"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_document_is_refused_in_its_own_way() {
    let (_place, _server, client) = open();
    let send = async |kind: &'static str, body: Vec<u8>| {
        let request = client.request(Method::POST, "strategy-checks");
        Answer::to(request.header("content-type", kind).body(body)).await
    };
    send("text/plain", b"name = 'a'".to_vec())
        .await
        .problem(415, "unsupported-media-type");
    send("application/toml", vec![0xff, 0xfe]).await.problem(400, "bad-request");
    for (kind, body) in [
        ("application/json", String::new()),
        ("application/json", "{".to_owned()),
        ("application/json", "[]".to_owned()),
        ("application/json", r#"{"name": "a", "long": {"enter": null}}"#.to_owned()),
        ("application/toml", "name = ".to_owned()),
        ("application/toml", format!("name = '{}'", "a".repeat(300 << 10))),
        ("application/json", "[".repeat(100_000)),
    ] {
        let refused = send(kind, body.into()).await.problem(422, "invalid");
        assert!(!refused["errors"].as_array().unwrap().is_empty(), "{refused}");
    }
    send("application/toml", vec![b'#'; (1 << 20) + 1]).await.problem(413, "too-large");
    let rise = document("rise", 1);
    client.put("strategies/RISE", &rise).await.problem(400, "bad-request");
    client.post("strategies?note=a%0Ab", &rise).await.problem(400, "bad-request");
    client.post("strategies?not=a", &rise).await.problem(400, "bad-request");
    let mut titled = rise.clone();
    titled["title"] = "a\u{0}b".into();
    put(&client, &titled).await.problem(422, "invalid");
    client.get("strategies?limit=0").await.problem(400, "bad-request");
    client.get("strategies/rise/versions/one").await.problem(400, "bad-request");
}
