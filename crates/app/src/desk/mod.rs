//! Imports that run on their own: handed in, checked, looked at, confirmed, and carried out one by one.
//!
//! An import that is under way is known here alone; once its files have been read, what became of it is in the store,
//! too. Of a dry run nothing but the desk knows, until it is confirmed.

mod error;
mod job;
mod status;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    clock::Clock,
    id::{IdSource, ImportId},
    market::{Author, ImportState, SeriesKey, Version},
};
use interchange::ReadOptions;
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::task::TaskTracker;

use self::job::Job;
pub use self::{
    error::DeskError,
    status::{ImportPhase, ImportStatus, ProgressStatus},
};
use crate::{
    import::{Importer, Naming, UndoneImport, moved},
    stores::Stores,
    uploads::Upload,
};

/// How many imports are read at once; others wait.
const AT_ONCE: usize = 2;
/// How many imports may be waiting, running, or checked and not confirmed.
const UNDER_WAY: usize = 64;
/// How many imports that have ended are remembered.
const ENDED: usize = 256;
/// How long a dry run can be confirmed, and an import that has ended is remembered.
const REMEMBERED: Duration = Duration::from_hours(1);

/// What was handed in.
#[derive(Debug, Clone)]
pub struct ImportOrder {
    /// What the series are called.
    pub naming: Naming,
    /// How the files are read.
    pub read: ReadOptions,
    /// Who imports.
    pub author: Author,
    /// Why.
    pub reason: Option<String>,
    /// The options as they were given, for the record.
    pub options: BTreeMap<String, String>,
    /// Whether the files are checked, and imported only when that is confirmed.
    pub dry_run: bool,
}

/// Takes uploads and imports them.
pub struct ImportDesk {
    importer: Importer,
    stores: Stores,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
    jobs: Mutex<HashMap<ImportId, Arc<Job>>>,
    slots: Semaphore,
    tasks: TaskTracker,
    /// Where imports run: not on the threads of those who hand them in, which may end before.
    runtime: Handle,
    closed: AtomicBool,
}

impl std::fmt::Debug for ImportDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportDesk").finish_non_exhaustive()
    }
}

impl ImportDesk {
    /// Opens a desk, whose imports run on the present runtime.
    ///
    /// # Panics
    /// Outside a runtime.
    pub fn new(stores: Stores, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            importer: Importer::new(stores.clone(), Arc::clone(&clock), Arc::clone(&ids)),
            stores,
            ids,
            clock,
            jobs: Mutex::default(),
            slots: Semaphore::new(AT_ONCE),
            tasks: TaskTracker::new(),
            runtime: Handle::current(),
            closed: AtomicBool::new(false),
        }
    }

    /// Tells whether the desk takes another import now.
    ///
    /// # Errors
    /// [`DeskError::Busy`] when too many are under way; [`DeskError::Closed`] when the desk closes.
    pub fn admit(&self) -> Result<(), DeskError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(DeskError::Closed);
        }
        self.sweep();
        let jobs = self.jobs();
        let under_way = jobs.values().filter(|job| !job.phase().has_ended()).count();
        if under_way >= UNDER_WAY {
            Err(DeskError::Busy)
        } else {
            Ok(())
        }
    }

    /// Forgets what ended long ago, and dry runs that nobody has confirmed for as long.
    pub fn sweep(&self) {
        let mut jobs = self.jobs();
        jobs.retain(|_, job| !job.is_forgotten(REMEMBERED));
        let mut ended: Vec<_> = jobs
            .iter()
            .filter(|(_, job)| job.phase().has_ended())
            .map(|(id, job)| (job.since(), *id))
            .collect();
        ended.sort_unstable();
        let surplus = ended.len().saturating_sub(ENDED);
        for (_, id) in ended.into_iter().take(surplus) {
            jobs.remove(&id);
        }
    }

    /// Takes an upload and begins to check it, or to import it, in the background.
    ///
    /// # Errors
    /// Those of [`ImportDesk::admit`].
    pub fn submit(self: &Arc<Self>, upload: Upload, order: ImportOrder) -> Result<ImportStatus, DeskError> {
        self.admit()?;
        let id = ImportId::next(&*self.ids);
        let dry_run = order.dry_run;
        let job = Arc::new(Job::new(id, upload, order, self.clock.now(), Instant::now()));
        self.jobs().insert(id, Arc::clone(&job));
        let status = job.status();
        let desk = Arc::clone(self);
        self.begin(Arc::clone(&job), async move {
            if dry_run {
                desk.check(&job).await;
            } else {
                desk.carry_out(&job, None).await;
            }
        });
        Ok(status)
    }

    /// Returns how far an import is; of one that is not remembered here, what the store knows.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::Store`].
    pub async fn status(&self, id: ImportId) -> Result<ImportStatus, DeskError> {
        if let Some(job) = self.job(id) {
            let mut status = job.status();
            // What has been undone since, the store knows.
            if status.phase.has_ended()
                && let Some(record) = self.stores.imports.import(id).await?
                && record.state == ImportState::Undone
            {
                status.take_record(record);
            }
            return Ok(status);
        }
        let record = self.stores.imports.import(id).await?;
        record.map(ImportStatus::of_record).ok_or(DeskError::NotFound(id))
    }

    /// Imports what a dry run has checked, if the series are still what they were.
    ///
    /// # Errors
    /// [`DeskError::Store`] with a conflict when a series has moved since; [`DeskError::NotChecked`] for what is no
    /// finished dry run; [`DeskError::NotFound`].
    pub async fn confirm(self: &Arc<Self>, id: ImportId) -> Result<ImportStatus, DeskError> {
        let Some(job) = self.job(id) else {
            return match self.stores.imports.import(id).await? {
                Some(record) => Err(DeskError::NotChecked(ImportStatus::of_record(record).phase)),
                None => Err(DeskError::NotFound(id)),
            };
        };
        let expected = job.expected().ok_or_else(|| DeskError::NotChecked(job.phase()))?;
        for (key, version) in &expected {
            let head = self.stores.prices.head(key).await?;
            let found = head.map_or(Version::EMPTY, |head| head.version);
            if found != *version {
                return Err(DeskError::Store(moved(key, *version, found)));
            }
        }
        if !job.leave(ImportPhase::Checked, ImportPhase::Waiting) {
            return Err(DeskError::NotChecked(job.phase()));
        }
        let status = job.status();
        let desk = Arc::clone(self);
        self.begin(Arc::clone(&job), async move {
            desk.carry_out(&job, Some(expected)).await;
        });
        Ok(status)
    }

    /// Stops an import, or gives a dry run up. What was committed before stays.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::Ended`], also for what another process imports; [`DeskError::Store`].
    pub async fn cancel(&self, id: ImportId) -> Result<ImportStatus, DeskError> {
        let Some(job) = self.job(id) else {
            let record = self
                .stores
                .imports
                .import(id)
                .await?
                .ok_or(DeskError::NotFound(id))?;
            return Err(DeskError::Ended(ImportStatus::of_record(record).phase));
        };
        let phase = job.phase();
        if phase.has_ended() && phase != ImportPhase::Cancelled {
            return Err(DeskError::Ended(phase));
        }
        job.cancel();
        Ok(job.status())
    }

    /// Takes an import back, as [`Importer::undo`].
    ///
    /// # Errors
    /// [`DeskError::Import`]; [`DeskError::UnderWay`] while it has not ended.
    pub async fn undo(
        &self,
        id: ImportId,
        author: Author,
        reason: Option<String>,
    ) -> Result<UndoneImport, DeskError> {
        if let Some(job) = self.job(id)
            && !job.phase().has_ended()
        {
            return Err(DeskError::UnderWay);
        }
        Ok(self.importer.undo(id, author, reason).await?)
    }

    /// Returns the rows that an import turned away, as CSV: the first thousand, which its record keeps.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::Store`].
    pub async fn rejected(&self, id: ImportId) -> Result<Vec<u8>, DeskError> {
        if let Some(job) = self.job(id)
            && let Some(rows) = job.rejected_rows()
        {
            return error::csv_of(&rows);
        }
        let record = self.stores.imports.import(id).await?;
        error::csv_of(&record.ok_or(DeskError::NotFound(id))?.rejected)
    }

    /// Takes nothing more, gives dry runs up, and waits for imports that are being carried out; those that are not
    /// done after `patience` are stopped, between two commits.
    pub async fn close(&self, patience: Duration) {
        self.closed.store(true, Ordering::SeqCst);
        self.tasks.close();
        let jobs: Vec<_> = self.jobs().values().cloned().collect();
        for job in &jobs {
            if job.is_dry_run() {
                job.cancel();
            }
        }
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!("imports are stopped: they take longer than the shutdown may");
            for job in &jobs {
                job.cancel();
            }
            self.tasks.wait().await;
        }
        // What is left of their files goes with them.
        self.jobs().clear();
    }

    /// Works on an import in the background. One that panics has failed.
    fn begin(&self, job: Arc<Job>, work: impl Future<Output = ()> + Send + 'static) {
        let work = self.runtime.spawn(work);
        let watched = async move {
            if let Err(error) = work.await {
                tracing::error!(import = %job.id, %error, "an import died");
                job.failed(error.into(), None);
            }
        };
        self.tasks.spawn_on(watched, &self.runtime);
    }

    fn jobs(&self) -> std::sync::MutexGuard<'_, HashMap<ImportId, Arc<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn job(&self, id: ImportId) -> Option<Arc<Job>> {
        self.jobs().get(&id).cloned()
    }

    async fn check(&self, job: &Arc<Job>) {
        let Ok(_slot) = self.slots.acquire().await else {
            return;
        };
        if !job.leave(ImportPhase::Waiting, ImportPhase::Checking) {
            return;
        }
        match self.importer.preview(job.request(None), job.progress()).await {
            Ok(preview) => job.checked(preview),
            Err(error) => job.failed(error, None),
        }
    }

    async fn carry_out(&self, job: &Arc<Job>, expected: Option<BTreeMap<SeriesKey, Version>>) {
        let Ok(_slot) = self.slots.acquire().await else {
            return;
        };
        if !job.leave(ImportPhase::Waiting, ImportPhase::Running) {
            return;
        }
        match self.importer.run(job.request(expected), job.progress()).await {
            Ok(outcome) => job.done(outcome),
            Err(error) => {
                let record = self.stores.imports.import(job.id).await;
                let record = record.unwrap_or_else(|unread| {
                    tracing::warn!(import = %job.id, error = %unread, "the record of a failed import can't be read");
                    None
                });
                job.failed(error, record);
            }
        }
    }
}

#[cfg(test)]
mod tests;
