//! What other tools read from the server, and how formats are chosen.

use std::{path::PathBuf, process::Command};

use reqwest::Method;
use tests::minute_csv;

use crate::client::{Answer, bars, open};

/// The Python that has the packages of `tests/python/requirements.txt`.
fn python() -> PathBuf {
    let named = std::env::var_os("CHANDLERY_TEST_PYTHON").map(PathBuf::from);
    named.expect(
        "CHANDLERY_TEST_PYTHON names no Python with the packages of tests/python/requirements.txt; \
         `cargo xtask test` provides one",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_of_the_field_read_every_format_bit_for_bit() {
    let (place, server, client) = open();
    place.write("a.csv", minute_csv(0..70_000, 0).replace(",7\n", ",\n"));
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    place.write("b.csv", minute_csv(50_000..50_100, 5));
    place.run(["import", "b.csv", "--series", "X:A/1m"]).ok();
    let head = client.get("series/X/A/1m").await.ok();
    let expected = serde_json::json!({
        "bars": head["bars"], "first": head["first"], "last": head["last"], "digest": head["digest"],
    });
    let figures = place.write("expected.json", expected.to_string());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/read_http.py");
    let output = Command::new(python())
        .arg(script)
        .args(["--url", &format!("{}/api/v1/series/X/A/1m/bars", server.url())])
        .arg("--expected")
        .arg(figures)
        .output()
        .expect("Python can be run");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    for reader in ["pyarrow", "zstd", "polars", "DuckDB", "JSON"] {
        assert!(said.contains(reader), "{reader} is missing: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_format_is_what_the_query_or_the_header_asks_for() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let read = async |query: &str, accept: &str| {
        let path = format!("series/X/A/1d/bars{query}");
        let request = client.request(Method::GET, &path).header("accept", accept);
        let answer = Answer::to(request).await.with(200);
        assert!(answer.header("vary").contains("Accept"), "{:?}", answer.headers);
        answer.header("content-type").to_owned()
    };
    let arrow = "application/vnd.apache.arrow.stream";
    let parquet = "application/vnd.apache.parquet";
    assert_eq!(read("", "*/*").await, "application/json");
    assert_eq!(read("", "text/html").await, "application/json");
    assert_eq!(read("", arrow).await, arrow);
    assert_eq!(read("", parquet).await, parquet);
    assert_eq!(
        read("", "application/json;q=0.5, text/csv").await,
        "text/csv; charset=utf-8"
    );
    assert_eq!(read("?format=rows", arrow).await, "application/json");
    assert_eq!(read("?format=parquet", "text/csv").await, parquet);
    assert_eq!(read("?format=arrow&compression=zstd", "*/*").await, arrow);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_of_an_empty_range_can_be_read() {
    let (_place, _server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let read = async |format: &str| {
        let path = format!("series/X/A/1d/bars?start=2030-01-01&format={format}");
        client.get(&path).await.with(200)
    };
    assert_eq!(read("csv").await.text(), "time,open,high,low,close,volume\n");
    assert_eq!(read("rows").await.json(), serde_json::json!([]));
    assert_eq!(read("json").await.json()["close"], serde_json::json!([]));
    assert!(read("parquet").await.body.starts_with(b"PAR1"));
    assert!(!read("arrow").await.body.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn streamed_formats_hold_the_whole_range_and_not_a_page() {
    let (place, _server, client) = open();
    place.write("a.csv", minute_csv(0..150_000, 0));
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    let csv = client.get("series/X/A/1m/bars?format=csv").await.with(200);
    assert_eq!(csv.text().lines().count(), 150_001);
    assert_eq!(csv.header("chandlery-version"), "1");
    assert!(csv.header("content-disposition").contains("X-A-1m.csv"));
    let page = client.bars("X/A/1m", "").await;
    assert_eq!(page["time"].as_array().unwrap().len(), 5_000);
    let most = client.bars("X/A/1m", "limit=100000&columns=time").await;
    assert_eq!(most["time"].as_array().unwrap().len(), 100_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_volume_is_null_or_nothing() {
    let (_place, _server, client) = open();
    let mut unknown = bars(["2024-01-01"], 1.0);
    unknown["volume"] = serde_json::json!([null]);
    client.write("X/A/1d", &unknown).await;
    assert_eq!(
        client.bars("X/A/1d", "").await["volume"],
        serde_json::json!([null])
    );
    let csv = client.get("series/X/A/1d/bars?format=csv").await.with(200);
    assert!(csv.text().trim_end().ends_with(','), "{}", csv.text());
}
