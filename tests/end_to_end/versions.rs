//! Corrections, history and undoing.

use tests::{Place, minute_csv};

fn corrected() -> String {
    minute_csv(0..100, 0).replacen("2000-01-01T00:10:00Z,103.7", "2000-01-01T00:10:00Z,103.71", 1)
}

#[test]
fn importing_the_same_file_again_makes_no_version() {
    let place = Place::new();
    place.write("a.csv", minute_csv(0..100, 0));
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    let again = place.json(["import", "a.csv", "--series", "X:A/1m"]);
    assert!(again["import"]["series"][0]["version"].is_null(), "{again}");
    assert_eq!(again["import"]["series"][0]["unchanged"], 100);
    assert_eq!(place.head("X:A/1m")["version"], 1);
}

#[test]
fn a_correction_is_a_version_and_the_old_one_stays_readable() {
    let place = Place::new();
    place.write("a.csv", minute_csv(0..100, 0));
    place.write("b.csv", corrected());
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    let before = place.run(["export", "X:A/1m"]).ok().out;
    let preview = place.json(["import", "b.csv", "--series", "X:A/1m", "--dry-run"]);
    assert_eq!(
        place.head("X:A/1m")["version"],
        1,
        "a dry run stores nothing: {preview}"
    );
    place
        .run([
            "import",
            "b.csv",
            "--series",
            "X:A/1m",
            "--reason",
            "late correction",
        ])
        .ok();
    assert_eq!(place.head("X:A/1m")["version"], 2);
    assert_ne!(place.run(["export", "X:A/1m"]).ok().out, before);
    assert_eq!(place.run(["export", "X:A/1m", "--as-of", "1"]).ok().out, before);
    let commits = place.json(["series", "commits", "X:A/1m"]);
    assert_eq!(commits["commits"][0]["reason"], "late correction");
    assert_eq!(commits["commits"][0]["changed"], 1);
    let diff = place
        .run(["series", "diff", "X:A/1m", "--from", "1", "--to", "2"])
        .ok()
        .out;
    assert!(diff.contains("103.7") && diff.contains("103.71"), "{diff}");
    place.run(["series", "revert", "X:A/1m", "--to", "1"]).ok();
    assert_eq!(place.run(["export", "X:A/1m"]).ok().out, before);
    assert_eq!(place.head("X:A/1m")["version"], 3);
    place.verify();
}

#[test]
fn an_import_is_undone_where_nothing_was_built_on_it() {
    let place = Place::new();
    place.write("a.csv", minute_csv(0..100, 0));
    place.write("b.csv", corrected());
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    let first = place.head("X:A/1m")["digest"].clone();
    let import = place.json(["import", "b.csv", "--series", "X:A/1m"]);
    let id = import["import"]["id"].as_str().unwrap().to_owned();
    place.run(["import", "undo", &id]).ok();
    assert_eq!(place.head("X:A/1m")["digest"], first);
    let second = place.json(["import", "b.csv", "--series", "X:A/1m"]);
    let id = second["import"]["id"].as_str().unwrap().to_owned();
    place.write("c.csv", minute_csv(100..110, 0));
    place.run(["import", "c.csv", "--series", "X:A/1m"]).ok();
    let undone = place.run(["import", "undo", &id]);
    let said = format!("{}{}", undone.out, undone.err);
    assert!(
        said.contains("X:A/1m"),
        "a series that has moved on is named: {said}"
    );
    assert_eq!(place.head("X:A/1m")["bars"], 110);
}

#[test]
fn a_deleted_series_keeps_its_history_and_a_purged_one_does_not() {
    let place = Place::new();
    place.write("a.csv", minute_csv(0..100, 0));
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    place.run(["series", "delete", "X:A/1m"]).failed(2);
    assert_eq!(
        place.head("X:A/1m")["bars"],
        100,
        "without --yes and a terminal nothing is deleted"
    );
    place.run(["series", "delete", "X:A/1m", "--yes"]).ok();
    assert_eq!(place.head("X:A/1m")["bars"], 0);
    assert_eq!(
        place
            .run(["export", "X:A/1m", "--as-of", "1"])
            .ok()
            .out
            .lines()
            .count(),
        101
    );
    place.run(["series", "purge", "X:A/1m", "--yes"]).ok();
    assert!(place.head("X:A/1m").is_null());
    place.run(["export", "X:A/1m"]).failed(1);
}
