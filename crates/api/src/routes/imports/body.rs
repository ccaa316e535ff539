//! An import as clients see it.

use std::collections::BTreeMap;

use app::{
    desk::{ImportStatus, ProgressStatus},
    import::{UndoOutcome, UndoneImport},
};
use domain::market::{ImportSource, ImportedSeries, RejectedRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::{UndoneBody, UndoneSeriesBody, preview::PreviewBody};
use crate::{
    problem::{ApiError, Violation},
    shown::{shown_file, without_paths},
};

/// How many rejected rows and warnings a body lists; `rejected.csv` has more.
pub(super) const LISTED: usize = 100;

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
    author: String,
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
            author: status.author.to_string(),
            options: status.options,
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
        let detail = without_paths(detail);
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

impl From<ImportSource> for SourceBody {
    fn from(source: ImportSource) -> Self {
        Self {
            name: shown_file(&source.name).to_owned(),
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
            file: shown_file(&row.file).to_owned(),
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
