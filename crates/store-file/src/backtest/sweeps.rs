//! Sweeps: one document each.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::{
    backtest::{NewBacktest, Sweep, SweepStore, SweepsQuery},
    error::{EntityRef, StoreError},
    id::SweepId,
    job::Work,
    page::Page,
};

use super::{
    changes::{Changed, around},
    document::read_ended,
    index::with_index,
    pins,
    unit::{end_sweep, missing_runs},
};
use crate::{
    document,
    fault::{damaged, file_fault},
    job,
    store::{FileStore, Shared},
};

fn read_ended_sweep(shared: &Shared, id: SweepId) -> Result<Option<Sweep>, StoreError> {
    let path = shared.layout.sweep(id);
    let found: Option<Sweep> = document::read(shared, &path)?;
    match found {
        Some(found) if found.id != id => Err(damaged(&path, format!("it holds {}", found.entity()))),
        found => Ok(found),
    }
}

/// Finds a sweep.
pub(crate) fn find_sweep(shared: &Shared, id: SweepId) -> Result<Option<Sweep>, StoreError> {
    // The job is looked for first: one that ends meanwhile is found by the second look.
    let waiting = waiting(shared, id)?;
    let ended = read_ended_sweep(shared, id)?;
    Ok(ended.or(waiting))
}

fn waiting(shared: &Shared, id: SweepId) -> Result<Option<Sweep>, StoreError> {
    let job = job::read(shared, id.into())?;
    Ok(job.and_then(|job| match job.work {
        Work::Sweep(sweep) => Some(*sweep),
        Work::Backtest(_) => None,
    }))
}

/// Tells whether a sweep has ended.
pub(crate) fn is_sweep_ended(shared: &Shared, id: SweepId) -> Result<bool, StoreError> {
    shared.has_file(&shared.layout.sweep(id))
}

/// Tells whether a sweep has ended, without reading its rows; `None` when there is no such sweep.
pub(super) fn has_ended(shared: &Shared, id: SweepId) -> Result<Option<bool>, StoreError> {
    let waits = waiting(shared, id)?.is_some();
    let ended = is_sweep_ended(shared, id)?;
    Ok((waits || ended).then_some(ended))
}

fn add(shared: &Shared, sweep: &Sweep, best: &[NewBacktest]) -> Result<(), StoreError> {
    let missing = sweep.is_missing_beside(find_sweep(shared, sweep.id)?.as_ref())?;
    pins::check_sweep(shared, sweep)?;
    let runs = missing_runs(shared, best)?;
    if missing || !runs.is_empty() {
        end_sweep(shared, sweep, &runs)?;
    }
    Ok(())
}

fn list(shared: &Shared, query: &SweepsQuery) -> Result<Page<Sweep, SweepId>, StoreError> {
    let (after, most) = (query.page.after, query.page.limit.get() + 1);
    let items = with_index(shared, |index| index.sweep_heads(shared, after, most))??;
    Ok(Page::cut(items, query.page.limit, |sweep| sweep.id))
}

fn remove(shared: &Shared, id: SweepId) -> Result<(), StoreError> {
    let found = find_sweep(shared, id)?;
    let sweep = found.ok_or(StoreError::NotFound(EntityRef::Sweep(id)))?;
    sweep.check_removable()?;
    let (runs, damaged) = with_index(shared, |index| (index.runs_with(id), index.damages().backtests()))?;
    let best = sweep.rows.iter().filter_map(|row| row.backtest);
    for run in best.filter(|run| damaged.contains(run)) {
        // Nobody can tell whether it would go together with the sweep.
        read_ended(shared, run)?;
    }
    let mut changed: BTreeSet<Changed> = runs.iter().copied().map(Changed::Backtest).collect();
    changed.insert(Changed::Sweep(id));
    around(shared, &changed, || {
        // The runs stay: they must not need the sweep any more when it goes.
        for run in runs {
            if let Some(mut run) = read_ended(shared, run)? {
                run.with = None;
                run.write(shared)?;
            }
        }
        job::forget(shared, id.into())?;
        let path = shared.layout.sweep(id);
        shared
            .vfs
            .remove_file(&path)
            .map_err(|error| file_fault("remove", &path, error))?;
        shared.sync_folder(&shared.layout.sweeps())
    })
}

#[async_trait]
impl SweepStore for FileStore {
    async fn add_sweep(&self, sweep: &Sweep, best: &[NewBacktest]) -> Result<(), StoreError> {
        sweep.check(best)?;
        let (sweep, best) = (sweep.clone(), best.to_vec());
        self.write(move |shared| add(shared, &sweep, &best)).await
    }

    async fn sweep(&self, id: SweepId) -> Result<Option<Sweep>, StoreError> {
        self.look(move |shared| find_sweep(shared, id)).await
    }

    async fn sweeps(&self, query: SweepsQuery) -> Result<Page<Sweep, SweepId>, StoreError> {
        self.look(move |shared| list(shared, &query)).await
    }

    async fn damaged_sweeps(&self) -> Result<Vec<SweepId>, StoreError> {
        self.look(|shared| with_index(shared, |index| index.damages().sweeps()))
            .await
    }

    async fn remove_sweep(&self, id: SweepId) -> Result<(), StoreError> {
        self.write(move |shared| remove(shared, id)).await
    }
}
