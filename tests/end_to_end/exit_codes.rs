//! What the shell is told.

use tests::{Place, Program, minute_csv};

#[test]
fn usage_errors_are_2_and_name_what_was_meant() {
    Program::new(["exprot"]).run().failed(2);
    let place = Place::new();
    let unknown = place
        .program(["config"])
        .with_env("CHANDLERY_STORE__ULR", "file:./x")
        .run()
        .failed(2);
    assert!(unknown.err.contains("CHANDLERY_STORE__URL"), "{}", unknown.err);
}

#[test]
fn a_series_that_does_not_exist_is_1() {
    let place = Place::new();
    let missing = place.run(["export", "X:NONE/1d"]).failed(1);
    assert!(missing.err.contains("X:NONE/1d"), "{}", missing.err);
}

#[test]
fn a_store_that_cannot_be_opened_is_3() {
    let place = Place::new();
    place.write("store", "a file where the store should be");
    let refused = place.run(["series", "list"]).failed(3);
    assert!(refused.err.contains("store"), "{}", refused.err);
}

#[test]
fn damage_is_4_and_its_file_is_named() {
    let place = Place::new();
    place.write("a.csv", minute_csv(0..100, 0));
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    let files = place.json(["series", "files", "X:A/1m"]);
    let file = files["files"][0].as_str().unwrap();
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(file, bytes).unwrap();
    let found = place.run(["verify"]).failed(4);
    let name = std::path::Path::new(file).file_name().unwrap().to_str().unwrap();
    assert!(
        format!("{}{}", found.out, found.err).contains(name),
        "{}{}",
        found.out,
        found.err
    );
    let read = place.run(["export", "X:A/1m"]).failed(1);
    assert!(read.err.contains(name), "{}", read.err);
}

#[test]
fn json_is_one_document_and_nothing_else() {
    let place = Place::new();
    place.write("a.csv", minute_csv(0..100, 0));
    for arguments in [
        &["import", "a.csv", "--series", "X:A/1m"][..],
        &["import", "list"],
        &["series", "list"],
        &["series", "show", "X:A/1m"],
        &["series", "commits", "X:A/1m"],
        &["series", "gaps", "X:A/1m"],
        &["series", "files", "X:A/1m"],
        &["verify"],
        &["dialects"],
        &["config"],
    ] {
        let document = place.json(arguments.iter().copied());
        assert!(document.is_object() || document.is_array(), "{arguments:?}");
    }
}
