//! The report of `chandlery import`.

use std::io::{self, Write};

use app::import::{ArchivedFile, ImportOutcome};
use domain::market::ImportedSeries;
use serde::Serialize;

use super::tables;
use crate::output::{
    Report, counted, numbers,
    table::{Column, Table},
};

#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct OutcomeReport(ImportOutcome);

impl OutcomeReport {
    pub(crate) fn new(outcome: ImportOutcome) -> Self {
        Self(outcome)
    }
}

/// Prints what became of each series.
pub(crate) fn series_table(series: &[ImportedSeries]) -> Table {
    let columns = [
        Column::Left("series"),
        Column::Right("read"),
        Column::Right("new"),
        Column::Right("changed"),
        Column::Right("unchanged"),
        Column::Right("duplicates"),
        Column::Left("result"),
    ];
    let mut table = Table::new(&columns);
    for series in series {
        let result = match series.version {
            Some(version) => format!("version {version}"),
            None => format!("unchanged, still version {}", series.before),
        };
        let [bars, inserted, changed, unchanged, duplicates] = [
            series.bars,
            series.inserted,
            series.changed,
            series.unchanged,
            series.duplicates,
        ]
        .map(numbers::count);
        table.row([
            series.key.to_string(),
            bars,
            inserted,
            changed,
            unchanged,
            duplicates,
            result,
        ]);
    }
    table
}

impl Report for OutcomeReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let ImportOutcome {
            import,
            report,
            differences,
            quarantine,
            archived,
        } = &self.0;
        tables::files(&report.files, out)?;
        writeln!(out)?;
        write!(out, "{}", series_table(&import.series))?;
        for series in &import.series {
            let Some(listed) = differences.get(&series.key.to_string()) else {
                continue;
            };
            let shown = listed.len() as u64;
            let first = if shown < series.changed {
                format!("the first {shown} of ")
            } else {
                String::new()
            };
            writeln!(
                out,
                "\n{}: {first}{}",
                series.key,
                counted(series.changed, "changed bar")
            )?;
            write!(out, "{}", tables::differences(listed, series.key.timeframe))?;
        }
        tables::rejected(report.rejected_rows, &report.rules, &report.rejected, out)?;
        for file in quarantine {
            writeln!(out, "Rejected rows are in {}.", file.path.display())?;
        }
        if !report.warnings.is_empty() {
            writeln!(out)?;
        }
        tables::warnings(&report.warnings, out)?;
        tables::archived(archived, out)?;
        let versions = import
            .series
            .iter()
            .filter(|series| series.version.is_some())
            .count() as u64;
        if versions == 0 {
            writeln!(
                out,
                "\nEvery bar was there already, bit for bit: no new version was made."
            )
        } else {
            writeln!(
                out,
                "\nDone. `chandlery import undo {}` takes it back.",
                import.id
            )
        }
    }

    fn is_summary(&self) -> bool {
        !self.0.archived.iter().any(ArchivedFile::is_left)
    }
}
