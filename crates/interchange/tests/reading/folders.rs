//! Paths become inputs, and files of a folder become series together.

use std::{fmt::Write, fs, path::PathBuf};

use interchange::{NoProgress, ReadOptions, find_inputs, scan};
use sha2::{Digest, Sha256};

use super::fixture::{Folder, refusal, times};

const DAY: &str = "date,open,high,low,close\n2024-01-02,1,2,1,2\n2024-01-03,1,2,1,2\n";

fn sha256(text: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

fn kline(minute: u64) -> String {
    format!(
        "{},1,2,1,2,5,{},9,1,1,1,0\n",
        1_704_067_200_000 + minute * 60_000,
        1_704_067_259_999 + minute * 60_000
    )
}

#[test]
fn folders_are_walked_by_name_and_leave_out_what_is_no_input() {
    let folder = Folder::of(&[
        ("b/z.csv", DAY.as_bytes()),
        ("b/a.csv", DAY.as_bytes()),
        ("a.csv", DAY.as_bytes()),
        (".hidden.csv", b"x"),
        (".git/a.csv", b"x"),
        ("a.csv.rejected.csv", b"x"),
        ("c.csv.CHECKSUM", b"x"),
    ]);
    let inputs = find_inputs(&[folder.path()], &ReadOptions::default()).unwrap();
    let names: Vec<_> = inputs
        .iter()
        .map(|input| input.path().unwrap().strip_prefix(folder.path()).unwrap())
        .collect();
    assert_eq!(names, ["a.csv", "b/a.csv", "b/z.csv"].map(std::path::Path::new));
}

#[test]
fn nothing_to_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing.csv")] {
        let refusal = refusal(find_inputs(&[path], &ReadOptions::default()));
        assert_eq!(refusal.rule, "no-input");
        assert!(refusal.message.starts_with("no price file in"), "{refusal}");
    }
    assert_eq!(
        refusal(find_inputs(&[], &ReadOptions::default())).rule,
        "no-input"
    );
}

#[test]
fn months_of_a_series_are_read_as_one() {
    let (january, february) = (kline(0) + &kline(1), kline(2) + &kline(3));
    let folder = Folder::of(&[
        ("BTCUSDT-1m-2024-02.csv", february.as_bytes()),
        ("BTCUSDT-1m-2024-01.csv", january.as_bytes()),
        ("ETHUSDT-1m-2024-01.csv", january.as_bytes()),
    ]);
    let outcome = folder.read(&ReadOptions::default()).unwrap();
    let mut series: Vec<_> = outcome.report.series.iter().zip(&outcome.series).collect();
    series.sort_by_key(|(report, _)| report.symbol.clone());
    assert_eq!(series.len(), 2);
    assert_eq!((series[0].1.len(), series[1].1.len()), (4, 2));
    assert_eq!(times(series[0].1)[3], "2024-01-01T00:03:00Z");
}

#[test]
fn timeframes_of_a_symbol_are_series_of_their_own() {
    let hours = kline(0) + &kline(60);
    let folder = Folder::of(&[
        ("BTCUSDT-1m-2024-01.csv", (kline(0) + &kline(1)).as_bytes()),
        ("BTCUSDT-1h-2024-01.csv", hours.as_bytes()),
    ]);
    let outcome = folder.read(&ReadOptions::default()).unwrap();
    let found: Vec<_> = outcome
        .report
        .series
        .iter()
        .map(|s| (s.timeframe.to_string(), s.bars))
        .collect();
    assert_eq!(found, [("1m".to_owned(), 2), ("1h".to_owned(), 2)]);
}

#[test]
fn conflicting_rows_of_two_files_name_each_other() {
    let folder = Folder::of(&[
        ("a.csv", DAY.as_bytes()),
        (
            "b.csv",
            b"date,open,high,low,close\n2024-01-03,1,3,1,2\n2024-01-04,1,2,1,2\n",
        ),
    ]);
    let outcome = folder.read(&ReadOptions::default()).unwrap();
    assert_eq!(outcome.only().len(), 2);
    let rows = &outcome.report.rejected;
    assert!(
        rows[0].file.ends_with("a.csv") && rows[0].line == 3 && rows[0].message.contains("b.csv:2"),
        "{rows:?}"
    );
    assert!(
        rows[1].file.ends_with("b.csv") && rows[1].line == 2 && rows[1].message.contains("a.csv:3"),
        "{rows:?}"
    );
}

#[test]
fn inputs_tell_their_hash_and_size() {
    let folder = Folder::of(&[("a.csv", DAY.as_bytes())]);
    let input = folder.inputs(&ReadOptions::default()).unwrap().remove(0);
    let expected: String = sha256(DAY);
    assert_eq!(
        (input.sha256().unwrap().as_str(), input.bytes()),
        (expected.as_str(), DAY.len() as u64)
    );
    assert!(input.name().ends_with("a.csv"));
}

#[test]
fn a_checksum_beside_a_file_is_verified() {
    let sum: String = sha256(DAY);
    let right = Folder::of(&[
        ("a.csv", DAY.as_bytes()),
        ("a.csv.CHECKSUM", format!("{sum}  a.csv\n").as_bytes()),
    ]);
    assert_eq!(
        find_inputs(&[right.path()], &ReadOptions::default())
            .unwrap()
            .len(),
        1
    );
    let wrong = Folder::of(&[("a.csv", DAY.as_bytes()), ("a.csv.CHECKSUM", b"00ff  a.csv\n")]);
    let refusal = refusal(find_inputs(&[wrong.path()], &ReadOptions::default()));
    assert_eq!(refusal.rule, "checksum");
    assert!(refusal.file.ends_with("a.csv"));
}

#[test]
fn a_file_that_changed_since_it_was_found_is_refused() {
    let folder = Folder::of(&[("a.csv", DAY.as_bytes())]);
    let options = ReadOptions::default();
    let inputs = folder.inputs(&options).unwrap();
    fs::write(folder.path().join("a.csv"), format!("{DAY}2024-01-04,1,2,1,2\n")).unwrap();
    assert_eq!(refusal(scan(&inputs, &options, &NoProgress)).rule, "file-changed");
}

#[test]
fn a_scratch_folder_that_is_missing_is_named() {
    let scratch = PathBuf::from("no-such-folder-for-scratch");
    let text = format!("{DAY}2024-01-04,1,2,1,2\n");
    let folder = Folder::of(&[("a.csv", text.as_bytes())]);
    let error = folder
        .scan(&ReadOptions {
            memory_rows: 1,
            scratch,
            ..ReadOptions::default()
        })
        .unwrap_err();
    assert!(
        error.to_string().contains("no-such-folder-for-scratch"),
        "{error}"
    );
}
