//! Backtests and sweeps on files.
//!
//! One that waits or runs lies in the folder of jobs; when it ends, its own folder or file is moved into place, and
//! that makes it ended, whatever the job's file still says. So each step of its life is one renaming.
//!
//! The best runs of a sweep are moved into place before it, and marked as its own: as long as the sweep is not there,
//! neither are they.

mod changes;
mod damage;
mod document;
mod index;
mod list;
pub(crate) mod pins;
mod result;
mod sweeps;
mod unit;

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestPosition, BacktestStore, BacktestsQuery, EquityCurve, NewBacktest,
        Trade, TradesQuery,
    },
    error::{EntityRef, StoreError},
    id::BacktestId,
    page::Page,
};

pub(crate) use changes::{Changed, around};
pub(crate) use document::{Stored, find, is_ended};
use index::with_index;
pub(crate) use index::{Index, look_at_unreadable};
pub(crate) use sweeps::{find_sweep, is_sweep_ended};
pub(crate) use unit::{end_backtest, end_sweep, missing_runs};

use crate::{
    job,
    store::{FileStore, Shared},
};

fn unknown(id: BacktestId) -> StoreError {
    StoreError::NotFound(EntityRef::Backtest(id))
}

fn existing(shared: &Shared, id: BacktestId) -> Result<Stored, StoreError> {
    find(shared, id)?.ok_or_else(|| unknown(id))
}

fn add(shared: &Shared, new: &NewBacktest) -> Result<(), StoreError> {
    for run in missing_runs(shared, std::slice::from_ref(new))? {
        end_backtest(shared, run)?;
    }
    Ok(())
}

fn edit(shared: &Shared, id: BacktestId, edit: BacktestEdit) -> Result<Backtest, StoreError> {
    let changed = BTreeSet::from([Changed::Backtest(id)]);
    match existing(shared, id)? {
        Stored::Ended(mut document) => {
            edit.apply(&mut document.backtest);
            around(shared, &changed, || document.write(shared))?;
            Ok(document.backtest)
        }
        Stored::Waiting(mut backtest, life) => {
            edit.apply(&mut backtest);
            around(shared, &changed, || job::write_backtest(shared, &backtest, life))?;
            Ok(*backtest)
        }
    }
}

fn remove(shared: &Shared, id: BacktestId) -> Result<(), StoreError> {
    existing(shared, id)?.backtest().check_removable()?;
    around(shared, &BTreeSet::from([Changed::Backtest(id)]), || {
        job::forget(shared, id.into())?;
        shared.bury(&shared.layout.backtest(id).0)?;
        shared.sync_folder(&shared.layout.backtests())
    })
}

#[async_trait]
impl BacktestStore for FileStore {
    async fn add_backtest(&self, new: &NewBacktest) -> Result<(), StoreError> {
        new.check()?;
        let new = new.clone();
        self.write(move |shared| add(shared, &new)).await
    }

    async fn backtest(&self, id: BacktestId) -> Result<Option<Backtest>, StoreError> {
        self.look(move |shared| Ok(find(shared, id)?.map(Stored::into_backtest)))
            .await
    }

    async fn backtests(&self, query: BacktestsQuery) -> Result<Page<Backtest, BacktestPosition>, StoreError> {
        self.look(move |shared| list::list(shared, &query)).await
    }

    async fn damaged_backtests(&self) -> Result<Vec<BacktestId>, StoreError> {
        self.look(|shared| with_index(shared, |index| index.damages().backtests()))
            .await
    }

    async fn trades(&self, query: TradesQuery) -> Result<Page<Trade, u32>, StoreError> {
        self.look(move |shared| result::trades(shared, &query)).await
    }

    async fn equity(&self, id: BacktestId) -> Result<EquityCurve, StoreError> {
        self.look(move |shared| result::equity(shared, id)).await
    }

    async fn edit_backtest(&self, id: BacktestId, asked: BacktestEdit) -> Result<Backtest, StoreError> {
        self.write(move |shared| edit(shared, id, asked)).await
    }

    async fn remove_backtest(&self, id: BacktestId) -> Result<(), StoreError> {
        self.write(move |shared| remove(shared, id)).await
    }
}
