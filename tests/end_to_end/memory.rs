//! How much memory an import takes.

use std::{fs, process::Child, thread, time::Duration};

use testkit::scale;
use tests::{Place, minute_csv, shuffled_minute_csv};

const LIMIT_KIB: u64 = 256 * 1024;

/// Reads the most memory that a process has had resident, in KiB.
fn peak_kib(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Imports `contents` and returns the peak of the program's memory, in MiB.
#[track_caller]
fn imports_within_the_limit(contents: &str, rows: u64) -> u64 {
    let place = Place::new();
    place.write("large.csv", contents);
    let mut child = place
        .program(["import", "large.csv", "--series", "X:A/1m", "-q"])
        .start();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(peak_kib(&child).unwrap_or(0));
        thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success());
    assert!(peak > 0, "the memory of the process could not be read");
    assert!(peak < LIMIT_KIB, "{} MiB for {rows} rows", peak / 1024);
    assert_eq!(place.head("X:A/1m")["bars"], rows);
    peak / 1024
}

/// A tenth of the rows is more than an import keeps in memory.
fn rows() -> u64 {
    scale::count(10_000_000).max(1_200_000)
}

#[test]
fn a_long_file_in_order_is_imported_in_bounded_memory() {
    let peak = imports_within_the_limit(&minute_csv(0..rows(), 0), rows());
    println!("{} rows in order: {peak} MiB at the most", rows());
}

#[test]
fn a_long_file_in_any_order_is_imported_in_bounded_memory() {
    let peak = imports_within_the_limit(&shuffled_minute_csv(0..rows(), 0), rows());
    println!("{} rows out of order: {peak} MiB at the most", rows());
}
