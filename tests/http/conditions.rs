//! Entity tags, 304 and HEAD.

use std::io::Read;

use reqwest::Method;

use crate::client::{Answer, Client, MONDAY, bars, open, series_of};

const BARS: &str = "series/X/A/1d/bars";

async fn ask(client: &Client, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let request = client.request(method, path);
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value));
    Answer::to(request).await
}

fn tag(answer: &Answer) -> String {
    let tag = answer.header("etag");
    assert!(
        tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2,
        "not a strong tag: {tag}"
    );
    tag.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_tag_saves_the_body() {
    let (_place, _server, client) = open();
    client
        .write("X/A/1d", &bars(["2024-01-01", "2024-01-02"], 1.0))
        .await;
    for format in ["json", "rows", "csv", "arrow", "parquet"] {
        let path = format!("{BARS}?format={format}");
        let first = client.get(&path).await.with(200);
        let known = ask(&client, Method::GET, &path, &[("if-none-match", &tag(&first))]).await;
        let known = known.with(304);
        assert!(known.body.is_empty(), "{format}");
        assert_eq!(tag(&known), tag(&first), "{format}");
        let other = ask(&client, Method::GET, &path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(
            other.with(200).body,
            first.body,
            "{format}: the same tag, the same bytes"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn different_answers_have_different_tags() {
    let (_place, _server, client) = open();
    client
        .write("X/A/1d", &bars(["2024-01-01", "2024-01-02"], 1.0))
        .await;
    client
        .write("X/B/1d", &bars(["2024-01-01", "2024-01-02"], 1.0))
        .await;
    let mut tags = vec![tag(&client.get("series/X/B/1d/bars").await)];
    for query in [
        "",
        "start=2024-01-02",
        "end=2024-01-02",
        "limit=1",
        "order=desc",
        "columns=time",
        "columns=time,open",
        "resample=1w",
        "format=rows",
        "format=csv",
        "format=arrow",
        "format=arrow&compression=zstd",
        "format=parquet",
    ] {
        tags.push(tag(&client.get(&format!("{BARS}?{query}")).await.with(200)));
    }
    let all = tags.len();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_changes_the_tag_of_the_head_and_no_other() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let read = async |query: &str| tag(&client.get(&format!("{BARS}?{query}")).await.with(200));
    let (head, first) = (read("").await, read("as_of=1").await);
    client.write("X/A/1d", &bars(["2024-01-01"], 2.0)).await;
    assert_ne!(read("").await, head);
    assert_eq!(read("as_of=1").await, first);
    let known = ask(&client, Method::GET, BARS, &[("if-none-match", &head)]).await;
    known.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_that_takes_the_place_of_a_purged_one_has_other_tags() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let before = tag(&client.get(BARS).await.with(200));
    client.delete("series/X/A/1d?purge=true").await.with(204);
    client.write("X/A/1d", &bars(["2024-01-01"], 2.0)).await;
    assert_ne!(tag(&client.get(BARS).await.with(200)), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_zone_changes_the_tag_of_longer_bars() {
    let (_place, _server, client) = open();
    client.write("X/A/1h", &series_of(MONDAY, 3_600, 48, 1.0)).await;
    let read = async |query: &str| {
        let path = format!("series/X/A/1h/bars?{query}");
        tag(&client.get(&path).await.with(200))
    };
    let (plain, days) = (read("").await, read("resample=1d").await);
    client
        .patch("instruments/X/A", &serde_json::json!({"zone": "Asia/Tokyo"}))
        .await
        .ok();
    assert_eq!(read("").await, plain);
    assert_ne!(read("resample=1d").await, days);
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_answers_have_a_strong_tag_of_their_own_that_is_known_again() {
    let (_place, _server, client) = open();
    client.write("X/A/1m", &series_of(MONDAY, 60, 2_000, 1.0)).await;
    for format in ["json", "csv"] {
        let path = format!("series/X/A/1m/bars?format={format}");
        let plain = client.get(&path).await.with(200);
        let gzip = ("accept-encoding", "gzip");
        let packed = ask(&client, Method::GET, &path, &[gzip]).await.with(200);
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(packed.header("vary").contains("Accept-Encoding"));
        assert_ne!(tag(&packed), tag(&plain), "other bytes, another strong tag");
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(packed.body.as_slice())
            .read_to_end(&mut body)
            .unwrap();
        assert_eq!(body, plain.body);
        let headers = [gzip, ("if-none-match", &tag(&packed))];
        let known = ask(&client, Method::GET, &path, &headers).await.with(304);
        assert!(known.body.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_compressed_already_is_not_compressed_again() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    for format in ["arrow", "parquet"] {
        let path = format!("{BARS}?format={format}");
        let packed = ask(&client, Method::GET, &path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(packed.body, client.get(&path).await.with(200).body, "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_says_what_get_would_and_has_no_body() {
    let (_place, _server, client) = open();
    client
        .write("X/A/1d", &bars(["2024-01-01", "2024-01-02"], 1.0))
        .await;
    for query in [
        "",
        "format=csv",
        "format=arrow",
        "format=parquet",
        "resample=1w",
        "as_of=1",
    ] {
        for encoding in ["identity", "gzip"] {
            let path = format!("{BARS}?{query}");
            let encoding = [("accept-encoding", encoding)];
            let full = ask(&client, Method::GET, &path, &encoding).await.with(200);
            let head = ask(&client, Method::HEAD, &path, &encoding).await.with(200);
            assert!(head.body.is_empty());
            for name in [
                "etag",
                "content-type",
                "content-encoding",
                "content-disposition",
                "vary",
                "cache-control",
                "chandlery-version",
            ] {
                assert_eq!(head.header(name), full.header(name), "{name} of {query}");
            }
            let known = [encoding[0], ("if-none-match", &tag(&full))];
            ask(&client, Method::HEAD, &path, &known).await.with(304);
        }
    }
    let missing = ask(&client, Method::HEAD, "series/X/B/1d/bars", &[])
        .await
        .with(404);
    assert!(missing.body.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tag_of_a_series_is_its_version_as_writes_take_it() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let head = client.get("series/X/A/1d").await.with(200);
    assert_eq!(tag(&head), "\"v1\"");
    let write = client.request(Method::PUT, BARS).header("if-match", tag(&head));
    let written = Answer::to(write.json(&bars(["2024-01-01"], 2.0))).await.ok();
    assert_eq!(written["version"], 2);
}
