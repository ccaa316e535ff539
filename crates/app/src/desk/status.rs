//! How far an import is.

use std::{collections::BTreeMap, fmt, sync::Arc};

use domain::{
    id::ImportId,
    market::{Author, Import, ImportState, Timestamp},
};
use serde::Serialize;

use crate::import::{ImportError, ImportPreview};

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportPhase {
    /// It waits for its turn.
    Waiting,
    /// Its files are being read and compared, for a dry run.
    Checking,
    /// The dry run has ended well; it may be confirmed.
    Checked,
    /// It is being carried out.
    Running,
    /// Every series has been committed.
    Done,
    /// It was refused or failed.
    Failed,
    /// It was told to stop.
    Cancelled,
    /// It has been taken back.
    Undone,
}

impl ImportPhase {
    /// Tells whether nothing more will happen by itself, nor can be confirmed.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled | Self::Undone)
    }

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Undone => "undone",
        }
    }
}

impl fmt::Display for ImportPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an import is busy with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressStatus {
    /// The stage: reading, comparing, writing.
    pub stage: &'static str,
    /// The series that it is about, if it is about one.
    pub series: Option<String>,
    /// How many units are done: bytes while reading, bars else.
    pub done: u64,
    /// How many there are, where that is known.
    pub total: Option<u64>,
}

/// All that is known of an import.
#[derive(Debug, Clone)]
pub struct ImportStatus {
    /// Its identity.
    pub id: ImportId,
    /// How far it is.
    pub phase: ImportPhase,
    /// Whether it is a dry run that nobody has confirmed.
    pub dry_run: bool,
    /// When it was handed in.
    pub started_at: Timestamp,
    /// Who imports.
    pub author: Author,
    /// The options as they were given.
    pub options: BTreeMap<String, String>,
    /// What it is busy with.
    pub progress: Option<ProgressStatus>,
    /// What the dry run found.
    pub preview: Option<Arc<ImportPreview>>,
    /// What the store keeps of it.
    pub record: Option<Import>,
    /// Why it failed.
    pub failure: Option<Arc<ImportError>>,
}

impl ImportStatus {
    /// Returns what the store knows.
    pub fn of_record(record: Import) -> Self {
        let mut status = Self {
            id: record.id,
            phase: ImportPhase::Done,
            dry_run: false,
            started_at: record.started_at,
            author: record.author.clone(),
            options: record.options.clone(),
            progress: None,
            preview: None,
            record: None,
            failure: None,
        };
        status.take_record(record);
        status
    }

    pub(super) fn take_record(&mut self, record: Import) {
        self.phase = match record.state {
            ImportState::Running => ImportPhase::Running,
            ImportState::Done => ImportPhase::Done,
            ImportState::Failed => ImportPhase::Failed,
            ImportState::Undone => ImportPhase::Undone,
        };
        self.record = Some(record);
    }
}
