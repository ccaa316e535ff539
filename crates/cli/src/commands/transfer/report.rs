//! What `copy`, `backup` and `restore` tell of a transfer.

use std::io::{self, Write};

use app::transfer::{ContentDifference, Outcome, RecordsTransfer, SeriesTransfer, SideContents, Transfer};

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
        if !(verify_only && row.is_missing()) {
            differences(row, out)?;
        }
    }
    for (noun, kind) in transfer.records() {
        records(noun, kind, verify_only, out)?;
    }
    if verify_only {
        to_come(transfer, out)?;
    }
    Ok(())
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

/// Prints in one line what the target has nothing of: before a first copy that is everything.
fn to_come(transfer: &Transfer, out: &mut dyn Write) -> io::Result<()> {
    let missing = |records: &RecordsTransfer| {
        let differences = records.differences.iter();
        differences.filter(|difference| difference.is_missing()).count() as u64
    };
    let series = transfer.series.iter().filter(|row| row.is_missing()).count() as u64;
    let kinds = transfer.records().map(|(noun, records)| (missing(records), noun));
    let named: Vec<String> = [(series, "series")]
        .into_iter()
        .chain(kinds)
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    writeln!(out, "Not in the target: {}.", named.join(", "))
}

/// Counts the bars that differ, by how they do; what there is none of is left out.
fn kinds(difference: &ContentDifference) -> String {
    let kinds = [
        (difference.only_source, "only in the source"),
        (difference.only_target, "only in the target"),
        (difference.changed, "changed"),
    ];
    let some: Vec<String> = kinds
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{} {kind}", numbers::count(count)))
        .collect();
    some.join(", ")
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
            "{key}: bars differ from {first} to {last}: {}",
            kinds(difference)
        )?;
    }
    for damage in &row.damages {
        let line = format!("{key}: {}: {}: {}", damage.side, damage.entity, damage.problem);
        writeln!(out, "{}", printable(&line))?;
    }
    Ok(())
}

fn records(noun: &str, records: &RecordsTransfer, verify_only: bool, out: &mut dyn Write) -> io::Result<()> {
    let differences = records.differences.iter();
    for difference in differences.filter(|difference| !(verify_only && difference.is_missing())) {
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
    ];
    let kinds = transfer.records();
    // A store may well have nothing but series, their instruments and imports.
    let told = |noun: &str, records: u64| records > 0 || matches!(noun, "instrument" | "import");
    sums.extend(
        kinds
            .iter()
            .filter(|(noun, kind)| told(noun, kind.records))
            .map(|(noun, kind)| counted(kind.records, noun)),
    );
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
    let differing = kinds.iter().map(|(_, kind)| kind.differences.len() as u64).sum();
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
