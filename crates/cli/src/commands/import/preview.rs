//! The report of `chandlery import --dry-run`.

use std::io::{self, Write};

use app::import::{ImportPreview, SeriesPreview};
use domain::market::Version;
use interchange::SeriesReport;
use serde::Serialize;

use super::tables;
use crate::output::{
    Report, counted, numbers,
    table::{Column, Table},
    times,
};

/// With more series than these, their bars are not shown.
const DETAILED_SERIES: usize = 5;

#[derive(Serialize)]
pub(crate) struct PreviewReport {
    dry_run: bool,
    #[serde(flatten)]
    preview: ImportPreview,
}

impl PreviewReport {
    pub(crate) fn new(preview: ImportPreview) -> Self {
        Self {
            dry_run: true,
            preview,
        }
    }
}

impl Report for PreviewReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let ImportPreview { report, series } = &self.preview;
        writeln!(out, "Dry run: nothing is written.\n")?;
        tables::files(&report.files, out)?;
        if series.len() <= DETAILED_SERIES {
            for (read, preview) in report.series.iter().zip(series) {
                detail(read, preview, out)?;
            }
        }
        writeln!(out, "\nWhat would change:")?;
        write!(out, "{}", changes(series))?;
        for preview in series.iter().filter(|preview| preview.changed > 0) {
            let shown = preview.differences.len() as u64;
            let first = if shown < preview.changed {
                format!("the first {shown} of ")
            } else {
                String::new()
            };
            let changed = counted(preview.changed, "changed bar");
            writeln!(out, "\n{}: {first}{changed}", preview.key)?;
            write!(
                out,
                "{}",
                tables::differences(&preview.differences, preview.key.timeframe)
            )?;
        }
        tables::rejected(report.rejected_rows, &report.rules, &report.rejected, out)?;
        if !report.warnings.is_empty() {
            writeln!(out)?;
        }
        tables::warnings(&report.warnings, out)
    }
}

fn detail(read: &SeriesReport, preview: &SeriesPreview, out: &mut dyn Write) -> io::Result<()> {
    let timeframe = preview.key.timeframe;
    let span = read
        .first
        .zip(read.last)
        .map_or_else(String::new, |(first, last)| {
            format!(
                " from {} to {}",
                times::bar_time(first, timeframe),
                times::bar_time(last, timeframe)
            )
        });
    writeln!(out, "\n{}: {}{span}", preview.key, counted(read.bars, "bar"))?;
    // Short series have the same bars at both ends.
    let last_of_head = read.head.last().map(|bar| bar.time);
    let tail: Vec<_> = read
        .tail
        .iter()
        .filter(|bar| Some(bar.time) > last_of_head)
        .cloned()
        .collect();
    let between = read.bars.saturating_sub((read.head.len() + tail.len()) as u64);
    let whole = tables::bars(&[read.head.as_slice(), tail.as_slice()].concat(), timeframe).to_string();
    for (index, line) in whole.lines().enumerate() {
        writeln!(out, "  {line}")?;
        if index == read.head.len() && between > 0 {
            writeln!(out, "  … {} …", counted(between, "more bar"))?;
        }
    }
    Ok(())
}

fn changes(series: &[SeriesPreview]) -> Table {
    let columns = [
        Column::Left("series"),
        Column::Left("now"),
        Column::Right("read"),
        Column::Right("new"),
        Column::Right("changed"),
        Column::Right("unchanged"),
        Column::Left("result"),
    ];
    let mut table = Table::new(&columns);
    for preview in series {
        let now = match preview.version {
            Version::EMPTY => "new".to_owned(),
            version => format!("version {version}"),
        };
        let result = match preview.inserted + preview.changed {
            0 => "no new version".to_owned(),
            _ => format!("version {}", preview.version.next()),
        };
        let [bars, inserted, changed, unchanged] =
            [preview.bars, preview.inserted, preview.changed, preview.unchanged].map(numbers::count);
        table.row([
            preview.key.to_string(),
            now,
            bars,
            inserted,
            changed,
            unchanged,
            result,
        ]);
    }
    table
}
