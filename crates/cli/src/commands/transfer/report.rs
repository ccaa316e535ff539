//! What `copy`, `backup` and `restore` tell of a transfer.

use std::io::{self, Write};

use app::transfer::{Outcome, RecordsTransfer, SeriesTransfer, SideContents, Transfer};

use crate::output::{
    counted, numbers,
    table::{Column, Table, printable},
    times,
};

/// How many digits of a digest a table shows; JSON has all of them.
const DIGITS: usize = 12;

/// Prints a row for each series, and below what does not match.
pub(super) fn series(transfer: &Transfer, verify_only: bool, out: &mut dyn Write) -> io::Result<()> {
    let columns = [
        Column::Left("series"),
        Column::Right("from: versions"),
        Column::Right("bars"),
        Column::Left("digest"),
        Column::Right("to: versions"),
        Column::Right("bars"),
        Column::Left("digest"),
        Column::Left("result"),
    ];
    let mut table = Table::new(&columns);
    for row in &transfer.series {
        let from = side(Some(&row.source));
        let to = side(row.target.as_ref());
        let result = result(row, verify_only);
        let key = row.key.to_string();
        table.row([key].into_iter().chain(from).chain(to).chain([result]));
    }
    if !transfer.series.is_empty() {
        writeln!(out, "{table}")?;
    }
    for row in &transfer.series {
        differences(row, out)?;
    }
    records("instrument", &transfer.instruments, out)?;
    records("import", &transfer.imports, out)?;
    records("strategy", &transfer.strategies, out)
}

fn side(contents: Option<&SideContents>) -> [String; 3] {
    let Some(contents) = contents else {
        return ["–", "–", "–"].map(str::to_owned);
    };
    let digest = contents.read_digest.map_or_else(
        || "unreadable".to_owned(),
        |digest| {
            let mut text = digest.to_string();
            text.truncate(DIGITS);
            text
        },
    );
    let bars = contents.read_bars.unwrap_or(contents.bars);
    [numbers::count(contents.versions), numbers::count(bars), digest]
}

fn result(row: &SeriesTransfer, verify_only: bool) -> String {
    match row.outcome {
        Outcome::Copied => format!("{} copied", counted(row.copied_versions, "version")),
        Outcome::UpToDate if verify_only => "matches".to_owned(),
        Outcome::UpToDate => "up to date".to_owned(),
        Outcome::Ahead => "AHEAD".to_owned(),
        Outcome::Differs => "DIFFERS".to_owned(),
        Outcome::Refused => "REFUSED".to_owned(),
        Outcome::Damaged => "DAMAGED".to_owned(),
    }
}

fn differences(row: &SeriesTransfer, out: &mut dyn Write) -> io::Result<()> {
    let key = &row.key;
    if let Some(problem) = &row.problem {
        writeln!(out, "{key}: {}", printable(problem))?;
    }
    if let Some(difference) = &row.difference {
        let (first, last) = (difference.first, difference.last);
        let [first, last] = [first, last].map(|time| times::bar_time(time, key.timeframe));
        writeln!(
            out,
            "{key}: bars differ from {first} to {last}: {} only in the source, {} only in the target, {} changed",
            numbers::count(difference.only_source),
            numbers::count(difference.only_target),
            numbers::count(difference.changed)
        )?;
    }
    for damage in &row.damages {
        let line = format!("{key}: {}: {}: {}", damage.side, damage.entity, damage.problem);
        writeln!(out, "{}", printable(&line))?;
    }
    Ok(())
}

fn records(noun: &str, records: &RecordsTransfer, out: &mut dyn Write) -> io::Result<()> {
    for difference in &records.differences {
        let line = format!("{noun} {}: {}", difference.name, difference.problem);
        writeln!(out, "{}", printable(&line))?;
    }
    Ok(())
}

/// Prints what it comes to, in one line.
pub(super) fn summary(transfer: &Transfer, out: &mut dyn Write) -> io::Result<()> {
    let totals = &transfer.totals;
    let mut sums = vec![
        counted(totals.series, "series"),
        counted(totals.versions, "version"),
        counted(totals.bars, "bar"),
        counted(transfer.instruments.records, "instrument"),
        counted(transfer.imports.records, "import"),
    ];
    if transfer.strategies.records > 0 {
        sums.push(counted(transfer.strategies.records, "strategy"));
    }
    let sums = sums.join(", ");
    let copied = match totals.copied_versions {
        0 => String::new(),
        copied => format!(
            " {} with {} copied.",
            counted(copied, "version"),
            counted(totals.copied_bars, "changed bar")
        ),
    };
    if transfer.matches {
        return writeln!(
            out,
            "Everything matches, read back on both sides: {sums}.{copied}"
        );
    }
    let records = [&transfer.instruments, &transfer.imports, &transfer.strategies];
    let differing = records
        .iter()
        .map(|records| records.differences.len() as u64)
        .sum();
    let series = counted(totals.unmatched, "series");
    let verb = if totals.unmatched == 1 { "does" } else { "do" };
    let records = counted(differing, "record");
    let unmatched = match (totals.unmatched, differing) {
        (_, 0) => format!("{series} {verb} not match"),
        (0, 1) => format!("{records} does not match"),
        (0, _) => format!("{records} do not match"),
        _ => format!("{series} and {records} do not match"),
    };
    let left_alone = transfer
        .series
        .iter()
        .any(|row| matches!(row.outcome, Outcome::Ahead | Outcome::Differs | Outcome::Refused));
    let left_alone = if left_alone {
        " What differs was left alone."
    } else {
        ""
    };
    writeln!(out, "{unmatched}, of {sums}.{copied}{left_alone}")
}
