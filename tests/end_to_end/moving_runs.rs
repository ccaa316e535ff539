//! Strategies, backtests and sweeps on their way through copies and backups, and damage to them.

use std::fs;

use serde_json::Value;
use tests::{
    Kind, Outcome, Place, Program,
    runs::{assert_sound, runs_of, write_runs},
};

/// How many backtests [`write_runs`] leaves: two of their own and the three best of the sweep.
const BACKTESTS: usize = 5;

fn url(place: &Place, name: &str) -> String {
    format!("file:{}", place.path(name).display())
}

/// Runs a command that names its stores itself.
fn elsewhere(place: &Place, arguments: &[&str]) -> Outcome {
    Program::new(arguments).within(place.folder()).run()
}

#[test]
fn backtests_and_a_sweep_go_from_files_to_postgresql_and_back_and_give_the_same_again_there() {
    let (place, database) = (Place::new(), Place::of(Kind::Postgres));
    write_runs(&place);
    let (files, there, back) = (place.store(), database.store(), url(&place, "back"));
    let expected = runs_of(&place, &files);
    assert_eq!(expected["backtests"].as_array().unwrap().len(), BACKTESTS);
    assert_eq!(expected["sweeps"].as_array().unwrap().len(), 1);
    for (from, to) in [(&files, &there), (&there, &back)] {
        let copied = elsewhere(&place, &["copy", "--from", from, "--to", to]).ok();
        for part in ["1 strategy", "5 backtests", "1 sweep"] {
            assert!(copied.out.contains(part), "{part}: {}", copied.out);
        }
        assert_eq!(runs_of(&place, to), expected);
        assert_sound(&place, to, BACKTESTS);
        let shown = ["strategy", "show", "cross", "--json", "--store", to];
        assert_eq!(elsewhere(&place, &shown).ok().json()["version"], 2);
    }
    elsewhere(
        &place,
        &["copy", "--from", &back, "--to", &files, "--verify-only"],
    )
    .ok();
}

#[test]
fn a_pattern_copies_series_without_strategies_backtests_and_sweeps() {
    let place = Place::new();
    write_runs(&place);
    let (files, part) = (place.store(), url(&place, "part"));
    let arguments = ["copy", "--from", &files, "--to", &part, "--series", "X:*"];
    elsewhere(&place, &arguments).ok();
    let runs = runs_of(&place, &part);
    assert_eq!(runs, serde_json::json!({"backtests": [], "sweeps": []}));
    let strategies = ["strategy", "list", "--json", "--store", &part];
    let strategies = elsewhere(&place, &strategies).ok().json();
    assert_eq!(strategies["strategies"], serde_json::json!([]));
}

#[test]
fn a_backup_holds_backtests_and_sweeps_and_restores_them_whole() {
    let place = Place::new();
    write_runs(&place);
    place.run(["backup"]).ok();
    let manifest = fs::read(place.path("backup/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let counts = ["strategies", "backtests", "sweeps"].map(|kind| manifest["manifest"][kind].clone());
    assert_eq!(counts, [1, BACKTESTS, 1]);
    place.run(["backup", "--verify-only"]).ok();
    let restored = url(&place, "restored");
    elsewhere(&place, &["restore", "--from", "backup", "--store", &restored]).ok();
    assert_eq!(runs_of(&place, &restored), runs_of(&place, &place.store()));
    assert_sound(&place, &restored, BACKTESTS);
}

#[test]
fn trades_that_were_damaged_are_4_and_named_and_other_backtests_are_verified_all_the_same() {
    let place = Place::new();
    write_runs(&place);
    let newest = place.json(["backtest", "show", "last"]);
    let id = newest["id"].as_str().unwrap();
    let trades = place
        .path("store")
        .join("backtests")
        .join(id)
        .join("trades.parquet");
    let mut bytes = fs::read(&trades).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&trades, bytes).unwrap();
    let found = place.run(["backtest", "verify", "--all"]).failed(4);
    assert!(
        found.out.contains("DAMAGED") && found.out.contains("trades.parquet"),
        "{}",
        found.out
    );
    assert!(
        found.out.contains("1 of 5 backtests does not match."),
        "{}",
        found.out
    );
    let report = place.run(["backtest", "verify", id, "--json"]).failed(4).json();
    assert_eq!(report["backtests"][0]["verdict"], "damaged", "{report}");
    assert_eq!(report["backtests"][0]["expected"], newest["digest"]);
    assert_eq!(report["sound"], false);
}

#[test]
fn a_backtest_whose_document_was_damaged_is_found_among_all_though_no_list_has_it() {
    let place = Place::new();
    write_runs(&place);
    let id = place.json(["backtest", "show", "last"])["id"].clone();
    let folder = place.path("store").join("backtests").join(id.as_str().unwrap());
    let document = folder.join("backtest.json");
    let mut bytes = fs::read(&document).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&document, bytes).unwrap();
    let found = place.run(["backtest", "verify", "--all"]).failed(4);
    let line = |id: &Value| {
        let id = id.as_str().unwrap();
        found.out.lines().find(|line| line.starts_with(id)).unwrap()
    };
    assert!(line(&id).contains("DAMAGED"), "{}", found.out);
    let (named, said) = ("backtest.json", "1 of 5 backtests does not match.");
    assert!(
        found.out.contains(named) && found.out.contains(said),
        "{}",
        found.out
    );
    let report = place
        .run(["backtest", "verify", "--all", "--json"])
        .failed(4)
        .json();
    let damaged = report["backtests"].as_array().unwrap().last().unwrap();
    assert_eq!((&damaged["id"], &damaged["verdict"]), (&id, &"damaged".into()));
}
