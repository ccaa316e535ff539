//! Backtests and sweeps: queued, run by the server, shown, verified, compared, and what is wrong with an order.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client, open};

pub(crate) const DAY: i64 = 86_400;
/// The digest of a run with the defaults: it is the same on every store and every machine.
const DIGEST: &str = "45f178c63d87ed221ba84af7c8889b3beca3156d517abcb869c6e726a7758aed";
/// 2024-01-01T00:00:00Z
pub(crate) const BEGIN: i64 = 1_704_067_200;

/// Daily bars whose prices go up and down in steps that every machine computes alike.
fn waves(count: i64) -> Value {
    let price = |day: i64| -> f64 {
        let phase = day % 40;
        100.0 + (if phase < 20 { phase } else { 40 - phase }) as f64 + day as f64 / 16.0
    };
    let column = |offset: f64| -> Vec<f64> { (0..count).map(|day| price(day) + offset).collect() };
    json!({
        "time": (0..count).map(|day| BEGIN + day * DAY).collect::<Vec<_>>(),
        "open": column(0.0), "high": column(2.0), "low": column(-1.0), "close": column(1.0),
        "volume": vec![10.0; count as usize],
    })
}

fn crossover() -> Value {
    json!({
        "name": "sma-cross", "title": "Crossover",
        "parameters": {"fast": {"default": 3, "min": 2, "max": 50}, "slow": {"default": 9, "min": 2, "max": 200}},
        "long": {
            "enter": "crosses_above(sma(close, fast), sma(close, slow))",
            "exit": "crosses_below(sma(close, fast), sma(close, slow))",
        },
        "costs": {"commission_bps": 10},
    })
}

/// Gives the store a strategy and a series.
pub(crate) async fn prepared(client: &Client) {
    client.post("strategies", &crossover()).await.with(201);
    client.write("X/A/1d", &waves(400)).await;
}

pub(crate) fn order() -> Value {
    json!({"strategy": "sma-cross", "series": "X:A/1d"})
}

/// Waits until a backtest or a sweep has ended.
pub(crate) async fn ended(client: &Client, path: &str) -> Value {
    let begin = Instant::now();
    loop {
        let found = client.get(path).await.ok();
        if !["queued", "running"].contains(&found["status"].as_str().unwrap()) {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_mins(1), "{found}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn run(client: &Client, order: &Value) -> Value {
    let queued = client.post("backtests", order).await.with(202);
    let path = queued.header("location").trim_start_matches("/api/v1/").to_owned();
    let queued = queued.json();
    assert_eq!(path, format!("backtests/{}", queued["id"].as_str().unwrap()));
    ended(client, &path).await
}

fn path_of(backtest: &Value) -> String {
    format!("backtests/{}", backtest["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_is_queued_run_and_shown_with_figures_trades_and_equity() {
    let (_place, _server, client) = open();
    prepared(&client).await;
    let done = run(&client, &order()).await;
    assert_eq!(done["status"], "done", "{done}");
    assert_eq!((&done["strategy"], &done["version"]), (&json!("sma-cross"), &json!(1)));
    assert_eq!(done["inputs"][0]["series"], "X:A/1d");
    assert_eq!(done["inputs"][0]["version"], 1);
    assert_eq!(done["inputs"][0]["changed"], false);
    assert_eq!(done["parameters"], json!({"fast": 3.0, "slow": 9.0}));
    assert_eq!(done["cash"], 10_000.0);
    assert_eq!(done["digest"], DIGEST);
    let sharpe = &done["metrics"]["sharpe"];
    assert!(sharpe["value"].as_f64().unwrap() > 0.0, "{sharpe}");
    assert_eq!(sharpe["basis"], "returns per bar, N = 252");
    assert!(sharpe["formula"].as_str().unwrap().contains("std"), "{sharpe}");

    let path = path_of(&done);
    let first = client.get(&format!("{path}/trades?limit=3")).await.ok();
    assert_eq!(first["items"][2]["number"], 3);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = client.get(&format!("{path}/trades?cursor={cursor}")).await.ok();
    assert_eq!(rest["items"][0]["number"], 4);
    let trades = done["metrics"]["trades"]["value"].as_f64().unwrap();
    assert_eq!(rest["items"].as_array().unwrap().len() + 3, trades as usize);

    let equity = client.get(&format!("{path}/equity")).await.ok();
    assert_eq!(equity["total"], 400);
    assert_eq!(equity["equity"].as_array().unwrap().len(), 400);
    assert_eq!(equity["equity"][399], done["span"]["final_equity"]);
    let thin = client.get(&format!("{path}/equity?points=10&start=2024-06-01")).await.ok();
    let times = thin["time"].as_array().unwrap();
    assert!(times.len() <= 10);
    assert_eq!((&times[0], times.last()), (&json!("2024-06-01T00:00:00Z"), Some(&equity["time"][399])));
}

#[tokio::test(flavor = "multi_thread")]
async fn corrected_data_leave_a_backtest_identical_and_raise_its_badge() {
    let (_place, _server, client) = open();
    prepared(&client).await;
    let done = run(&client, &order()).await;
    let verify = format!("{}/verify", path_of(&done));
    let before = client.post(&verify, &json!({})).await.ok();
    assert_eq!((&before["verdict"], &before["has_newer_data"]), (&json!("identical"), &json!(false)));
    let corrected = json!({
        "time": [BEGIN + 30 * DAY], "open": [500.0], "high": [501.0], "low": [499.0], "close": [500.0], "volume": [1.0],
    });
    client.write("X/A/1d", &corrected).await;
    let after = client.post(&verify, &json!({})).await.ok();
    assert_eq!((&after["verdict"], &after["has_newer_data"]), (&json!("identical"), &json!(true)));
    assert_eq!((&after["found"], &after["expected"]), (&done["digest"], &done["digest"]));
    let shown = client.get(&path_of(&done)).await.ok();
    assert_eq!((&shown["inputs"][0]["newest"], &shown["inputs"][0]["changed"]), (&json!(2), &json!(true)));
    assert_ne!(run(&client, &order()).await["digest"], done["digest"]);
    // What a backtest reads is not purged.
    let purge = client.delete("series/X/A/1d?purge=true").await;
    let problem = purge.problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("backtest"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn backtests_are_listed_sorted_described_compared_and_removed() {
    let (_place, _server, client) = open();
    prepared(&client).await;
    let mut made = Vec::new();
    for fast in [2, 4, 6] {
        let mut order = order();
        order["parameters"] = json!({"fast": fast});
        order["tags"] = json!([format!("fast-{fast}")]);
        made.push(run(&client, &order).await);
    }
    let ids = |list: &Value| -> Vec<Value> {
        let items = list["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].clone()).collect()
    };
    let newest = client.get("backtests").await.ok();
    assert_eq!(ids(&newest), [2, 1, 0].map(|at| made[at]["id"].clone()));
    let mut ranked = made.clone();
    let figure = |backtest: &Value| backtest["metrics"]["total_return"]["value"].as_f64().unwrap();
    ranked.sort_by(|a, b| figure(b).total_cmp(&figure(a)));
    let first = client.get("backtests?sort=-total_return&limit=2").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("backtests?sort=-total_return&limit=2&cursor={cursor}");
    let paged = [ids(&first), ids(&client.get(&path).await.ok())].concat();
    assert_eq!(paged, ranked.iter().map(|backtest| backtest["id"].clone()).collect::<Vec<_>>());
    client.get(&format!("backtests?sort=sharpe&cursor={cursor}")).await.problem(400, "bad-request");
    client.get("backtests?sort=sharp").await.problem(400, "bad-request");
    assert_eq!(ids(&client.get("backtests?tag=fast-4").await.ok()), [made[1]["id"].clone()]);
    assert_eq!(ids(&client.get("backtests?status=failed").await.ok()), [Value::Null; 0]);

    let described = client
        .patch(&path_of(&made[0]), &json!({"title": "Second", "tags": ["kept"]}))
        .await
        .ok();
    assert_eq!((&described["title"], &described["tags"]), (&json!("Second"), &json!(["kept"])));
    assert_eq!(described["digest"], made[0]["digest"]);
    assert_eq!(ids(&client.get("backtests?q=SECOND").await.ok()), [made[0]["id"].clone()]);

    let pair = [&made[0], &made[2]].map(|backtest| backtest["id"].as_str().unwrap()).join(",");
    let compared = client.get(&format!("backtest-comparisons?ids={pair}")).await.ok();
    assert_eq!(compared["same_data"], true);
    assert_eq!(compared["parameters"], json!({"fast": [2.0, 6.0]}));
    client.get("backtest-comparisons?ids=x").await.problem(400, "bad-request");

    client.delete(&path_of(&made[0])).await.with(204);
    client.get(&path_of(&made[0])).await.problem(404, "not-found");
    client.delete(&path_of(&made[0])).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_ranks_its_runs_and_keeps_the_best_ones_whole() {
    let (_place, _server, client) = open();
    prepared(&client).await;
    let mut order = order();
    order["grid"] = json!([{"name": "fast", "values": [2, 3, 4]}, {"name": "slow", "values": [8, 16]}]);
    order["by"] = json!("total_return");
    order["top"] = json!(2);
    let queued = client.post("sweeps", &order).await.with(202).json();
    let path = format!("sweeps/{}", queued["id"].as_str().unwrap());
    let done = ended(&client, &path).await;
    assert_eq!((&done["status"], &done["runs"]), (&json!("done"), &json!(6)));
    let rows = done["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    let best = rows[0]["backtest"].as_str().unwrap();
    let whole = client.get(&format!("backtests/{best}")).await.ok();
    assert_eq!(whole["sweep"], done["id"]);
    assert_eq!(whole["parameters"]["fast"], rows[0]["parameters"][0]);
    assert!(rows[2].get("backtest").is_none());
    let few = client.get(&format!("{path}?rows=2")).await.ok();
    assert_eq!((few["rows"].as_array().unwrap().as_slice(), &few["runs"]), (&rows[..2], &json!(6)));
    assert_eq!(client.get(&format!("{path}?rows=0")).await.ok()["rows"], json!([]));
    client.get(&format!("{path}?rows=few")).await.problem(400, "bad-request");
    let first = client.get(&format!("{path}/runs?limit=4")).await.ok();
    assert_eq!(first["items"].as_array().unwrap().as_slice(), &rows[..4]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = client.get(&format!("{path}/runs?limit=4&cursor={cursor}")).await.ok();
    assert_eq!((rest["items"].as_array().unwrap().as_slice(), &rest["next_cursor"]), (&rows[4..], &Value::Null));
    client.post(&format!("{path}/cancel"), &json!({})).await.problem(409, "conflict");
    let heads = client.get("sweeps").await.ok();
    assert_eq!(heads["items"][0]["id"], done["id"]);
    client.delete(&path).await.with(204);
    client.get(&path).await.problem(404, "not-found");
    client.get(&format!("backtests/{best}")).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_tool_gave_is_kept_and_measured() {
    let (_place, _server, client) = open();
    let mut recorded = json!({
        "tool": "freqtrade 2025.10", "timeframe": "1d", "cash": 1000,
        "trades": [{
            "side": "long", "units": 10, "entry_time": "2024-01-02", "entry_price": 100,
            "exit_time": "2024-01-04", "exit_price": 110, "costs": 2,
        }],
        "equity": {
            "time": ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"],
            "equity": [1000, 1010, 990, 1098],
        },
    });
    let kept = client.post("recorded-backtests", &recorded).await.with(201).json();
    assert_eq!((&kept["origin"], &kept["tool"]), (&json!("recorded"), &json!("freqtrade 2025.10")));
    assert_eq!(kept["metrics"]["commissions"]["value"], 2.0);
    assert!(kept["metrics"]["beta"]["reason"].is_string());
    let mut falling = recorded.clone();
    (falling["cash"], falling["trades"]) = (json!(10_000), json!([]));
    falling["equity"] = json!({"time": ["2024-01-01", "2024-01-02"], "equity": [9_000, 9_500]});
    let falling = client.post("recorded-backtests", &falling).await.with(201).json();
    let equity = client.get(&format!("{}/equity", path_of(&falling))).await.ok();
    assert_eq!(equity["drawdown"], json!([9_000.0 / 10_000.0 - 1.0, 9_500.0 / 10_000.0 - 1.0]));
    assert_eq!(equity["drawdown"][0], falling["metrics"]["max_drawdown"]["value"], "the cash is the first peak");
    let verified = client.post(&format!("{}/verify", path_of(&kept)), &json!({})).await.ok();
    assert_eq!((&verified["verdict"], &verified["is_sound"]), (&json!("unaltered"), &json!(true)));
    recorded["trades"][0]["units"] = json!(-1);
    let problem = client.post("recorded-backtests", &recorded).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/trades/0/units");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_wrong_is_told_where() {
    let (_place, _server, client) = open();
    prepared(&client).await;
    let refused = async |change: Value, status: u16, kind: &str| {
        let mut order = order();
        for (name, value) in change.as_object().unwrap() {
            order[name] = value.clone();
        }
        client.post("backtests", &order).await.problem(status, kind)
    };
    refused(json!({"strategy": "none"}), 404, "not-found").await;
    refused(json!({"version": 7}), 404, "not-found").await;
    refused(json!({"series": "X:B/1d"}), 404, "not-found").await;
    let unknown = refused(json!({"parameters": {"fats": 3}}), 422, "invalid").await;
    assert_eq!(unknown["errors"][0]["nearest"], "fast");
    assert_eq!(unknown["errors"][0]["pointer"], "/parameters/fats");
    // No average is one of two and a half bars, which only the rules tell.
    let broken = refused(json!({"parameters": {"fast": 2.5}}), 422, "invalid").await;
    assert_eq!(broken["errors"][0]["pointer"], "/parameters");
    let told = broken["errors"][0]["message"].as_str().unwrap();
    assert!(told.starts_with("with these values, ") && told.contains("whole"), "{broken}");
    refused(json!({"parameters": {"fast": 1}}), 422, "invalid").await;
    let cash = refused(json!({"cash": 0}), 422, "invalid").await;
    assert_eq!(cash["errors"][0]["pointer"], "/cash");
    let costs = refused(json!({"costs": {"commission_bps": -1}}), 422, "invalid").await;
    assert_eq!(costs["errors"][0]["pointer"], "/costs/commission_bps");
    let before = refused(json!({"as_of": "2000-01-01"}), 422, "invalid").await;
    assert_eq!(before["errors"][0]["pointer"], "/as_of");
    let start = refused(json!({"start": "yesterday"}), 422, "invalid").await;
    assert_eq!(start["errors"][0]["pointer"], "/start");
    // There is no bar between two days, which nobody knows before they are read.
    let mut between = order();
    (between["start"], between["end"]) = (json!("2024-01-05T06:00:00Z"), json!("2024-01-05T18:00:00Z"));
    let failed = run(&client, &between).await;
    assert_eq!(failed["status"], "failed");
    assert!(failed["failure"].as_str().unwrap().contains("no bars"), "{failed}");
    client.post(&format!("{}/verify", path_of(&failed)), &json!({})).await.problem(409, "conflict");
    client.post(&format!("{}/cancel", path_of(&failed)), &json!({})).await.problem(409, "conflict");
    let absent = "backtests/01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10";
    for path in [absent.to_owned(), format!("{absent}/trades"), format!("{absent}/equity")] {
        client.get(&path).await.problem(404, "not-found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_grid_or_a_comparison_is_told_where() {
    let (_place, _server, client) = open();
    prepared(&client).await;
    let refused = async |change: Value, pointer: &str| {
        let mut order = order();
        order["grid"] = json!([{"name": "slow", "values": [8]}, {"name": "fast", "values": [2, 3]}]);
        for (name, value) in change.as_object().unwrap() {
            order[name] = value.clone();
        }
        let problem = client.post("sweeps", &order).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    };
    let fast = |value: u32| json!({"name": "fast", "values": [value]});
    refused(json!({"grid": [fast(2), fast(3)]}), "/grid").await;
    refused(json!({"grid": [{"name": "fast", "values": []}]}), "/grid/0").await;
    refused(json!({"grid": [{"name": "slow", "values": [9]}, fast(1)]}), "/grid/1").await;
    refused(json!({"grid": [{"name": "fats", "values": [9]}]}), "/grid/0").await;
    refused(json!({"parameters": {"fast": 1}}), "/parameters/fast").await;
    refused(json!({"by": "sharp"}), "/by").await;
    refused(json!({"top": 101}), "/top").await;
    let one = "backtest-comparisons?ids=01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10";
    let problem = client.get(one).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "?ids");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_sweep_can_be_cancelled_once() {
    let (_place, _server, client) = crate::client::open_with(&[("CHANDLERY_BACKTEST__WORKERS", "0")]);
    prepared(&client).await;
    let mut order = order();
    order["grid"] = json!([{"name": "fast", "values": [2, 3]}]);
    let queued = client.post("sweeps", &order).await.with(202).json();
    let path = format!("sweeps/{}", queued["id"].as_str().unwrap());
    client.delete(&path).await.problem(409, "conflict");
    let cancelled = client.post(&format!("{path}/cancel"), &json!({})).await.with(202).json();
    assert_eq!((&cancelled["id"], &cancelled["status"]), (&queued["id"], &json!("cancelled")));
    assert_eq!(cancelled["progress"], Value::Null);
    let again = client.post(&format!("{path}/cancel"), &json!({})).await.problem(409, "conflict");
    assert!(again["detail"].as_str().unwrap().contains("cancelled already"), "{again}");
    assert_eq!(client.get(&format!("{path}/runs")).await.ok(), json!({"items": [], "next_cursor": null}));
    client.delete(&path).await.with(204);
    client.post(&format!("{path}/cancel"), &json!({})).await.problem(404, "not-found");
    client.get(&format!("{path}/runs")).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_backtest_can_be_cancelled_and_waits_where_no_server_runs_any() {
    let (_place, _server, client) = crate::client::open_with(&[("CHANDLERY_BACKTEST__WORKERS", "0")]);
    prepared(&client).await;
    let queued = client.post("backtests", &order()).await.with(202).json();
    assert_eq!(queued["status"], "queued");
    assert_eq!(queued["progress"]["worker"], Value::Null);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let path = path_of(&queued);
    assert_eq!(client.get(&path).await.ok()["status"], "queued");
    client.delete(&path).await.problem(409, "conflict");
    let request = client.request(Method::POST, &format!("{path}/cancel"));
    let cancelled = Answer::to(request).await.with(202).json();
    assert_eq!(cancelled["status"], "cancelled");
    client.delete(&path).await.with(204);
}
