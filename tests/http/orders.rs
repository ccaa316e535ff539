//! What an order may say, and what is told of one that is wrong.

use serde_json::{Value, json};

use crate::{
    backtests::{BEGIN, DAY, ended, order, prepared, run},
    client::{Answer, Client, open, open_with},
};

/// Posts an order with other members than the usual ones.
async fn ordered(client: &Client, path: &str, change: Value) -> Answer {
    let mut order = order();
    if path == "sweeps" {
        order["grid"] = json!([{"name": "slow", "values": [8]}]);
    }
    for (name, value) in change.as_object().unwrap() {
        order[name] = value.clone();
    }
    client.post(path, &order).await
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_a_body_are_told_with_the_place_of_the_member() {
    let (_place, _server, client) = open();
    prepared(&client).await;
    let told = |problem: &Value| {
        let error = &problem["errors"][0];
        assert_eq!(error["rule"], "bad-body", "{problem}");
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains(error["message"].as_str().unwrap()),
            "{problem}"
        );
        error["pointer"].as_str().unwrap().to_owned()
    };
    for path in ["backtests", "sweeps"] {
        for (change, pointer) in [
            (json!({"cash": "a lot"}), "/cash"),
            (json!({"version": 1.5}), "/version"),
            (json!({"strategy": null}), "/strategy"),
            (json!({"start": 1.5}), "/start"),
            (json!({"as_of": [1]}), "/as_of"),
            (json!({"parameters": {"fast": "3"}}), "/parameters/fast"),
            (json!({"costs": {"commission_bps": "1"}}), "/costs/commission_bps"),
            (json!({"costs": {"comission_bps": 1}}), "/costs/comission_bps"),
            // A member that nobody knows would be a setting that nobody heard.
            (json!({"comission": 3}), "/comission"),
        ] {
            let problem = ordered(&client, path, change).await.problem(422, "invalid");
            assert_eq!(told(&problem), pointer, "{path}");
        }
        let missing = client
            .post(path, &json!({"series": "X:A/1d"}))
            .await
            .problem(422, "invalid");
        assert_eq!(told(&missing), "/strategy", "{path}");
        let whole = client.post(path, &json!([])).await.problem(422, "invalid");
        assert_eq!(told(&whole), "", "{path}");
    }
    for (grid, pointer) in [
        (json!([{"name": "slow", "values": [8, "9"]}]), "/grid/0/values/1"),
        (json!([{"name": "slow"}]), "/grid/0/values"),
        (json!({"slow": [8]}), "/grid"),
    ] {
        let problem = ordered(&client, "sweeps", json!({"grid": grid}))
            .await
            .problem(422, "invalid");
        assert_eq!(told(&problem), pointer);
    }
    let missing = client.post("sweeps", &order()).await.problem(422, "invalid");
    assert_eq!(told(&missing), "/grid");
    let edited = client
        .patch(
            "backtests/01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10",
            &json!({"tags": "a"}),
        )
        .await;
    assert_eq!(told(&edited.problem(422, "invalid")), "/tags");
    let reverted = client
        .post("series/X/A/1d/revert", &json!({"version": "1"}))
        .await;
    assert_eq!(told(&reverted.problem(422, "invalid")), "/version");
    let changed = client
        .patch("instruments/X/A", &json!({"sessions_per_year": 70_000}))
        .await;
    assert_eq!(told(&changed.problem(422, "invalid")), "/sessions_per_year");
}

#[tokio::test(flavor = "multi_thread")]
async fn times_and_versions_of_an_order_are_texts_or_numbers() {
    let (_place, _server, client) = open_with(&[("CHANDLERY_BACKTEST__WORKERS", "0")]);
    prepared(&client).await;
    let (start, end) = (BEGIN + 10 * DAY, BEGIN + 20 * DAY);
    let period = json!({"start": "2024-01-11T00:00:00Z", "end": "2024-01-21T00:00:00Z"});
    for path in ["backtests", "sweeps"] {
        for change in [
            json!({"as_of": 1, "start": start, "end": end}),
            json!({"as_of": "1", "start": start * 1_000, "end": end * 1_000_000}),
            json!({"as_of": "v1", "start": "2024-01-11", "end": end.to_string()}),
            // Later than the one commit that there is.
            json!({"as_of": 4_000_000_000_u32, "start": start, "end": end}),
        ] {
            let queued = ordered(&client, path, change.clone()).await.with(202).json();
            assert_eq!(
                (&queued["inputs"][0]["version"], &queued["period"]),
                (&json!(1), &period),
                "{change}"
            );
        }
        let absent = ordered(&client, path, json!({"as_of": 7})).await;
        absent.problem(404, "not-found");
        let before = ordered(&client, path, json!({"as_of": BEGIN}))
            .await
            .problem(422, "invalid");
        assert_eq!(before["errors"][0]["pointer"], "/as_of");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_holds_no_bar_is_refused_before_it_is_queued() {
    let (_place, _server, client) = open_with(&[("CHANDLERY_BACKTEST__WORKERS", "0")]);
    prepared(&client).await;
    let (last, behind) = (BEGIN + 399 * DAY, BEGIN + 399 * DAY + 1);
    for path in ["backtests", "sweeps"] {
        for (change, pointer, said) in [
            (
                json!({"start": "2024-03-01", "end": "2024-03-01"}),
                "/end",
                "later than `start`",
            ),
            (
                json!({"start": "2024-03-02", "end": "2024-03-01"}),
                "/end",
                "later than `start`",
            ),
            (
                json!({"start": behind}),
                "/start",
                "the last bar of version 1 of X:A/1d opens at 2025-02-03T00:00:00Z",
            ),
            (
                json!({"end": BEGIN}),
                "/end",
                "the first bar of version 1 of X:A/1d opens at 2024-01-01T00:00:00Z",
            ),
        ] {
            let problem = ordered(&client, path, change).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
            assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
        }
        assert_eq!(client.get(path).await.ok()["items"], json!([]));
        ordered(&client, path, json!({"start": last})).await.with(202);
        ordered(&client, path, json!({"end": BEGIN + 1})).await.with(202);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_that_an_order_leaves_out_are_those_of_the_strategy() {
    let (place, _server, client) = open();
    prepared(&client).await;
    let slipping = json!({"commission_bps": 10.0, "commission_per_trade": 0.0, "slippage_bps": 2.0});
    let mut order = order();
    order["costs"] = json!({"slippage_bps": 2});
    let done = run(&client, &order).await;
    assert_eq!(done["costs"], slipping);
    // The command line reads and shows them alike.
    let arguments = "backtest run sma-cross --series X:A/1d --slippage-bps 2".split(' ');
    let ran = place.json(arguments);
    assert_eq!((&ran["costs"], &ran["digest"]), (&slipping, &done["digest"]));
    let swept = ordered(&client, "sweeps", json!({"costs": {"commission_bps": 0}}))
        .await
        .with(202)
        .json();
    assert_eq!(
        swept["costs"],
        json!({"commission_bps": 0.0, "commission_per_trade": 0.0, "slippage_bps": 0.0})
    );
    let path = format!("sweeps/{}", swept["id"].as_str().unwrap());
    let swept = ended(&client, &path).await;
    let arguments = "sweep sma-cross --series X:A/1d --grid slow=8 --commission-bps 0".split(' ');
    let here = place.json(arguments);
    assert_eq!((&here["costs"], &here["top"]), (&swept["costs"], &swept["top"]));
    assert_eq!((&here["by"], &here["top"]), (&json!("sharpe"), &json!(20)));
}
