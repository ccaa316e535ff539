//! Strategies on the command line.

use tests::{Outcome, Place, Program};

const CROSS: &str = r#"name = "sma-cross"
title = "Moving-average crossover"

[parameters]
slow = { default = 50, min = 5, max = 400 }

[long]
enter = "crosses_above(close, sma(close, slow))"
exit = "crosses_below(close, sma(close, slow))"
stop_loss = 0.05

[costs]
commission_bps = 10
"#;

#[test]
fn a_strategy_is_checked_saved_shown_and_removed() {
    let place = Place::new();
    place.write("cross.toml", CROSS);
    let checked = place.run(["strategy", "check", "cross.toml"]).ok();
    assert!(
        checked.out.contains("50 bars") && checked.out.contains("close"),
        "{}",
        checked.out
    );
    // Checking alone makes no store.
    assert!(!place.path("store").exists());
    place
        .run(["strategy", "put", "cross.toml", "--note", "first"])
        .ok();
    let again = place.run(["strategy", "put", "cross.toml"]).ok();
    assert!(again.out.contains("no new version was made"), "{}", again.out);
    place.write("cross.toml", CROSS.replace("50", "60"));
    let changed = place.json(["strategy", "put", "cross.toml"]);
    assert_eq!(
        (&changed["outcome"], &changed["strategy"]["version"]),
        (&"saved".into(), &2.into())
    );
    let list = place.run(["strategy", "list"]).ok();
    assert!(list.out.contains("Moving-average crossover"), "{}", list.out);
    let versions = place.run(["strategy", "versions", "sma-cross"]).ok();
    assert_eq!(versions.out.lines().count(), 3, "{}", versions.out);
    assert!(versions.out.contains("first"), "{}", versions.out);
    let shown = place.json(["strategy", "show", "sma-cross", "--version", "1"]);
    assert_eq!(shown["document"]["parameters"]["slow"]["default"], 50.0);
    let misspelt = place.run(["strategy", "show", "sma-corss"]).failed(1);
    assert!(
        misspelt.err.contains("did you mean sma-cross?"),
        "{}",
        misspelt.err
    );
    place.run(["strategy", "remove", "sma-cross", "--yes"]).ok();
    let removed = place.run(["strategy", "show", "sma-cross"]).failed(1);
    assert!(removed.err.contains("it was removed"), "{}", removed.err);
    let missing = place.run(["strategy", "show", "another"]).failed(1);
    assert!(missing.err.contains("chandlery strategy list"), "{}", missing.err);
    let missing = place
        .run(["strategy", "show", "sma-cross", "--version", "7"])
        .failed(1);
    assert!(missing.err.contains("strategy versions"), "{}", missing.err);
    let removed = place.json(["strategy", "list", "--removed"]);
    assert_eq!(removed["strategies"][0]["version"], 2);
}

#[test]
fn a_document_that_is_shown_as_toml_says_what_was_saved() {
    let place = Place::new();
    place.write("cross.toml", CROSS);
    place.run(["strategy", "put", "cross.toml"]).ok();
    let shown = place.run(["strategy", "show", "sma-cross", "--toml"]).ok();
    assert!(
        shown.out.starts_with("name = \"sma-cross\"\ntitle = "),
        "{}",
        shown.out
    );
    assert!(shown.out.contains("default = 50\n"), "{}", shown.out);
    place.write("again.toml", &shown.out);
    let again = place.json(["strategy", "put", "again.toml"]);
    assert_eq!(again["outcome"], "unchanged");
    let checked = place.json(["strategy", "check", "again.toml"]);
    place.write("again.json", checked["canonical"].as_str().unwrap());
    let again = place.json(["strategy", "put", "again.json"]);
    assert_eq!(again["outcome"], "unchanged");
}

#[test]
fn a_mistake_is_shown_where_it_stands_with_what_was_meant() {
    let place = Place::new();
    place.write(
        "cross.toml",
        CROSS.replace("above(close, sma(", "above(close, smaa("),
    );
    for command in ["check", "put"] {
        let wrong = place.run(["strategy", command, "cross.toml"]).failed(1);
        let expected = "
  --> cross.toml:8:31: long.enter
  |
8 | enter = \"crosses_above(close, smaa(close, slow))\"
  |                               ^^^^
  = hint: did you mean `sma`?";
        assert!(wrong.err.contains(expected), "{}", wrong.err);
        assert!(wrong.err.starts_with("error: "), "{}", wrong.err);
        assert_eq!(wrong.out, "");
    }
    let json = place.run(["strategy", "check", "cross.toml", "--json"]).failed(1);
    assert_eq!(json.err, "");
    let errors = json.json()["errors"].take();
    let error = &errors[0];
    assert_eq!(errors.as_array().unwrap().len(), 1, "{errors}");
    assert_eq!(
        (&error["pointer"], &error["rule"]),
        (&"/long/enter".into(), &"bad-rule".into())
    );
    assert_eq!((&error["line"], &error["column"]), (&8.into(), &31.into()));
    assert_eq!(error["nearest"], "sma");
    assert!(error["message"].as_str().unwrap().contains("`smaa`"), "{error}");
    place.write(
        "cross.json",
        r#"{"name": "a", "long": {"enter": "close >"}, "size": {"fractoin": 1}}"#,
    );
    let wrong = place.run(["strategy", "check", "cross.json"]).failed(1);
    assert!(wrong.err.contains("fraction"), "{}", wrong.err);
    let missing = place.run(["strategy", "check", "none.toml"]).failed(1);
    assert!(missing.err.contains("none.toml"), "{}", missing.err);
    assert_eq!(
        place.json(["strategy", "list"])["strategies"],
        serde_json::json!([])
    );
}

/// Runs a command that names its stores itself.
fn elsewhere(place: &Place, arguments: &[&str]) -> Outcome {
    Program::new(arguments).within(place.folder()).run()
}

fn copy(place: &Place, more: &[&str]) -> Outcome {
    let from = place.store();
    let arguments = ["copy", "--from", &from, "--to", "file:./other"];
    elsewhere(place, &[&arguments, more].concat())
}

#[test]
fn strategies_go_with_a_copy_and_with_a_backup() {
    let place = Place::new();
    place.write("cross.toml", CROSS);
    place.run(["strategy", "put", "cross.toml"]).ok();
    let copied = copy(&place, &[]).ok();
    assert!(copied.out.contains("1 strategy"), "{}", copied.out);
    place.run(["backup", "--to", "backup"]).ok();
    elsewhere(
        &place,
        &["restore", "--from", "backup", "--store", "file:./third"],
    )
    .ok();
    for store in ["file:./other", "file:./third"] {
        let show = ["strategy", "show", "sma-cross", "--json", "--store", store];
        assert_eq!(elsewhere(&place, &show).ok().json()["version"], 1);
    }
    place.write("cross.toml", CROSS.replace("50", "60"));
    place.run(["strategy", "put", "cross.toml"]).ok();
    let differing = copy(&place, &["--verify-only"]).failed(4);
    assert!(
        differing.out.contains("strategy sma-cross: version 2"),
        "{}",
        differing.out
    );
}
