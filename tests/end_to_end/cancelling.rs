//! Stopping backtests and sweeps from the command line while a server has them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    Place, Server,
    client::Client,
    runs::{SERIES, write_cross},
};

/// How long a worker may take to hear of something.
const PATIENCE: Duration = Duration::from_mins(2);

async fn queue(client: &Client, kind: &str, more: Value) -> String {
    let mut order = json!({"strategy": "cross", "series": SERIES});
    let more = more.as_object().unwrap().clone();
    order.as_object_mut().unwrap().extend(more);
    let queued = client.post(kind, &order).await.with(202).json();
    queued["id"].as_str().unwrap().to_owned()
}

/// Shows something again and again until it is as it should be.
fn until(place: &Place, arguments: [&str; 3], is_so: impl Fn(&Value) -> bool) -> Value {
    let begin = Instant::now();
    loop {
        let shown = place.json(arguments);
        if is_so(&shown) {
            return shown;
        }
        assert!(begin.elapsed() < PATIENCE, "{shown:.2000}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_cancelled_at_once_and_can_be_removed() {
    let place = Place::new();
    write_cross(&place, 300);
    let server = Server::start_with(&place, &[], &[("CHANDLERY_BACKTEST__WORKERS", "0")]);
    let client = Client::of(&server);
    let first = queue(&client, "backtests", json!({})).await;
    let second = queue(&client, "backtests", json!({"cash": 500})).await;
    let sweep = queue(
        &client,
        "sweeps",
        json!({"grid": [{"name": "fast", "values": [2, 3]}]}),
    )
    .await;

    let refused = place.run(["backtest", "remove", &first, "--yes"]).failed(1);
    assert!(refused.err.contains("cancel it first"), "{}", refused.err);
    let waiting = place.json(["sweep", "show", "last"]);
    assert_eq!(waiting["status"], "queued");
    assert_eq!(waiting["job"]["worker"], Value::Null, "{waiting}");
    let told = place.json(["backtest", "cancel", &first, &second]);
    let statuses = told["cancelled"].as_array().unwrap().iter();
    let statuses: Vec<&Value> = statuses.map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["cancelled", "cancelled"]);
    let told = place.run(["sweep", "cancel", "last"]).ok();
    assert_eq!(told.out, "1 sweep cancelled\n");
    let shown = place.json(["sweep", "show", &sweep]);
    assert_eq!((&shown["status"], shown.get("job")), (&json!("cancelled"), None));
    for arguments in [["backtest", "cancel", &first], ["sweep", "cancel", &sweep]] {
        let again = place.run(arguments).failed(1);
        assert!(again.err.contains("it is cancelled already"), "{}", again.err);
    }
    place.run(["backtest", "remove", &first, &second, "--yes"]).ok();
    place.run(["sweep", "remove", &sweep, "--yes"]).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_runs_tells_how_far_it_is_and_stops_when_its_worker_hears_of_it() {
    let place = Place::new();
    write_cross(&place, 400_000);
    // One core takes long enough for all that, whatever the machine.
    let server = Server::start_with(&place, &[], &[("RAYON_NUM_THREADS", "1")]);
    let client = Client::of(&server);
    let values = |from: u32, to: u32| (from..=to).collect::<Vec<_>>();
    let grid = json!({"grid": [
        {"name": "fast", "values": values(2, 50)}, {"name": "slow", "values": values(3, 200)},
    ]});
    let id = queue(&client, "sweeps", grid).await;
    let running = until(&place, ["sweep", "show", "last"], |sweep| {
        sweep["job"]["progress"]["done"].as_u64() > Some(0)
    });
    assert_eq!(running["status"], "running", "{running}");
    assert!(
        running["job"]["worker"].as_str().unwrap().starts_with("server "),
        "{running}"
    );
    let text = place.run(["sweep", "show", &id]).ok().out;
    assert!(text.contains(" % done, by server "), "{text}");
    place.run(["sweep", "cancel", &id]).ok();
    let ended = until(&place, ["sweep", "show", &id], |sweep| {
        sweep["status"] != "running"
    });
    assert_eq!(ended["status"], "cancelled", "{ended:.2000}");
    assert_eq!(ended["rows"], json!([]));
    assert_eq!(place.json(["backtest", "list"])["backtests"], json!([]));
}

#[test]
fn a_sweep_tells_that_its_data_have_changed_since() {
    let place = Place::new();
    write_cross(&place, 300);
    let arguments = ["sweep", "cross", "--series", SERIES, "--grid", "fast=2..4", "-q"];
    place.run(arguments).ok();
    let fresh = place.json(["sweep", "show", "last"]);
    assert_eq!(fresh["freshness"][0]["changed"], false, "{fresh}");
    place.write("b.csv", tests::minute_csv(100..150, 5));
    place.run(["import", "b.csv", "--series", SERIES]).ok();
    let stale = place.json(["sweep", "show", "last"]);
    assert_eq!(stale["freshness"][0]["changed"], true);
    let text = place.run(["sweep", "show", "last"]).ok().out;
    let badge = "newer data: X:A/1m has version 2, this one read 1; bars of its period changed";
    assert!(text.contains(badge), "{text}");
}
