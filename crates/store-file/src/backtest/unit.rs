//! Making backtests and sweeps ended: written and synced aside, then moved into place.

use std::{collections::BTreeSet, path::PathBuf};

use domain::{
    backtest::{BacktestResult, NewBacktest, RunStatus, Sweep},
    error::StoreError,
    id::{BacktestId, SweepId},
};

use super::{
    changes::{Changed, around},
    document::{BacktestDocument, Stored, find},
    index::with_index,
    pins, result,
};
use crate::{document, fault::file_fault, layout::BacktestFolder, store::Shared};

/// Returns those of some backtests that are to be stored.
///
/// # Errors
/// [`StoreError::Conflict`] when another one has an id, or pins other contents than those that are here;
/// [`StoreError::NotFound`] when something that one refers to is not there.
pub(crate) fn missing_runs<'a>(
    shared: &Shared,
    runs: &'a [NewBacktest],
) -> Result<Vec<&'a NewBacktest>, StoreError> {
    let mut missing = Vec::new();
    for run in runs {
        if run.is_missing_beside(whole(shared, run.backtest.id)?.as_ref())? {
            pins::check_backtest(shared, &run.backtest)?;
            missing.push(run);
        }
    }
    Ok(missing)
}

fn whole(shared: &Shared, id: BacktestId) -> Result<Option<NewBacktest>, StoreError> {
    Ok(match find(shared, id)? {
        None => None,
        Some(Stored::Waiting(backtest, _)) => Some(NewBacktest {
            backtest: *backtest,
            result: BacktestResult::default(),
        }),
        Some(Stored::Ended(document)) => Some(NewBacktest {
            result: result::whole(shared, &document)?,
            backtest: document.backtest,
        }),
    })
}

/// Stores a backtest that has ended.
pub(crate) fn end_backtest(shared: &Shared, new: &NewBacktest) -> Result<(), StoreError> {
    let staged = StagedRun::write(shared, new, None)?;
    around(
        shared,
        &BTreeSet::from([Changed::Backtest(new.backtest.id)]),
        || {
            staged.place()?;
            shared.sync_folder(&shared.layout.backtests())
        },
    )
}

/// Stores a sweep that has ended, together with runs that are not there yet: the sweep's document makes all of them
/// appear.
pub(crate) fn end_sweep(shared: &Shared, sweep: &Sweep, runs: &[&NewBacktest]) -> Result<(), StoreError> {
    let mut staged = Vec::with_capacity(runs.len());
    for run in runs {
        staged.push(StagedRun::write(shared, run, Some(sweep.id))?);
    }
    // Runs of a sweep that never came would appear with this one if it is that sweep.
    let leftovers = with_index(shared, |index| index.leftovers())?;
    let named = runs.iter().map(|run| run.backtest.id);
    let mut changed: BTreeSet<Changed> = named
        .chain(leftovers.iter().copied())
        .map(Changed::Backtest)
        .collect();
    changed.insert(Changed::Sweep(sweep.id));
    around(shared, &changed, || {
        for leftover in &leftovers {
            shared.bury(&shared.layout.backtest(*leftover).0)?;
        }
        for run in staged {
            run.place()?;
        }
        if !(leftovers.is_empty() && runs.is_empty()) {
            shared.sync_folder(&shared.layout.backtests())?;
        }
        document::write(shared, &shared.layout.sweep(sweep.id), sweep)
    })
}

/// The folder of a backtest before it has its place; it goes unless it gets one.
struct StagedRun<'a> {
    shared: &'a Shared,
    id: BacktestId,
    folder: PathBuf,
}

impl<'a> StagedRun<'a> {
    fn write(shared: &'a Shared, new: &NewBacktest, with: Option<SweepId>) -> Result<Self, StoreError> {
        shared.check_writable()?;
        let name = shared.ids.next_uuid().simple().to_string();
        let folder = shared.staging()?.path(&name);
        shared
            .vfs
            .create_folder(&folder)
            .map_err(|error| file_fault("make the folder", &folder, error))?;
        let staged = Self {
            shared,
            id: new.backtest.id,
            folder,
        };
        let files = BacktestFolder(staged.folder.clone());
        let result = if new.backtest.status == RunStatus::Done {
            Some(result::write(shared, &files, &new.result)?)
        } else {
            None
        };
        let kept = BacktestDocument {
            backtest: new.backtest.clone(),
            result,
            with,
        };
        document::write(shared, &files.document(), &kept)?;
        Ok(staged)
    }

    /// Gives it its place; the folder of backtests is still to be synced.
    fn place(self) -> Result<(), StoreError> {
        let place = self.shared.layout.backtest(self.id);
        if self.shared.has_file(&place.document())? {
            // A run that was left behind by a sweep that never came.
            self.shared.bury(&place.0)?;
        }
        self.shared
            .vfs
            .rename(&self.folder, &place.0)
            .map_err(|error| file_fault("rename", &self.folder, error))
    }
}

impl Drop for StagedRun<'_> {
    fn drop(&mut self) {
        self.shared.discard_folder(&self.folder);
    }
}
