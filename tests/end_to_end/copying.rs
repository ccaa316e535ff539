//! Copying everything of one store to another.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use testkit::scale;
use tests::{
    Outcome, Place, Program,
    killing::{MOST_KILLS, is_broken_off},
    minute_csv, write_history,
};

/// How often a copy is killed at any moment.
const KILLS: u32 = 10;

fn url(place: &Place, name: &str) -> String {
    format!("file:{}", place.path(name).display())
}

fn program(place: &Place, to: &str, more: &[&str]) -> Program {
    let (from, to) = (place.store(), url(place, to));
    let arguments = ["copy", "--from", &from, "--to", &to];
    Program::new(arguments.iter().chain(more)).within(place.folder())
}

fn copy(place: &Place, to: &str, more: &[&str]) -> Outcome {
    program(place, to, more).run()
}

/// Runs a command on another store of the place.
fn on(place: &Place, store: &str, arguments: &[&str]) -> Outcome {
    let store = url(place, store);
    Program::new(arguments.iter().chain(&["--store", &store]))
        .within(place.folder())
        .run()
}

/// What can be seen of a store: heads without what is its own, all commits, all instruments.
fn contents(place: &Place, store: &str) -> Value {
    let list = on(place, store, &["series", "list", "--json"]).ok().json();
    let mut series = list["series"].as_array().unwrap().clone();
    for head in &mut series {
        let key = head["key"].as_str().unwrap().to_owned();
        let head = head.as_object_mut().unwrap();
        head.remove("id");
        head.remove("bytes");
        let commits = on(place, store, &["series", "commits", &key, "--json"])
            .ok()
            .json();
        head.insert("commits".to_owned(), commits["commits"].clone());
        let mut shown = on(place, store, &["series", "show", &key, "--json"]).ok().json();
        head.insert("instrument".to_owned(), shown["instrument"].take());
    }
    let imports = on(place, store, &["import", "list", "--json"]).ok().json();
    serde_json::json!({ "series": series, "imports": imports })
}

#[test]
fn everything_is_copied_and_copying_again_copies_nothing() {
    let place = Place::new();
    write_history(&place, 2_000);
    let done = copy(&place, "copy", &["--json"]).ok().json();
    assert_eq!(done["matches"], true, "{done}");
    assert_eq!(done["totals"]["copied_versions"], 5);
    let row = &done["series"][0];
    assert_eq!(row["source"]["read_digest"], row["target"]["digest"]);
    assert_eq!(row["source"]["read_digest"].as_str().unwrap().len(), 32);
    assert_eq!(contents(&place, "store"), contents(&place, "copy"));
    for version in ["1", "2", "3", "4"] {
        let export = ["export", "X:A/1m", "--as-of", version];
        assert_eq!(
            on(&place, "store", &export).ok().out,
            on(&place, "copy", &export).ok().out
        );
    }
    on(&place, "copy", &["verify"]).ok();
    let again = copy(&place, "copy", &["--json"]).ok().json();
    assert_eq!(again["totals"]["copied_versions"], 0);
    assert_eq!(again["series"][0]["outcome"], "up_to_date");
    copy(&place, "copy", &["--verify-only"]).ok();
}

#[test]
fn a_copy_that_is_killed_is_completed_by_running_it_again() {
    let seed = scale::seed();
    scale::announce("killed copy", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let place = Place::new();
    // Enough for a copy to take long, however small the scale.
    write_history(&place, scale::count(1_000_000).max(100_000));
    // The shorter of two: the first run may have had to read the program from disk.
    let time = |target: &str| {
        let begin = Instant::now();
        copy(&place, target, &[]).ok();
        begin.elapsed()
    };
    let whole = time("whole").min(time("again"));
    let expected = contents(&place, "store");
    let (mut kill, mut broken_off) = (0, 0);
    while kill < KILLS || broken_off == 0 {
        assert!(kill < MOST_KILLS, "no copy was broken off");
        let target = format!("killed-{kill}");
        let mut child = program(&place, &target, &["-q"]).start();
        let was_cut_short = if kill < KILLS {
            thread::sleep(whole.mul_f64(chance.random_range(0.0..1.0)));
            child.kill().unwrap();
            !child.wait().unwrap().success()
        } else {
            // The others were quicker than the one that was timed.
            is_broken_off(child, &place.path(&target), &mut chance)
        };
        broken_off += u32::from(was_cut_short);
        if place.path(&target).join("chandlery.json").exists() {
            on(&place, &target, &["verify"]).ok();
        }
        copy(&place, &target, &[]).ok();
        assert_eq!(contents(&place, &target), expected, "kill {kill}");
        fs::remove_dir_all(place.path(&target)).unwrap();
        kill += 1;
    }
}

#[test]
fn a_target_that_diverged_is_left_alone_with_exit_code_4_and_named() {
    let place = Place::new();
    write_history(&place, 500);
    place.write("other.csv", minute_csv(0..499, 1));
    on(&place, "copy", &["import", "other.csv", "--series", "X:A/1m"]).ok();
    let before = on(&place, "copy", &["export", "X:A/1m"]).ok().out;
    let done = copy(&place, "copy", &[]).failed(4);
    assert!(
        done.out.contains("X:A/1m: version 1 is the first that differs"),
        "{}",
        done.out
    );
    assert!(
        done.out.contains("2000-01-01 08:19"),
        "the time of the bar that differs: {}",
        done.out
    );
    assert_eq!(on(&place, "copy", &["export", "X:A/1m"]).ok().out, before);
    let other = on(&place, "copy", &["series", "list", "X:C", "--json"])
        .ok()
        .json();
    assert_eq!(other["series"][0]["bars"], 2, "other series are copied");
}

#[test]
fn a_flipped_bit_in_a_copy_is_4_and_its_chunk_is_named() {
    let place = Place::new();
    write_history(&place, 500);
    copy(&place, "copy", &[]).ok();
    let files = on(&place, "copy", &["series", "files", "X:A/1m", "--json"])
        .ok()
        .json();
    let file = files["files"][0].as_str().unwrap();
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(file, bytes).unwrap();
    let found = copy(&place, "copy", &["--verify-only"]).failed(4);
    let name = file.rsplit('/').next().unwrap();
    assert!(
        found.out.contains("DAMAGED") && found.out.contains(name),
        "{}",
        found.out
    );
}

#[test]
fn a_pattern_copies_some_series() {
    let place = Place::new();
    write_history(&place, 100);
    let done = copy(&place, "copy", &["--series", "X:?/1d", "--json"])
        .ok()
        .json();
    assert_eq!(done["series"].as_array().unwrap().len(), 1);
    let none = copy(&place, "copy", &["--series", "Y:*"]).failed(1);
    assert!(none.err.contains("Y:*"), "{}", none.err);
}

#[test]
fn calls_that_make_no_sense_are_refused_before_anything_is_made() {
    let place = Place::new();
    write_history(&place, 100);
    let store = place.store();
    let same = copy(&place, "./store/../store", &[]).failed(2);
    assert!(same.err.contains("same store"), "{}", same.err);
    copy(&place, "copy", &["--store", &store]).failed(2);
    copy(&place, "copy", &["--verify-only"]).failed(3);
    let missing = Program::new(["copy", "--from", "file:./nowhere", "--to", "file:./copy"]);
    let missing = missing.within(place.folder()).run().failed(3);
    assert!(missing.err.contains("file:./nowhere"), "{}", missing.err);
    assert!(!place.path("nowhere").exists() && !place.path("copy").exists());
}

#[test]
fn passwords_are_not_shown() {
    let place = Place::new();
    write_history(&place, 100);
    let (store, begin) = (place.store(), Instant::now());
    for url in [
        "postgres://ada:canary@127.0.0.1:1/prices",
        "postgres://127.0.0.1:1/prices?user=ada&password=canary",
        "postgre://ada:canary@127.0.0.1:1/prices",
    ] {
        for (from, to) in [(url, store.as_str()), (&store, url), (url, url)] {
            let refused = Program::new(["copy", "--from", from, "--to", to])
                .within(place.folder())
                .with_env("CHANDLERY_LOG__FILTER", "trace")
                .run();
            assert_ne!(refused.code, Some(0));
            let said = refused.out + &refused.err;
            assert!(!said.contains("canary"), "{said}");
        }
    }
    assert!(begin.elapsed() < Duration::from_mins(2));
}
