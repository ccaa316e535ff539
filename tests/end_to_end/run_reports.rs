//! What backtests and sweeps say beside their figures: what they read, what differs, and what could not be done.

use serde_json::{Value, json};
use tests::{
    Place,
    runs::{SERIES, write_cross},
};

const SWEEP: [&str; 5] = ["sweep", "cross", "--series", SERIES, "--grid"];

/// Makes a place with a strategy and a series of 60 bars.
fn place() -> Place {
    let place = Place::new();
    write_cross(&place, 60);
    place
}

/// Runs it and returns the id.
fn run(place: &Place, more: &[&str]) -> String {
    let arguments = ["backtest", "run", "cross", "--series", SERIES];
    let ran = place.json(arguments.into_iter().chain(more.iter().copied()));
    ran["id"].as_str().unwrap().to_owned()
}

/// Records what another tool has made of the first bars, and returns the id.
fn record(place: &Place, bars: i64, series: Option<&str>) -> String {
    let times: Vec<i64> = (0..bars).map(|minute| 946_684_800 + 60 * minute).collect();
    let equity = vec![10_000.0; times.len()];
    let document = json!({
        "tool": "paper", "series": series, "timeframe": "1m", "cash": 10_000, "trades": [],
        "equity": {"time": times, "equity": equity}
    });
    place.write("result.json", document.to_string());
    let recorded = place.json(["backtest", "record", "result.json"]);
    recorded["id"].as_str().unwrap().to_owned()
}

fn compared(place: &Place, first: &str, second: &str) -> (String, Value) {
    let compare = ["backtest", "compare", first, second];
    (place.run(compare).ok().out, place.json(compare))
}

/// Returns the words of the line that begins with a label.
fn cells(text: &str, label: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(label));
    let line = line.unwrap_or_else(|| panic!("no {label} in {text}"));
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_same_bars_are_the_same_data_with_a_start_and_without_one() {
    let place = place();
    let (open, bounded) = (run(&place, &[]), run(&place, &["--start", "2000-01-01"]));
    let (text, report) = compared(&place, &open, &bounded);
    assert_eq!(report["same_data"], true, "{report}");
    assert!(!text.contains("different data"), "{text}");
    assert_eq!(report["settings"], json!([]));
}

#[test]
fn a_recording_over_fewer_bars_has_read_other_data() {
    let place = place();
    let (whole, part) = (run(&place, &[]), record(&place, 6, Some(SERIES)));
    let (text, report) = compared(&place, &whole, &part);
    assert_eq!(report["same_data"], false, "{report}");
    assert!(text.contains("They read different data"), "{text}");
    assert_eq!(cells(&text, "bars"), ["60", "6"]);
    assert_eq!(
        cells(&text, "last bar"),
        ["2000-01-01", "00:59", "2000-01-01", "00:05"]
    );
    assert_eq!(
        cells(&text, "commission (bps)"),
        ["10", "–"],
        "its rate is unknown"
    );
    let (text, report) = compared(&place, &whole, &record(&place, 60, Some(SERIES)));
    assert_eq!(report["same_data"], true, "{text}");
    let (text, report) = compared(&place, &whole, &record(&place, 60, None));
    assert_eq!(report["same_data"], false, "{report}");
    assert!(
        text.contains("Not all of them say which series they read"),
        "{text}"
    );
}

#[test]
fn settings_that_differ_have_rows_of_their_own() {
    let place = place();
    let first = run(&place, &[]);
    let other = ["--cash", "500", "--slippage-bps", "2.5", "--risk-free", "2%"];
    let second = run(&place, &other);
    let (text, report) = compared(&place, &first, &second);
    assert_eq!(report["same_data"], true, "{report}");
    assert_eq!(
        report["settings"],
        json!([
            {"name": "cash", "values": [10_000.0, 500.0]},
            {"name": "slippage_bps", "values": [0.0, 2.5]},
            {"name": "risk_free", "values": [0.0, 0.02]},
        ])
    );
    assert_eq!(cells(&text, "cash"), ["10,000.00", "500.00"]);
    assert_eq!(cells(&text, "slippage (bps)"), ["0", "2.5"]);
    assert_eq!(cells(&text, "risk-free rate"), ["0%", "2%"]);
    place.run(["series", "set", SERIES, "--sessions", "365"]).ok();
    let (text, _) = compared(&place, &first, &run(&place, &[]));
    assert_eq!(cells(&text, "sessions a year"), ["252", "365"]);
}

#[test]
fn a_backtest_is_not_compared_with_itself() {
    let place = place();
    let id = run(&place, &[]);
    let refused = place.run(["backtest", "compare", "last", "last"]).failed(2).err;
    let said = format!("all of these are one backtest, {id}; name another one to put beside it");
    assert!(refused.contains(&said), "{refused}");
}

#[test]
fn a_backtest_says_by_what_its_figures_are_yearly() {
    let place = place();
    run(&place, &[]);
    let text = place.run(["backtest", "show", "last"]).ok().out;
    assert!(
        text.contains("daily returns (UTC), N = 252, risk-free rate 0% a year"),
        "{text}"
    );
    run(&place, &["--risk-free", "2.5%"]);
    let text = place.run(["backtest", "show", "last"]).ok().out;
    assert!(text.contains("risk-free rate 2.5% a year"), "{text}");
}

#[test]
fn a_warm_up_as_long_as_the_data_is_why_nothing_was_traded() {
    let place = place();
    let text = |slow: &str| {
        run(&place, &["--set", slow]);
        place.run(["backtest", "show", "last"]).ok().out
    };
    let long = text("slow=100");
    let said = "nothing could be traded: the rules need 100 bars to warm up, and there are 60";
    assert!(long.lines().any(|line| line == said), "{long}");
    assert!(long.contains("60 bars, all to warm up"), "{long}");
    let short = text("slow=20");
    assert!(!short.contains("nothing could be traded"), "{short}");
}

#[test]
fn runs_of_a_sweep_that_were_refused_are_told_below_the_table_with_the_rule() {
    let place = place();
    let rule = "enter = \"close > sma(close, slow - 10)\"";
    let document =
        format!("name = \"cross\"\n[parameters]\nslow = 20\n[long]\n{rule}\nexit = \"close < 1\"\n");
    place.write("cross.toml", document);
    place.run(["strategy", "put", "cross.toml"]).ok();
    place.run(SWEEP.into_iter().chain(["slow=9,10,12,15", "-q"])).ok();
    let text = place.run(["sweep", "show", "last"]).ok().out;
    let rows: Vec<&str> = text.lines().filter(|line| line.ends_with(" refused")).collect();
    assert_eq!(rows.len(), 2, "{text}");
    let (table, reasons) = text.split_once("\n\nrefused, 1 run: ").unwrap();
    assert!(!table.contains("close"), "{text}");
    let lines: Vec<&str> = reasons.lines().collect();
    assert!(lines[0].starts_with("long.enter, line 1, column"), "{text}");
    assert_eq!(lines[1], "    close > sma(close, slow - 10)");
    assert_eq!(lines[2].trim_matches([' ', '^']), "", "{text}");
    assert!(lines[2].ends_with('^'), "{text}");
}

#[test]
fn a_sweep_marks_those_of_its_best_runs_that_were_removed() {
    let place = place();
    let sweep = place.json(SWEEP.into_iter().chain(["fast=2..4", "--top", "2"]));
    let id = sweep["rows"][0]["backtest"].as_str().unwrap();
    place.run(["backtest", "remove", id, "--yes"]).ok();
    let text = place.run(["sweep", "show", "last"]).ok().out;
    assert!(text.contains(&format!("{id} (removed)\n")), "{text}");
    assert_eq!(text.matches("(removed)").count(), 1, "{text}");
    let shown = place.json(["sweep", "show", "last"]);
    assert_eq!(shown["rows"][0]["is_removed"], true, "{shown}");
    assert_eq!(shown["rows"][1]["is_removed"], Value::Null);
}
