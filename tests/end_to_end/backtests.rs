//! Backtests and sweeps on the command line.

use serde_json::{Value, json};
use tests::{
    Place, minute_csv,
    runs::{SERIES, write_cross},
};

/// Makes a place with a series of 300 bars and a strategy.
fn place() -> Place {
    let place = Place::new();
    write_cross(&place, 300);
    place
}

fn run_one(place: &Place, more: &[&str]) -> Value {
    let arguments = ["backtest", "run", "cross", "--series", SERIES];
    place.json(arguments.into_iter().chain(more.iter().copied()))
}

#[test]
fn a_backtest_is_run_shown_listed_edited_and_removed() {
    let place = place();
    let ran = run_one(&place, &["--set", "fast=4", "--title", "first", "--tag", "a"]);
    assert_eq!((&ran["strategy"], &ran["version"]), (&json!("cross"), &json!(1)));
    assert_eq!(ran["parameters"], json!({"fast": 4.0, "slow": 9.0}));
    assert_eq!(ran["inputs"][0]["digest"], place.head(SERIES)["digest"]);
    assert_eq!(ran["costs"]["commission_bps"], 10.0);
    assert_eq!(ran["equity"], Value::Null, "only on request");
    let trades = ran["trades"].as_array().unwrap().len();
    assert!(trades > 1, "{ran}");
    assert_eq!(ran["metrics"]["trades"]["value"], json!(trades as f64));

    let id = ran["id"].as_str().unwrap();
    let shown = place.json(["backtest", "show", id, "--equity"]);
    assert_eq!(shown["digest"], ran["digest"]);
    assert_eq!(shown["equity"]["equity"].as_array().unwrap().len(), 300);
    let text = place.run(["backtest", "show", "last", "--trades", "1"]).ok().out;
    for part in [
        "first",
        "cross, version 1",
        "fast = 4, slow = 9",
        "commission 10 bps",
        "max drawdown",
        "equity  ",
        "drawdown  from",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        text.contains(&format!("after {} earlier trade", trades - 1)),
        "{text}"
    );
    let worst = format!(
        "{:.2}%",
        ran["metrics"]["max_drawdown"]["value"].as_f64().unwrap() * 100.0
    );
    let below = text
        .lines()
        .skip_while(|line| !line.starts_with("drawdown  from"))
        .nth(1);
    assert!(below.unwrap().trim_start().starts_with(&worst), "{worst}: {text}");

    let edit = ["backtest", "edit", "last", "--title", "", "--tag", "b"];
    let edited = place.json(edit);
    assert_eq!((&edited["title"], &edited["tags"]), (&Value::Null, &json!(["b"])));
    let by_tag = |tag: &str| place.json(["backtest", "list", "--tag", tag, "--sort", "sharpe"]);
    assert_eq!(by_tag("b")["backtests"].as_array().unwrap().len(), 1);
    assert_eq!(by_tag("a")["backtests"], json!([]));
    let unknown = place.run(["backtest", "list", "--sort", "sharp"]).failed(2).err;
    assert!(
        unknown.contains("'sharpe'") && unknown.contains("max_drawdown"),
        "{unknown}"
    );
    let help = place.run(["backtest", "list", "--help"]).ok().out;
    assert!(
        help.contains("total_return") && help.contains("expectancy"),
        "{help}"
    );
    place.run(["backtest", "remove", "last", "--yes"]).ok();
    let gone = place.run(["backtest", "show", id]).failed(1);
    assert!(gone.err.contains("`chandlery backtest list`"), "{}", gone.err);
}

#[test]
fn equal_orders_give_equal_digests_and_costs_that_are_given_replace_those_of_the_strategy() {
    let place = place();
    let digest = |more: &[&str]| run_one(&place, more)["digest"].clone();
    let usual = digest(&[]);
    assert_eq!(usual, digest(&["--set", "fast=3", "--commission-bps", "10"]));
    assert_ne!(usual, digest(&["--commission-bps", "0"]));
    assert_ne!(usual, digest(&["--end", "2000-01-01T02:00:00Z"]));
}

#[test]
fn what_can_not_be_run_is_refused_with_what_to_do() {
    let place = place();
    let refused = |arguments: &[&str], code: i32| {
        let arguments = ["backtest", "run"].into_iter().chain(arguments.iter().copied());
        place.run(arguments).failed(code).err
    };
    let file = refused(&["cross.toml", "--series", SERIES], 1);
    assert!(file.contains("`chandlery strategy put cross.toml`"), "{file}");
    let nothing = refused(&["crass", "--series", SERIES], 1);
    assert!(nothing.contains("strategy crass does not exist"), "{nothing}");
    let version = refused(&["cross@7", "--series", SERIES], 1);
    assert!(version.contains("version 7 of strategy cross"), "{version}");
    let series = refused(&["cross", "--series", "X:B/1m"], 1);
    assert!(series.contains("did you mean X:A/1m?"), "{series}");
    let range = refused(&["cross", "--series", SERIES, "--set", "fast=51"], 1);
    assert!(range.contains("fast") && range.contains("50"), "{range}");
    let name = refused(&["cross", "--series", SERIES, "--set", "fats=5"], 1);
    assert!(name.contains("did you mean `fast`?"), "{name}");
    let twice = refused(
        &["cross", "--series", SERIES, "--set", "fast=5", "--set", "fast=6"],
        2,
    );
    assert!(twice.contains("twice"), "{twice}");
    assert_eq!(place.json(["backtest", "list"])["backtests"], json!([]));
}

#[test]
fn a_correction_leaves_the_result_identical_and_raises_the_badge() {
    let place = place();
    run_one(&place, &[]);
    let corrected =
        minute_csv(0..300, 0).replacen("2000-01-01T00:10:00Z,103.7", "2000-01-01T00:10:00Z,103.71", 1);
    place.write("b.csv", corrected);
    place.run(["import", "b.csv", "--series", SERIES]).ok();
    let report = place.json(["backtest", "verify", "--all"]);
    assert_eq!(report["sound"], true, "{report}");
    assert_eq!(report["backtests"][0]["verdict"], "identical");
    assert_eq!(report["backtests"][0]["inputs"][0]["changed"], true);
    let text = place.run(["backtest", "show", "last"]).ok().out;
    assert!(
        text.contains("newer data: X:A/1m has version 2, this one read 1; bars of its period changed"),
        "{text}"
    );
    let of_two = place.run(["backtest", "verify", "last", "--quiet"]).ok();
    assert_eq!(of_two.out, "");
}

#[test]
fn two_backtests_are_compared_and_other_data_are_told() {
    let place = place();
    let first = run_one(&place, &[])["id"].as_str().unwrap().to_owned();
    run_one(&place, &["--set", "fast=5", "--commission-bps", "20"]);
    let compared = place.json(["backtest", "compare", &first, "last"]);
    assert_eq!(compared["same_data"], true);
    assert_eq!(
        compared["parameters"],
        json!([{"name": "fast", "values": [3.0, 5.0]}])
    );
    let mut figures = compared["figures"].as_array().unwrap().iter();
    let paid = figures.find(|figure| figure["name"] == "commissions").unwrap();
    assert_eq!(paid["best"], json!([0]), "paying less is better: {paid}");
    let text = place.run(["backtest", "compare", &first, "last"]).ok().out;
    let line = |label: &str| text.lines().find(|line| line.starts_with(label)).unwrap();
    assert_eq!(line("commissions").matches("* ").count(), 1, "{text}");
    assert!(!line("buy and hold return").contains('*'), "{text}");
    run_one(&place, &["--end", "2000-01-01T02:00:00Z"]);
    let text = place.run(["backtest", "compare", &first, "last"]).ok().out;
    assert!(text.contains("different data"), "{text}");
}

#[test]
fn a_sweep_keeps_its_best_runs_whole_and_draws_its_grid() {
    let place = place();
    let arguments = [
        "sweep",
        "cross",
        "--series",
        SERIES,
        "--grid",
        "fast=2..5",
        "--grid",
        "slow=6,9,12",
    ];
    let sweep = place.json(
        arguments
            .into_iter()
            .chain(["--by", "total_return", "--top", "3"]),
    );
    let rows = sweep["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    assert_eq!(rows.iter().filter(|row| row["backtest"].is_string()).count(), 3);
    let returns = |row: &Value| row["metrics"]["total_return"].as_f64().unwrap();
    assert!(returns(&rows[0]) >= returns(&rows[11]), "{sweep}");
    let best = place.json(["backtest", "show", rows[0]["backtest"].as_str().unwrap()]);
    assert_eq!(
        best["metrics"]["total_return"]["value"],
        rows[0]["metrics"]["total_return"]
    );
    let text = place.run(["sweep", "show", "last"]).ok().out;
    assert!(
        text.contains("total return by fast (down) and slow (across)"),
        "{text}"
    );
    assert!(text.contains('◆') && text.contains("… and 9 more runs"), "{text}");
    // Nobody means a run of a sweep.
    let none = place.run(["backtest", "show", "last"]).failed(1);
    assert!(none.err.contains("if not as runs of sweeps"), "{}", none.err);
    let listed = place.run(["backtest", "list"]).ok().out;
    assert!(listed.contains("fast ") && listed.contains(", slow "), "{listed}");
    let listed = place.json(["sweep", "list"]);
    assert_eq!(listed["sweeps"][0]["id"], sweep["id"]);
    let removed = place.run(["sweep", "remove", "last", "--yes"]).ok().out;
    assert!(removed.contains("3 backtests of its best runs stay"), "{removed}");
    assert_eq!(
        place.json(["backtest", "list"])["backtests"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(place.json(["sweep", "list"])["sweeps"], json!([]));
    let both = arguments.into_iter().chain(["--set", "slow=9"]);
    let refused = place.run(both).failed(2).err;
    assert!(
        refused.contains("`slow` is given by --set and by --grid"),
        "{refused}"
    );
    let by = arguments.into_iter().chain(["--by", "sharp"]);
    assert!(place.run(by).failed(1).err.contains("did you mean `sharpe`?"));
}

#[test]
fn a_result_of_another_tool_is_recorded_or_refused_with_the_place() {
    let place = place();
    let mut document = json!({
        "tool": "paper 1.0",
        "strategy": "by hand",
        "series": SERIES,
        "cash": 1000,
        "trades": [{
            "side": "long", "units": 2, "entry_time": "2000-01-01T00:01:00Z", "entry_price": 100,
            "exit_time": 946_684_920, "exit_price": 110, "costs": 1
        }],
        "equity": {"time": ["2000-01-01T00:00:00Z", "2000-01-01T00:02:00Z"], "equity": [1000, 1019]}
    });
    place.write("result.json", document.to_string());
    let recorded = place.json(["backtest", "record", "result.json"]);
    assert_eq!(recorded["origin"]["tool"], "paper 1.0");
    assert_eq!(recorded["trades"][0]["net"], 19.0);
    assert_eq!(
        recorded["metrics"]["total_return"]["value"],
        json!(1019.0 / 1000.0 - 1.0)
    );
    let verified = place.json(["backtest", "verify", "last"]);
    assert_eq!(verified["backtests"][0]["verdict"], "unaltered");

    let told = place.run(["backtest", "show", "last"]).ok().out;
    assert!(!told.contains("still open"), "{told}");
    document["trades"][0]["units"] = json!(200);
    place.write("doubtful.json", document.to_string());
    let told = place.run(["backtest", "record", "doubtful.json"]).ok().out;
    assert!(
        told.contains("come to 2,999.00, but the equity ends at 1,019.00"),
        "{told}"
    );
    document["trades"][0]["units"] = json!(2);
    let pinned = place.run(["series", "purge", SERIES, "--yes"]).failed(1);
    let hint = format!("chandlery backtest list --series {SERIES}");
    assert!(pinned.err.contains(&hint), "{}", pinned.err);

    for (place_of, value) in [
        ("/trades/0/exit_time", json!("soon")),
        ("/trades/0/units", json!(-1)),
    ] {
        let before = document.pointer(place_of).unwrap().clone();
        *document.pointer_mut(place_of).unwrap() = value;
        place.write("wrong.json", document.to_string());
        let refused = place.run(["backtest", "record", "wrong.json"]).failed(1);
        assert!(refused.err.contains(place_of), "{}", refused.err);
        *document.pointer_mut(place_of).unwrap() = before;
    }
}
