//! An import as clients see it.

use std::collections::BTreeMap;

use app::{
    desk::{ImportStatus, ProgressStatus},
    import::{BarValues, Difference, ImportPreview, SeriesPreview, UndoOutcome, UndoneImport},
};
use domain::market::{ImportSource, ImportedSeries, RejectedRow};
use interchange::{FileReport, PreviewBar, SeriesReport, Warning};
use serde::Serialize;
use utoipa::ToSchema;

use super::{UndoneBody, UndoneSeriesBody};
use crate::problem::{ApiError, Violation};

/// How many rejected rows and warnings a body lists; `rejected.csv` has more.
const LISTED: usize = 100;

/// An import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportBody {
    /// Its id; each of its commits carries it.
    id: String,
    /// waiting, checking, checked (a dry run that can be confirmed), running, done, failed, cancelled or undone.
    state: String,
    /// Whether it was sent as a dry run.
    dry_run: bool,
    /// When it was handed in.
    started_at: String,
    /// When it ended.
    finished_at: Option<String>,
    /// Who imports.
    author: Option<String>,
    /// The options that were given.
    options: BTreeMap<String, String>,
    /// What it is busy with.
    progress: Option<ProgressBody>,
    /// What a dry run found.
    preview: Option<PreviewBody>,
    /// The files that it read.
    sources: Vec<SourceBody>,
    /// What became of each series.
    series: Vec<ImportedBody>,
    /// How many rows were turned away.
    rejected_rows: u64,
    /// How many rows each rule turned away.
    rules: BTreeMap<String, u64>,
    /// The first rows that were turned away, up to a hundred; `rejected.csv` has up to a thousand.
    rejected: Vec<RejectedBody>,
    /// Why it failed.
    error: Option<FailureBody>,
}

/// What an import is busy with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressBody {
    /// reading (in bytes), comparing or writing (in bars).
    stage: String,
    /// The series that is compared or written.
    series: Option<String>,
    /// How much is done.
    done: u64,
    /// How much there is, where that is known.
    total: Option<u64>,
}

/// Why an import failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailureBody {
    /// The kind of problem, as in the `type` of an error.
    #[serde(rename = "type")]
    kind: String,
    /// What kind of problem it is, for people.
    title: String,
    /// The status that a request would have got for it.
    status: u16,
    /// What happened, and what to do.
    detail: String,
    /// The faults, one by one.
    errors: Vec<Violation>,
}

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

/// A file that was imported.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceBody {
    name: String,
    sha256: String,
    bytes: u64,
    dialect: String,
    zone: String,
    rows: u64,
    rejected: u64,
}

/// What became of a series.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportedBody {
    key: String,
    /// Its version before.
    before: u64,
    /// The version that the import made; null when every bar was there already.
    version: Option<u64>,
    bars: u64,
    inserted: u64,
    changed: u64,
    unchanged: u64,
    duplicates: u64,
}

/// A row that was turned away.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectedBody {
    file: String,
    line: u64,
    column: String,
    rule: String,
    message: String,
    text: String,
}

impl From<ImportStatus> for ImportBody {
    fn from(status: ImportStatus) -> Self {
        let mut body = Self {
            id: status.id.to_string(),
            state: status.phase.to_string(),
            dry_run: status.dry_run,
            started_at: status.started_at.to_string(),
            finished_at: None,
            author: None,
            options: BTreeMap::new(),
            progress: status.progress.map(Into::into),
            preview: None,
            sources: Vec::new(),
            series: Vec::new(),
            rejected_rows: 0,
            rules: BTreeMap::new(),
            rejected: Vec::new(),
            error: status
                .failure
                .as_deref()
                .map(|error| ApiError::of_import(error).into()),
        };
        if let Some(preview) = status.preview.as_deref() {
            let report = &preview.report;
            body.rejected_rows = report.rejected_rows;
            body.rules = report
                .rules
                .iter()
                .map(|rule| (rule.rule.clone(), rule.rows))
                .collect();
            body.rejected = report.rejected.iter().take(LISTED).map(Into::into).collect();
            body.preview = Some(preview.into());
        }
        if let Some(import) = status.record {
            body.finished_at = import.finished_at.map(|time| time.to_string());
            body.author = Some(import.author.to_string());
            body.options = import.options;
            body.sources = import.sources.into_iter().map(Into::into).collect();
            body.series = import.series.into_iter().map(Into::into).collect();
            body.rules = import
                .rules
                .iter()
                .map(|rule| (rule.rule.clone(), rule.rows))
                .collect();
            body.rejected_rows = import.rules.iter().map(|rule| rule.rows).sum();
            body.rejected = import.rejected.iter().take(LISTED).map(Into::into).collect();
            if body.error.is_none() {
                body.error = import.error.as_deref().map(FailureBody::remembered);
            }
        }
        body
    }
}

impl FailureBody {
    /// Of a failure that only the record knows, its text is left. Where the server keeps its files is not the
    /// client's to know.
    fn remembered(detail: &str) -> Self {
        let words = detail
            .split(' ')
            .map(|word| if word.starts_with('/') { "…" } else { word });
        let detail = words.collect::<Vec<_>>().join(" ");
        ApiError::new(crate::problem::Kind::Invalid, detail).into()
    }
}

impl From<ApiError> for FailureBody {
    fn from(error: ApiError) -> Self {
        Self {
            kind: format!("urn:chandlery:problem:{}", error.kind.slug()),
            title: error.kind.title().to_owned(),
            status: error.kind.status().as_u16(),
            detail: error.detail,
            errors: error.errors,
        }
    }
}

impl From<ProgressStatus> for ProgressBody {
    fn from(progress: ProgressStatus) -> Self {
        Self {
            stage: progress.stage.to_owned(),
            series: progress.series,
            done: progress.done,
            total: progress.total,
        }
    }
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

impl From<ImportSource> for SourceBody {
    fn from(source: ImportSource) -> Self {
        Self {
            name: source.name,
            sha256: source.sha256.to_string(),
            bytes: source.bytes,
            dialect: source.dialect,
            zone: source.zone,
            rows: source.rows,
            rejected: source.rejected,
        }
    }
}

impl From<ImportedSeries> for ImportedBody {
    fn from(series: ImportedSeries) -> Self {
        Self {
            key: series.key.to_string(),
            before: series.before.0,
            version: series.version.map(|version| version.0),
            bars: series.bars,
            inserted: series.inserted,
            changed: series.changed,
            unchanged: series.unchanged,
            duplicates: series.duplicates,
        }
    }
}

impl From<&RejectedRow> for RejectedBody {
    fn from(row: &RejectedRow) -> Self {
        Self {
            file: row.file.clone(),
            line: row.line,
            column: row.column.clone(),
            rule: row.rule.clone(),
            message: row.message.clone(),
            text: row.text.clone(),
        }
    }
}

pub(super) fn undone(undone: &UndoneImport) -> UndoneBody {
    let series = undone.series.iter().map(|series| {
        let (outcome, version) = match &series.outcome {
            UndoOutcome::Reverted { version } => ("reverted", Some(version.0)),
            UndoOutcome::NothingToUndo => ("nothing_to_undo", None),
            UndoOutcome::UndoneBefore => ("undone_before", None),
            UndoOutcome::Kept { head, .. } => ("kept", Some(head.0)),
            UndoOutcome::Gone => ("gone", None),
        };
        UndoneSeriesBody {
            key: series.key.to_string(),
            outcome: outcome.to_owned(),
            version,
        }
    });
    UndoneBody {
        id: undone.import.to_string(),
        state: match undone.state {
            domain::market::ImportState::Running => "running",
            domain::market::ImportState::Done => "done",
            domain::market::ImportState::Failed => "failed",
            domain::market::ImportState::Undone => "undone",
        }
        .to_owned(),
        series: series.collect(),
    }
}
