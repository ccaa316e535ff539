//! Backups, and what they restore to.

use std::{fs, thread, time::Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::scale;
use tests::{Outcome, Place, Program, minute_csv};

use tests::write_history;

fn restore(place: &Place, backup: &str, store: &str) -> Outcome {
    let store = format!("file:{}", place.path(store).display());
    Program::new(["restore", "--from", backup, "--store", &store])
        .within(place.folder())
        .run()
}

fn compare(place: &Place, store: &str) -> Outcome {
    let (from, to) = (place.store(), format!("file:{}", place.path(store).display()));
    Program::new(["copy", "--from", &from, "--to", &to, "--verify-only"])
        .within(place.folder())
        .run()
}

#[test]
fn a_backup_is_verified_brought_up_to_date_and_restored() {
    let place = Place::new();
    write_history(&place, 1_000);
    let made = place.run(["backup"]).ok();
    assert!(made.out.contains("The backup is complete"), "{}", made.out);
    place.write("later.csv", minute_csv(1_000..1_100, 1));
    place.run(["import", "later.csv", "--series", "X:A/1m"]).ok();
    let again = place.json(["backup", "--to", "./backup"]);
    assert_eq!(again["transfer"]["totals"]["copied_versions"], 1, "{again}");
    place.run(["backup", "--verify-only"]).ok();
    restore(&place, "backup", "restored").ok();
    compare(&place, "restored").ok();
    // A backup is a store: everything that reads stores reads it.
    let backup = format!("file:{}", place.path("backup").display());
    Program::new(["verify", "--store", &backup]).run().ok();
}

#[test]
fn a_damaged_backup_is_4_names_the_file_and_writes_nothing() {
    let place = Place::new();
    write_history(&place, 500);
    place.run(["backup"]).ok();
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(place.path("backup/manifest.json")).unwrap()).unwrap();
    let files = manifest["manifest"]["files"].as_array().unwrap();
    for file in [files.first(), files.last()].map(|file| file.unwrap()["path"].as_str().unwrap()) {
        let path = place.path("backup").join(file);
        let intact = fs::read(&path).unwrap();
        let mut changed = intact.clone();
        changed[7] ^= 1;
        fs::write(&path, changed).unwrap();
        let refused = restore(&place, "backup", "restored").failed(4);
        assert!(refused.out.contains(file), "{}", refused.out);
        assert!(!place.path("restored").exists());
        place.run(["backup", "--verify-only"]).failed(4);
        fs::write(&path, intact).unwrap();
    }
    restore(&place, "backup", "restored").ok();
}

#[test]
fn a_backup_that_is_killed_is_the_earlier_one_or_says_that_it_is_unfinished() {
    let seed = scale::seed();
    scale::announce("killed backup", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let place = Place::new();
    let rows = scale::count(200_000);
    write_history(&place, rows);
    let begin = Instant::now();
    place.run(["backup"]).ok();
    let whole = begin.elapsed();
    for kill in 0..10 {
        let more = rows + kill * rows / 10..rows + (kill + 1) * rows / 10;
        place.write("more.csv", minute_csv(more, 1));
        place.run(["import", "more.csv", "--series", "X:A/1m"]).ok();
        let mut child = place.program(["backup", "-q"]).start();
        thread::sleep(whole.mul_f64(chance.random_range(0.0..1.0)));
        child.kill().unwrap();
        child.wait().unwrap();
        let checked = place.run(["backup", "--verify-only"]);
        match checked.code {
            Some(0) => {}
            Some(4) => assert!(checked.out.contains("was not finished"), "{}", checked.out),
            other => panic!("{other:?}: {}{}", checked.out, checked.err),
        }
    }
    place.run(["backup"]).ok();
    place.run(["backup", "--verify-only"]).ok();
    restore(&place, "backup", "restored").ok();
    compare(&place, "restored").ok();
}

#[test]
fn folders_that_are_no_backup_are_refused() {
    let place = Place::new();
    let none = place.run(["backup"]).failed(3);
    assert!(none.err.contains("no store"), "{}", none.err);
    assert!(!place.path("store").exists() && !place.path("backup").exists());
    write_history(&place, 100);
    let nowhere = restore(&place, "nowhere", "restored").failed(1);
    assert!(nowhere.err.contains("has no manifest.json"), "{}", nowhere.err);
    place.run(["backup", "--to", "store"]).failed(2);
    place.write("full/note.txt", "something else");
    place.run(["backup", "--to", "full"]).failed(3);
}
