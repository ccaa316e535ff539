//! Originals that move to an archive once they are imported.

use std::fs;

use tests::{Place, minute_csv};

#[test]
fn originals_move_to_the_archive_and_the_report_says_where() {
    let place = Place::new();
    place.write("inbox/a.csv", minute_csv(0..100, 1));
    place.write("inbox/b.csv", minute_csv(100..200, 1));
    let import = ["import", "inbox", "--series", "X:A/1m", "--archive", "originals"];
    place.run(import.into_iter().chain(["--dry-run"])).ok();
    assert!(place.path("inbox/a.csv").exists(), "a dry run moves nothing");
    let done = place.json(import);
    let archived = done["archived"].as_array().unwrap();
    assert_eq!(archived.len(), 2);
    for file in archived {
        assert_eq!(file["state"], "moved", "{file}");
        let name = format!("originals/{}.", file["sha256"].as_str().unwrap());
        assert!(file["archive"].as_str().unwrap().starts_with(&name), "{file}");
    }
    assert_eq!(fs::read_dir(place.path("inbox")).unwrap().count(), 0);
    // What is in the archive can be imported as it is.
    let again = place.json(["import", "originals", "--series", "X:A/1m"]);
    assert_eq!(again["import"]["series"][0]["unchanged"], 200, "{again}");
}

#[test]
fn an_archive_that_cannot_be_written_leaves_the_originals_and_says_so() {
    let place = Place::new();
    let file = place.write("a.csv", minute_csv(0..100, 1));
    place.write("originals", "a file where the folder should be");
    let left = place
        .run(["import", "a.csv", "--series", "X:A/1m", "--archive", "originals"])
        .failed(1);
    assert!(left.out.contains("NOT archived: a.csv"), "{}", left.out);
    assert!(file.exists());
    assert_eq!(place.head("X:A/1m")["bars"], 100, "the import itself is done");
}

#[test]
fn standard_input_is_not_archived() {
    let place = Place::new();
    let refused = place
        .run(["import", "-", "--series", "X:A/1m", "--archive", "originals"])
        .failed(2);
    assert!(refused.err.contains("--archive"), "{}", refused.err);
}
