//! The documents of jobs.

use std::io;

use domain::{
    backtest::Backtest,
    error::StoreError,
    id::JobId,
    job::{JobLife, Work},
};
use serde::{Deserialize, Serialize};

use crate::{
    backtest::{is_ended, is_sweep_ended},
    document,
    fault::{damaged, file_fault},
    market::visible_entries,
    store::Shared,
};

/// A backtest or a sweep that waits or runs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct JobDocument {
    /// What is to be run.
    pub(crate) work: Work,
    /// Who has it.
    pub(crate) life: JobLife,
}

impl JobDocument {
    /// Stores it in place of the one before.
    pub(super) fn write(&self, shared: &Shared) -> Result<(), StoreError> {
        shared.check_writable()?;
        document::write(shared, &shared.layout.job(self.work.id()), self)
    }
}

/// Stores a backtest that waits or runs, as people have changed it.
pub(crate) fn write_backtest(shared: &Shared, backtest: &Backtest, life: JobLife) -> Result<(), StoreError> {
    let work = Work::Backtest(Box::new(backtest.clone()));
    JobDocument { work, life }.write(shared)
}

/// Reads a job's document, whether it still counts or not.
pub(crate) fn read(shared: &Shared, id: JobId) -> Result<Option<JobDocument>, StoreError> {
    let path = shared.layout.job(id);
    let found: Option<JobDocument> = document::read(shared, &path)?;
    match found {
        Some(found) if found.work.id() != id => {
            Err(damaged(&path, format!("it holds {}", found.work.entity())))
        }
        found => Ok(found),
    }
}

/// Reads a job that has not ended.
pub(super) fn live(shared: &Shared, id: JobId) -> Result<Option<JobDocument>, StoreError> {
    let Some(found) = read(shared, id)? else {
        return Ok(None);
    };
    let ended = match &found.work {
        Work::Backtest(backtest) => is_ended(shared, backtest.id)?,
        Work::Sweep(sweep) => is_sweep_ended(shared, sweep.id)?,
    };
    Ok((!ended).then_some(found))
}

/// Lists the jobs, the oldest first; some may have ended.
pub(super) fn ids(shared: &Shared) -> Result<Vec<JobId>, StoreError> {
    let entries = visible_entries(shared, &shared.layout.jobs())?;
    let named = entries.iter().map(|entry| entry.name.strip_suffix(".json"));
    let mut ids: Vec<JobId> = named.filter_map(|name| name?.parse().ok()).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Makes sure that nothing is left of a job that has ended, before what it ran goes: it would come back.
pub(crate) fn forget(shared: &Shared, id: JobId) -> Result<(), StoreError> {
    let path = shared.layout.job(id);
    match shared.vfs.remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(file_fault("remove", &path, error));
        }
        _ => {}
    }
    shared.sync_folder(&shared.layout.jobs())
}
