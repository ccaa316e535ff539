//! Reading bars.

use serde_json::{Value, json};

use crate::client::{Client, MONDAY, bars, column, open, series_of};

async fn five_days(client: &Client) {
    let days = [
        "2024-01-01",
        "2024-01-02",
        "2024-01-03",
        "2024-01-04",
        "2024-01-05",
    ];
    client.write("X/A/1d", &bars(days, 10.0)).await;
}

fn days(bars: &Value) -> Vec<&str> {
    let times = column(bars, "time").iter();
    times.map(|time| &time.as_str().unwrap()[8..10]).collect()
}

/// Reads every page, beginning with `query`, and returns the closes in the order in which they came.
async fn all_closes(client: &Client, series: &str, query: &str) -> Vec<Value> {
    let mut page = client.bars(series, query).await;
    let mut closes = column(&page, "close").clone();
    while let Some(cursor) = page["next_cursor"].as_str() {
        page = client.bars(series, &format!("{query}&cursor={cursor}")).await;
        assert!(!column(&page, "time").is_empty(), "an empty page");
        closes.extend(column(&page, "close").clone());
    }
    closes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_holds_its_start_and_not_its_end() {
    let (_place, _server, client) = open();
    five_days(&client).await;
    for (query, expected) in [
        ("start=2024-01-02&end=2024-01-04", vec!["02", "03"]),
        (
            "start=2024-01-02T00:00:00.000001Z&end=2024-01-04T00:00:00.000001Z",
            vec!["03", "04"],
        ),
        ("start=1704153600&end=1704240000000", vec!["02"]),
        ("start=2024-01-04", vec!["04", "05"]),
        ("end=2024-01-02", vec!["01"]),
        ("start=2024-01-03&end=2024-01-03", vec![]),
        ("start=2024-01-04&end=2024-01-02", vec![]),
        ("start=2024-01-01T19:00:00-05:00&limit=1", vec!["02"]),
    ] {
        let found = client.bars("X/A/1d", query).await;
        assert_eq!(days(&found), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_come_oldest_or_newest_first_and_no_more_than_asked_for() {
    let (_place, _server, client) = open();
    five_days(&client).await;
    let newest = client.bars("X/A/1d", "order=desc&limit=2").await;
    assert_eq!(days(&newest), ["05", "04"]);
    assert!(newest["next_cursor"].is_string());
    let all = client.bars("X/A/1d", "limit=5").await;
    assert!(
        all["next_cursor"].is_null(),
        "the last page says that it is the last"
    );
    let csv = client
        .get("series/X/A/1d/bars?format=csv&order=desc&limit=2")
        .await
        .with(200);
    let lines = csv.text();
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.lines().nth(1).unwrap().starts_with("2024-01-05"), "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_columns_that_were_asked_for_are_sent() {
    let (_place, _server, client) = open();
    five_days(&client).await;
    let found = client.bars("X/A/1d", "columns=time,close").await;
    let names: Vec<&String> = found.as_object().unwrap().keys().collect();
    assert_eq!(names, ["close", "next_cursor", "series", "time", "version"]);
    let csv = client
        .get("series/X/A/1d/bars?format=csv&columns=time,high")
        .await
        .with(200);
    assert_eq!(csv.text().lines().next(), Some("time,high"));
    let rows = client
        .bars("X/A/1d", "format=rows&columns=time,low&limit=1")
        .await;
    assert_eq!(rows, json!([{"time": "2024-01-01T00:00:00Z", "low": 9.5}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_through_all_bars_either_way() {
    let (_place, _server, client) = open();
    client.write("X/A/1m", &series_of(MONDAY, 60, 1_000, 1.0)).await;
    let whole = client.bars("X/A/1m", "").await;
    let whole = column(&whole, "close");
    assert_eq!(&all_closes(&client, "X/A/1m", "limit=333").await, whole);
    let mut backwards = all_closes(&client, "X/A/1m", "limit=333&order=desc").await;
    backwards.reverse();
    assert_eq!(&backwards, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_page_leads_to_the_next_one() {
    let (_place, _server, client) = open();
    client
        .write("X/BTC%2FUSD/1d", &bars(["2024-01-01", "2024-01-02"], 1.0))
        .await;
    let first = client
        .get("series/X/BTC%2FUSD/1d/bars?format=rows&limit=1&columns=time")
        .await
        .with(200);
    let link = first.header("link").to_owned();
    let target = link
        .strip_prefix('<')
        .and_then(|link| link.strip_suffix(">; rel=\"next\""))
        .unwrap_or_else(|| panic!("{link}"));
    let second = client.get(target).await.with(200);
    assert_eq!(second.json(), json!([{"time": "2024-01-02T00:00:00Z"}]));
    assert_eq!(second.header("link"), "", "there is no third page");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_in_the_version_of_the_first_while_others_write() {
    let (_place, _server, client) = open();
    five_days(&client).await;
    for (order, expected) in [
        ("asc", [11.0, 12.0, 13.0, 14.0, 15.0]),
        ("desc", [15.0, 14.0, 13.0, 12.0, 11.0]),
    ] {
        client
            .post("series/X/A/1d/revert", &json!({"version": 1}))
            .await
            .ok();
        let query = format!("limit=2&order={order}");
        let mut page = client.bars("X/A/1d", &query).await;
        let version = page["version"].clone();
        let mut closes = column(&page, "close").clone();
        let mut price = 500.0;
        while let Some(cursor) = page["next_cursor"].as_str().map(str::to_owned) {
            price += 100.0;
            client
                .write(
                    "X/A/1d",
                    &bars(["2024-01-01", "2024-01-03", "2024-01-04", "2024-01-09"], price),
                )
                .await;
            page = client.bars("X/A/1d", &format!("{query}&cursor={cursor}")).await;
            assert_eq!(page["version"], version);
            closes.extend(column(&page, "close").clone());
        }
        assert_eq!(closes, expected, "{order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_state_is_read_by_its_version_and_by_its_time() {
    let (_place, _server, client) = open();
    five_days(&client).await;
    let first = client.get("series/X/A/1d").await.ok();
    let then = first["updated_at"].as_str().unwrap().to_owned();
    client.write("X/A/1d", &bars(["2024-01-02"], 90.0)).await;
    let close = async |query: &str| {
        let found = client
            .bars("X/A/1d", &format!("start=2024-01-02&limit=1&{query}"))
            .await;
        (found["version"].clone(), found["close"][0].clone())
    };
    assert_eq!(close("").await, (json!(2), json!(91)));
    assert_eq!(close("as_of=1").await, (json!(1), json!(12)));
    assert_eq!(close(&format!("as_of={then}")).await, (json!(1), json!(12)));
    assert_eq!(close("as_of=2").await, (json!(2), json!(91)));
    let before = client.bars("X/A/1d", "as_of=2001-01-01T00:00:00Z").await;
    assert_eq!((&before["version"], &before["time"]), (&json!(0), &json!([])));
    client
        .get("series/X/A/1d/bars?as_of=3")
        .await
        .problem(404, "not-found");
}

/// Writes the hours of three days in New York, of which the second has 23: 2024-03-10 lost one.
async fn three_days_in_new_york(client: &Client, hours: i64) {
    // 2024-03-09T05:00:00Z, midnight there.
    client
        .write("X/NY/1h", &series_of(1_709_960_400, 3_600, hours, 1.0))
        .await;
    client
        .patch("instruments/X/NY", &json!({"zone": "America/New_York"}))
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn days_follow_the_zone_of_the_instrument_through_a_change_of_the_clocks() {
    let (_place, _server, client) = open();
    three_days_in_new_york(&client, 71).await;
    let found = client.bars("X/NY/1h", "resample=1d").await;
    assert_eq!(days(&found), ["09", "10", "11"]);
    assert_eq!(found["volume"], json!([24, 23, 24]));
    assert_eq!(found["open"], json!([1, 25, 48]));
    assert_eq!(found["close"], json!([25, 48, 72]));
    assert_eq!(found["complete"], json!([true, true, true]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_bar_tells_whether_it_is_complete() {
    let (_place, _server, client) = open();
    three_days_in_new_york(&client, 60).await;
    let found = client.bars("X/NY/1h", "resample=1d").await;
    assert_eq!(found["complete"], json!([true, true, false]));
    let newest = client.bars("X/NY/1h", "resample=1d&order=desc&limit=1").await;
    assert_eq!(
        (&newest["complete"], &newest["volume"]),
        (&json!([false]), &json!([13]))
    );
    let csv = client
        .get("series/X/NY/1h/bars?resample=1d&format=csv")
        .await
        .with(200);
    assert!(csv.text().lines().next().unwrap().ends_with(",complete"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_longer_bars_are_made_of_whole_ones_either_way() {
    let (_place, _server, client) = open();
    three_days_in_new_york(&client, 71).await;
    for frame in ["1d", "4h", "1w"] {
        let whole = client.bars("X/NY/1h", &format!("resample={frame}")).await;
        let whole = column(&whole, "close");
        let query = format!("resample={frame}&limit=1");
        assert_eq!(&all_closes(&client, "X/NY/1h", &query).await, whole, "{frame}");
        let mut backwards = all_closes(&client, "X/NY/1h", &format!("{query}&order=desc")).await;
        backwards.reverse();
        assert_eq!(&backwards, whole, "{frame} backwards");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_are_not_made_of_longer_ones() {
    let (_place, _server, client) = open();
    five_days(&client).await;
    for frame in ["1h", "36h", "1x", ""] {
        let path = format!("series/X/A/1d/bars?resample={frame}");
        let problem = client.get(&path).await.problem(400, "bad-request");
        assert_eq!(problem["errors"][0]["pointer"], "?resample");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_parameter_is_named() {
    let (_place, _server, client) = open();
    five_days(&client).await;
    let path = "series/X/A/1d/bars?start=soon&limit=0&order=up&columns=time,vwap&as_of=latest&format=xlsx";
    let problem = client.get(path).await.problem(400, "bad-request");
    let mut pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        ["?as_of", "?columns", "?format", "?limit", "?order", "?start"]
    );
    for query in [
        "limit=100001",
        "limit=-1",
        "limit=x",
        "cursor=x",
        "compression=zstd",
    ] {
        client
            .get(&format!("series/X/A/1d/bars?{query}"))
            .await
            .problem(400, "bad-request");
    }
}
