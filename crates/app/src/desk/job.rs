//! One import at the desk.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    id::ImportId,
    market::{Import, RejectedRow, SeriesKey, Timestamp, Version},
};
use interchange::ReadError;

use super::{ImportOrder, ImportPhase, ImportStatus, ProgressStatus};
use crate::{
    import::{ImportError, ImportOutcome, ImportPreview, ImportRequest},
    progress::{Progress, Stage},
    uploads::Upload,
};

/// An import, from the moment it is handed in until it is forgotten.
pub(super) struct Job {
    pub(super) id: ImportId,
    order: ImportOrder,
    /// Where the files lie.
    files: PathBuf,
    /// Where rows go that are turned away.
    rejected: PathBuf,
    /// The files, until they are not needed any more.
    upload: Mutex<Option<Upload>>,
    started_at: Timestamp,
    progress: Arc<JobProgress>,
    state: Mutex<State>,
}

struct State {
    phase: ImportPhase,
    confirmed: bool,
    since: Instant,
    preview: Option<Arc<ImportPreview>>,
    record: Option<Import>,
    rejected: Option<Vec<RejectedRow>>,
    failure: Option<Arc<ImportError>>,
}

impl Job {
    pub(super) fn new(
        id: ImportId,
        upload: Upload,
        order: ImportOrder,
        started_at: Timestamp,
        now: Instant,
    ) -> Self {
        Self {
            id,
            order,
            files: upload.files_folder(),
            rejected: upload.rejected_folder(),
            upload: Mutex::new(Some(upload)),
            started_at,
            progress: Arc::default(),
            state: Mutex::new(State {
                phase: ImportPhase::Waiting,
                confirmed: false,
                since: now,
                preview: None,
                record: None,
                rejected: None,
                failure: None,
            }),
        }
    }

    pub(super) fn phase(&self) -> ImportPhase {
        self.state().phase
    }

    pub(super) fn progress(&self) -> Arc<dyn Progress> {
        self.progress.clone()
    }

    pub(super) fn request(&self, expected: Option<BTreeMap<SeriesKey, Version>>) -> ImportRequest {
        let mut read = self.order.read.clone();
        read.named_below = Some(self.files.clone());
        ImportRequest {
            id: Some(self.id),
            paths: vec![self.files.clone()],
            naming: self.order.naming.clone(),
            read,
            rejected_folder: Some(self.rejected.clone()),
            archive_folder: None,
            author: self.order.author.clone(),
            reason: self.order.reason.clone(),
            expected,
            options: self.order.options.clone(),
        }
    }

    /// Goes from one phase to the next, unless it is in another one.
    pub(super) fn leave(&self, from: ImportPhase, to: ImportPhase) -> bool {
        let mut state = self.state();
        let leaves = state.phase == from;
        if leaves {
            state.confirmed |= from == ImportPhase::Checked && to == ImportPhase::Waiting;
            state.enter(to);
        }
        leaves
    }

    /// Returns the versions that a checked dry run has found.
    pub(super) fn expected(&self) -> Option<BTreeMap<SeriesKey, Version>> {
        let state = self.state();
        let checked = state.phase == ImportPhase::Checked;
        let preview = state.preview.as_ref().filter(|_| checked)?;
        let found = preview
            .series
            .iter()
            .map(|series| (series.key.clone(), series.version));
        Some(found.collect())
    }

    pub(super) fn checked(&self, preview: ImportPreview) {
        if self.progress.cancelled() {
            self.drop_files();
        }
        let mut state = self.state();
        state.rejected = Some(preview.report.rejected.clone());
        state.preview = Some(Arc::new(preview));
        state.enter(if self.progress.cancelled() {
            ImportPhase::Cancelled
        } else {
            ImportPhase::Checked
        });
    }

    pub(super) fn done(&self, outcome: ImportOutcome) {
        self.drop_files();
        let mut state = self.state();
        state.rejected = Some(outcome.report.rejected);
        state.record = Some(outcome.import);
        state.enter(ImportPhase::Done);
    }

    pub(super) fn failed(&self, error: ImportError, record: Option<Import>) {
        self.drop_files();
        let phase = match &error {
            ImportError::Cancelled { .. } => ImportPhase::Cancelled,
            _ => ImportPhase::Failed,
        };
        let mut state = self.state();
        if let ImportError::Read(source) | ImportError::TooManyRejected { source, .. } = &error
            && let ReadError::TooManyRejected(report) = &**source
        {
            state.rejected = Some(report.rejected.clone());
        }
        state.failure = Some(Arc::new(error));
        state.record = record;
        state.enter(phase);
    }

    pub(super) fn cancel(&self) {
        self.progress.cancelled.store(true, Ordering::SeqCst);
        for idle in [ImportPhase::Waiting, ImportPhase::Checked] {
            if self.leave(idle, ImportPhase::Cancelled) {
                self.drop_files();
            }
        }
    }

    /// Tells whether it is a dry run that nobody has confirmed.
    pub(super) fn is_dry_run(&self) -> bool {
        self.order.dry_run && !self.state().confirmed
    }

    /// Returns since when it has been in its phase.
    pub(super) fn since(&self) -> Instant {
        self.state().since
    }

    /// Tells whether it ended, or its dry run was left unconfirmed, longer ago than that.
    pub(super) fn is_forgotten(&self, remembered: Duration) -> bool {
        let state = self.state();
        let idle = state.phase.has_ended() || state.phase == ImportPhase::Checked;
        idle && state.since.elapsed() > remembered
    }

    pub(super) fn rejected_rows(&self) -> Option<Vec<RejectedRow>> {
        self.state().rejected.clone()
    }

    pub(super) fn status(&self) -> ImportStatus {
        let state = self.state();
        let busy = matches!(state.phase, ImportPhase::Checking | ImportPhase::Running);
        ImportStatus {
            id: self.id,
            phase: state.phase,
            dry_run: self.order.dry_run && !state.confirmed,
            started_at: self.started_at,
            author: self.order.author.clone(),
            options: self.order.options.clone(),
            progress: if busy { self.progress.status() } else { None },
            preview: state.preview.clone(),
            record: state.record.clone(),
            failure: state.failure.clone(),
        }
    }

    fn drop_files(&self) {
        let upload = self.upload.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Err(error)) = upload.map(Upload::remove) {
            tracing::warn!(import = %self.id, %error, "uploaded files can't be removed");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, phase: ImportPhase) {
        self.phase = phase;
        self.since = Instant::now();
    }
}

/// Hears how far an import is.
#[derive(Debug, Default)]
struct JobProgress {
    stage: Mutex<Option<(Stage, Option<u64>)>>,
    done: AtomicU64,
    cancelled: AtomicBool,
}

impl JobProgress {
    fn status(&self) -> Option<ProgressStatus> {
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (stage, total) = stage?;
        let (stage, series) = match stage {
            Stage::Reading => ("reading", None),
            Stage::Comparing(series) => ("comparing", Some(series)),
            Stage::Writing(series) => ("writing", Some(series)),
            Stage::Exporting => ("exporting", None),
            Stage::Verifying => ("verifying", None),
            Stage::Planning => ("planning", None),
            Stage::Copying => ("copying", None),
            Stage::Hashing => ("hashing", None),
            Stage::Archiving => ("archiving", None),
            Stage::Loading => ("loading", None),
            Stage::Simulating => ("simulating", None),
            Stage::Sweeping => ("sweeping", None),
        };
        Some(ProgressStatus {
            stage,
            series,
            done: self.done.load(Ordering::Relaxed),
            total,
        })
    }
}

impl Progress for JobProgress {
    fn begin(&self, stage: &Stage, total: Option<u64>) {
        let mut current = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Some((stage.clone(), total));
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, units: u64, _rows: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}
