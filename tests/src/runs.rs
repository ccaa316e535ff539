//! A store with a strategy, backtests and a sweep.

use serde_json::{Value, json};

use crate::{Place, Program, minute_csv};

/// The series that [`CROSS`] trades in tests.
pub const SERIES: &str = "X:A/1m";

/// A strategy.
pub const CROSS: &str = r#"
name = "cross"
title = "Crossover"

[parameters]
fast = { default = 3, min = 2, max = 50 }
slow = { default = 9, min = 3, max = 200 }

[long]
enter = "crosses_above(sma(close, fast), sma(close, slow))"
exit  = "crosses_below(sma(close, fast), sma(close, slow))"

[costs]
commission_bps = 10
"#;

/// Writes the strategy and a series of so many bars.
pub fn write_cross(place: &Place, bars: u64) {
    place.write("a.csv", minute_csv(0..bars, 0));
    place.write("cross.toml", CROSS);
    place.run(["import", "a.csv", "--series", SERIES]).ok();
    place.run(["strategy", "put", "cross.toml"]).ok();
}

/// Writes two backtests, a sweep with three best runs, and then newer versions of the strategy and of the series.
pub fn write_runs(place: &Place) {
    write_cross(place, 400);
    let run = ["backtest", "run", "cross", "--series", SERIES, "-q"];
    let first = ["--title", "first", "--notes", "worth a look", "--tag", "a"];
    place.run(run.into_iter().chain(first)).ok();
    place.run(run.into_iter().chain(["--set", "fast=5"])).ok();
    let sweep = ["sweep", "cross", "--series", SERIES, "--grid", "fast=2..5"];
    let rest = ["--grid", "slow=6,9,12", "--top", "3", "-q"];
    place.run(sweep.into_iter().chain(rest)).ok();
    place.write("cross.toml", CROSS.replace("default = 9", "default = 20"));
    place.run(["strategy", "put", "cross.toml"]).ok();
    place.write("b.csv", minute_csv(100..200, 3));
    place.run(["import", "b.csv", "--series", SERIES]).ok();
}

/// Returns what tells the backtests and sweeps of a store: all that `show` tells of each, trades and equity included.
pub fn runs_of(place: &Place, store: &str) -> Value {
    let on = |arguments: &[&str]| {
        let program = Program::new(arguments.iter().chain(&["--json", "--store", store]));
        program.within(place.folder()).run().ok().json()
    };
    let ids = |list: &Value| -> Vec<String> {
        let all = list.as_array().expect("a list");
        let id = |one: &Value| one["id"].as_str().expect("an id").to_owned();
        all.iter().map(id).collect()
    };
    let backtests = ids(&on(&["backtest", "list", "-n", "1000"])["backtests"]);
    let sweeps = ids(&on(&["sweep", "list", "-n", "1000"])["sweeps"]);
    let backtests = backtests
        .iter()
        .map(|id| on(&["backtest", "show", id, "--equity"]));
    let sweeps = sweeps.iter().map(|id| on(&["sweep", "show", id]));
    json!({ "backtests": backtests.collect::<Vec<_>>(), "sweeps": sweeps.collect::<Vec<_>>() })
}

/// Checks that every backtest of a store gives the same again.
pub fn assert_sound(place: &Place, store: &str, backtests: usize) {
    let verify = ["backtest", "verify", "--all", "--json", "--store", store];
    let report = Program::new(verify).within(place.folder()).run().ok().json();
    let verified = report["backtests"].as_array().expect("a list");
    assert_eq!(verified.len(), backtests, "{report}");
    let identical = verified.iter().all(|one| one["verdict"] == "identical");
    assert!(identical, "{report}");
}
