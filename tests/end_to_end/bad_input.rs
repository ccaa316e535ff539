//! Files that are not what they seem: the reason with file, line, column and rule, and nothing half stored.

use std::ops::Range;

use tests::Place;

fn daily(rows: &str) -> String {
    format!("Date,Open,High,Low,Close,Volume\n{rows}")
}

fn good_days(count: usize) -> String {
    days(0..count, "10,12,9,11,100")
}

fn days(days: Range<usize>, values: &str) -> String {
    let lines: Vec<String> = days.map(|day| format!("{},{values}\n", date(day))).collect();
    lines.concat()
}

fn date(day: usize) -> String {
    format!("20{:02}-{:02}-{:02}", day / 336, day / 28 % 12 + 1, day % 28 + 1)
}

#[track_caller]
fn refused(contents: impl AsRef<[u8]>, expected: &[&str]) {
    let place = Place::new();
    place.write("bad.csv", contents);
    let outcome = place.run(["import", "bad.csv", "--series", "X:A/1d"]).failed(1);
    for part in expected {
        assert!(
            outcome.err.contains(part),
            "`{part}` is missing in: {}",
            outcome.err
        );
    }
    assert!(place.head("X:A/1d").is_null(), "nothing may be stored");
}

#[test]
fn a_web_page_is_told_apart_from_prices() {
    refused(
        "<!DOCTYPE html><html><body>Sign in</body></html>",
        &["bad.csv", "web page"],
    );
}

#[test]
fn bytes_are_told_apart_from_text() {
    refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &["bad.csv"]);
    refused(
        b"Date,Open,High,Low,Close,Volume\n2024-01-02,1,2,1,\xff\xfe,3\n",
        &["bad.csv"],
    );
}

#[test]
fn a_missing_column_and_a_wrong_count_of_fields_name_their_line() {
    refused(
        "Date,Open,High,Low,Volume\n2024-01-02,1,2,1,5\n",
        &["bad.csv:1", "close"],
    );
    refused(
        daily("2024-01-02,1,2,1,2,5\n2024-01-03,1,2,1,2\n"),
        &["bad.csv:3", "field"],
    );
}

#[test]
fn too_many_bad_rows_fail_the_import_and_are_kept_for_reading() {
    let place = Place::new();
    let swapped = days(400..410, "10,9,12,11,100");
    place.write("bad.csv", daily(&(good_days(100) + &swapped)));
    let outcome = place.run(["import", "bad.csv", "--series", "X:A/1d"]).failed(1);
    for part in ["bad.csv:102", "High", "--max-rejected"] {
        assert!(
            outcome.err.contains(part),
            "`{part}` is missing in: {}",
            outcome.err
        );
    }
    assert!(place.head("X:A/1d").is_null());
    let rejected = std::fs::read_to_string(place.path("bad.csv.rejected.csv")).unwrap();
    assert_eq!(rejected.lines().count(), 11, "{rejected}");
    place
        .run(["import", "bad.csv", "--series", "X:A/1d", "--max-rejected", "20%"])
        .ok();
    assert_eq!(place.head("X:A/1d")["bars"], 100);
}

#[test]
fn a_few_bad_rows_are_put_aside_with_line_column_and_rule() {
    let place = Place::new();
    let bad = format!("{},10,12,9,NaN,100\n{},10,12,9,11,-5\n", date(200), date(201));
    place.write("bad.csv", daily(&(good_days(100) + &bad)));
    let report = place.json(["import", "bad.csv", "--series", "X:A/1d"]);
    assert_eq!(place.head("X:A/1d")["bars"], 100, "{report}");
    let rejected = report["report"]["rejected"].as_array().unwrap();
    let told: Vec<_> = rejected
        .iter()
        .map(|row| (row["line"].as_u64(), row["column"].as_str()))
        .collect();
    assert_eq!(told, [(Some(102), Some("Close")), (Some(103), Some("Volume"))]);
    let file = std::fs::read_to_string(place.path("bad.csv.rejected.csv")).unwrap();
    assert!(file.starts_with("file,line,column,rule,message,text\n"), "{file}");
    assert!(file.contains("10,12,9,NaN,100"), "{file}");
}

#[test]
fn one_bad_file_of_a_folder_keeps_the_others_out() {
    let place = Place::new();
    place.write("folder/a.csv", daily(&good_days(50)));
    place.write("folder/b.csv", "<html></html>");
    place.run(["import", "folder", "--series", "X:A/1d"]).failed(1);
    assert!(place.head("X:A/1d").is_null());
}
