//! What a dry run found, as clients see it.

use app::import::{BarValues, Difference, ImportPreview, SeriesPreview};
use interchange::{FileReport, PreviewBar, SeriesReport, Warning};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::LISTED;

/// What a dry run found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewBody {
    /// The files.
    files: Vec<FileBody>,
    /// The series, and what would become of each.
    series: Vec<SeriesPreviewBody>,
    /// What looks odd and would be kept, up to a hundred.
    warnings: Vec<WarningBody>,
}

/// A file, as it was read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileBody {
    name: String,
    sha256: String,
    bytes: u64,
    /// The dialect that it was read in.
    dialect: String,
    /// The zone of its times.
    zone: String,
    /// Which end of a bar its times name.
    stamp: String,
    /// How its rows follow each other: ascending, descending or unsorted.
    order: String,
    rows: u64,
    rejected: u64,
    /// What else is worth knowing.
    notes: Vec<String>,
}

/// One bar.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BarBody {
    time: String,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    /// What was traded; null when unknown.
    volume: Option<f64>,
}

/// A bar that is stored with other values.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedBarBody {
    before: BarBody,
    after: BarBody,
}

/// What would become of a series.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesPreviewBody {
    key: String,
    /// The newest version; 0 for a series that is not there yet.
    version: u64,
    /// How many bars were read for it.
    bars: u64,
    /// How many would be new.
    inserted: u64,
    /// How many would get other values.
    changed: u64,
    /// How many are there already.
    unchanged: u64,
    /// How many identical duplicates are dropped.
    duplicates: u64,
    first: Option<String>,
    last: Option<String>,
    /// The first bars, up to ten.
    head: Vec<BarBody>,
    /// The last bars, up to ten.
    tail: Vec<BarBody>,
    /// The first bars that would get other values, up to twenty.
    differences: Vec<ChangedBarBody>,
}

/// Something that looks odd and is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningBody {
    file: String,
    line: Option<u64>,
    column: String,
    rule: String,
    message: String,
}

impl From<&ImportPreview> for PreviewBody {
    fn from(preview: &ImportPreview) -> Self {
        let report = &preview.report;
        let series = preview.series.iter().zip(&report.series);
        Self {
            files: report.files.iter().map(Into::into).collect(),
            series: series
                .map(|(preview, found)| SeriesPreviewBody::of(preview, found))
                .collect(),
            warnings: report.warnings.iter().take(LISTED).map(Into::into).collect(),
        }
    }
}

impl From<&FileReport> for FileBody {
    fn from(file: &FileReport) -> Self {
        let order = match file.order {
            interchange::RowOrder::Ascending => "ascending",
            interchange::RowOrder::Descending => "descending",
            interchange::RowOrder::Unsorted => "unsorted",
        };
        Self {
            name: file.name.clone(),
            sha256: file.sha256.to_string(),
            bytes: file.bytes,
            dialect: file.dialect.clone(),
            zone: file.zone.clone(),
            stamp: file.stamp.to_string(),
            order: order.to_owned(),
            rows: file.rows,
            rejected: file.rejected,
            notes: file.notes.clone(),
        }
    }
}

impl SeriesPreviewBody {
    fn of(preview: &SeriesPreview, found: &SeriesReport) -> Self {
        Self {
            key: preview.key.to_string(),
            version: preview.version.0,
            bars: preview.bars,
            inserted: preview.inserted,
            changed: preview.changed,
            unchanged: preview.unchanged,
            duplicates: found.duplicates,
            first: found.first.map(|time| time.to_string()),
            last: found.last.map(|time| time.to_string()),
            head: found.head.iter().map(Into::into).collect(),
            tail: found.tail.iter().map(Into::into).collect(),
            differences: preview.differences.iter().map(Into::into).collect(),
        }
    }
}

impl From<&PreviewBar> for BarBody {
    fn from(bar: &PreviewBar) -> Self {
        Self {
            time: bar.time.to_string(),
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
        }
    }
}

impl From<&Difference> for ChangedBarBody {
    fn from(difference: &Difference) -> Self {
        let bar = |values: &BarValues| BarBody {
            time: difference.time.to_string(),
            open: values.open,
            high: values.high,
            low: values.low,
            close: values.close,
            volume: values.volume,
        };
        Self {
            before: bar(&difference.before),
            after: bar(&difference.after),
        }
    }
}

impl From<&Warning> for WarningBody {
    fn from(warning: &Warning) -> Self {
        Self {
            file: warning.file.clone(),
            line: warning.line,
            column: warning.column.clone(),
            rule: warning.rule.clone(),
            message: warning.message.clone(),
        }
    }
}
