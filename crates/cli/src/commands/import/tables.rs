//! Tables that several reports of `import` share.

use std::io::{self, Write};

use app::import::{ArchiveState, ArchivedFile, BarValues, Difference};
use domain::market::{RejectedRow, RuleCount, Timeframe};
use interchange::{FileReport, PreviewBar, Warning};

use crate::output::{
    counted, numbers,
    table::{Column, Table, printable},
    times,
};

/// How many rows of a list are shown to people.
const SHOWN: usize = 20;

const BAR_COLUMNS: [Column; 6] = [
    Column::Left("time (UTC)"),
    Column::Right("open"),
    Column::Right("high"),
    Column::Right("low"),
    Column::Right("close"),
    Column::Right("volume"),
];

/// Prints times and values as aligned columns.
pub(crate) fn bars(bars: &[PreviewBar], timeframe: Timeframe) -> Table {
    let mut table = Table::new(&BAR_COLUMNS);
    let flat: Vec<f64> = bars
        .iter()
        .flat_map(|bar| [bar.open, bar.high, bar.low, bar.close])
        .collect();
    for (bar, prices) in bars.iter().zip(numbers::prices(&flat).chunks_exact(4)) {
        let time = times::bar_time(bar.time, timeframe);
        table.row(
            [time]
                .into_iter()
                .chain(prices.iter().cloned())
                .chain([numbers::volume(bar.volume)]),
        );
    }
    table
}

/// Prints stored values above those that take their place.
pub(crate) fn differences(differences: &[Difference], timeframe: Timeframe) -> Table {
    let mut columns = BAR_COLUMNS.to_vec();
    columns.insert(1, Column::Left(""));
    let mut table = Table::new(&columns);
    let prices = |values: &BarValues| [values.open, values.high, values.low, values.close];
    let flat: Vec<f64> = differences
        .iter()
        .flat_map(|pair| [prices(&pair.before), prices(&pair.after)].concat())
        .collect();
    for (pair, prices) in differences.iter().zip(numbers::prices(&flat).chunks_exact(8)) {
        let (before, after) = prices.split_at(4);
        let row = |time: String, label: &str, prices: &[String], volume| {
            let label = label.to_owned();
            [time, label]
                .into_iter()
                .chain(prices.to_vec())
                .chain([numbers::volume(volume)])
                .collect::<Vec<_>>()
        };
        table.row(row(
            times::bar_time(pair.time, timeframe),
            "before",
            before,
            pair.before.volume,
        ));
        table.row(row(String::new(), "after", after, pair.after.volume));
    }
    table
}

/// Prints each file: how it was read, and what was remarkable.
pub(crate) fn files(files: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    let columns = [
        Column::Left("file"),
        Column::Left("dialect"),
        Column::Left("zone"),
        Column::Left("stamp"),
        Column::Right("rows"),
        Column::Right("rejected"),
    ];
    let mut table = Table::new(&columns);
    for file in files.iter().take(SHOWN) {
        table.row([
            file.name.clone(),
            file.dialect.clone(),
            file.zone.clone(),
            file.stamp.to_string(),
            numbers::count(file.rows),
            numbers::count(file.rejected),
        ]);
    }
    write!(out, "{table}")?;
    more(files.len(), "file", out)?;
    for file in files.iter().take(SHOWN) {
        for note in &file.notes {
            writeln!(out, "note: {}: {}", printable(&file.name), printable(note))?;
        }
    }
    Ok(())
}

/// Prints what was turned away, by rule and then row by row.
pub(crate) fn rejected(
    total: u64,
    rules: &[RuleCount],
    rows: &[RejectedRow],
    out: &mut dyn Write,
) -> io::Result<()> {
    if total == 0 {
        return Ok(());
    }
    let by_rule: Vec<_> = rules
        .iter()
        .map(|rule| format!("{} {}", rule.rule, numbers::count(rule.rows)))
        .collect();
    writeln!(
        out,
        "\n{} rejected: {}",
        counted(total, "row"),
        by_rule.join(", ")
    )?;
    for row in rows.iter().take(SHOWN) {
        let column = if row.column.is_empty() {
            String::new()
        } else {
            format!("column {}: ", row.column)
        };
        let line = format!(
            "{}:{}: {column}{} [{}]",
            row.file, row.line, row.message, row.rule
        );
        writeln!(out, "  {}", printable(&line))?;
    }
    more(usize::try_from(total).unwrap_or(usize::MAX), "row", out)
}

/// Prints what looks odd and was kept.
pub(crate) fn warnings(warnings: &[Warning], out: &mut dyn Write) -> io::Result<()> {
    for warning in warnings.iter().take(SHOWN) {
        let line = warning.line.map_or_else(String::new, |line| format!(":{line}"));
        let text = format!("{}{line}: {} [{}]", warning.file, warning.message, warning.rule);
        writeln!(out, "warning: {}", printable(&text))?;
    }
    more(warnings.len(), "warning", out)
}

/// Prints which files went where, and which stayed.
pub(crate) fn archived(files: &[ArchivedFile], out: &mut dyn Write) -> io::Result<()> {
    if !files.is_empty() {
        writeln!(out)?;
    }
    for file in files
        .iter()
        .filter(|file| file.is_left())
        .chain(files.iter().filter(|file| !file.is_left()).take(SHOWN))
    {
        let original = file.original.display();
        let line = match &file.state {
            ArchiveState::Moved { archive } => format!("{original} is now {}", archive.display()),
            ArchiveState::KnownBefore { archive } => {
                format!(
                    "{original} was in the archive already, as {}; removed",
                    archive.display()
                )
            }
            ArchiveState::Left { problem } => format!("NOT archived: {original}: {problem}"),
        };
        writeln!(out, "{}", printable(&line))?;
    }
    more(
        files.iter().filter(|file| !file.is_left()).count(),
        "archived file",
        out,
    )
}

fn more(total: usize, noun: &str, out: &mut dyn Write) -> io::Result<()> {
    if total > SHOWN {
        writeln!(out, "  … and {} more", counted((total - SHOWN) as u64, noun))
    } else {
        Ok(())
    }
}
