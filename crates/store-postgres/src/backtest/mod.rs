//! Backtests and sweeps: a row each with what lists ask for and the whole as a document, trades as rows, and equity as
//! compressed stretches.

mod add;
mod damaged;
mod edit;
mod list;
mod pins;
mod points;
mod record;
mod remove;
mod result;
mod sweep;
mod trades;

use async_trait::async_trait;
use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestPosition, BacktestStore, BacktestsQuery, EquityCurve, NewBacktest,
        Sweep, SweepStore, SweepsQuery, Trade, TradesQuery,
    },
    error::{EntityRef, StoreError},
    id::{BacktestId, SweepId},
    page::Page,
};

use self::{
    add::AddBacktest,
    edit::EditBacktest,
    remove::{RemoveBacktest, RemoveSweep},
    sweep::AddSweep,
};
use crate::{database::Lane, store::PostgresStore, unit::carry_out};

pub(crate) use self::{
    add::{add_if_missing, add_queued},
    record::{find, finish, set_status},
    result::{Ended, lane_of},
    sweep::{add as add_sweep, find as find_sweep, finish as finish_sweep, set_status as set_sweep_status},
};

fn unknown(id: BacktestId) -> StoreError {
    StoreError::NotFound(EntityRef::Backtest(id))
}

#[async_trait]
impl BacktestStore for PostgresStore {
    async fn add_backtest(&self, new: &NewBacktest) -> Result<(), StoreError> {
        new.check()?;
        let lane = lane_of([new]);
        let ended = Ended::of(vec![new.clone()]).await?;
        carry_out(&self.shared, lane, AddBacktest(ended)).await
    }

    async fn backtest(&self, id: BacktestId) -> Result<Option<Backtest>, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        Ok(record::find(&mut lease, id).await?)
    }

    async fn backtests(&self, query: BacktestsQuery) -> Result<Page<Backtest, BacktestPosition>, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        Ok(list::list(&mut lease, &query, &self.shared.passed_over).await?)
    }

    async fn damaged_backtests(&self) -> Result<Vec<BacktestId>, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Bulk).await?;
        let ended = include_str!("sql/ended.sql");
        let damaged = damaged::damaged(&mut lease, ended, record::backtest_of).await?;
        Ok(damaged.into_iter().map(BacktestId::from_uuid).collect())
    }

    async fn trades(&self, query: TradesQuery) -> Result<Page<Trade, u32>, StoreError> {
        let mut lease = self.shared.database.lease(trades::lane_of(&query)).await?;
        let found = trades::list(&mut lease, &query).await?;
        found.ok_or_else(|| unknown(query.backtest))
    }

    async fn equity(&self, id: BacktestId) -> Result<EquityCurve, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        let found = points::read(&mut lease, id).await?;
        found.ok_or_else(|| unknown(id))
    }

    async fn edit_backtest(&self, id: BacktestId, edit: BacktestEdit) -> Result<Backtest, StoreError> {
        carry_out(&self.shared, Lane::Requests, EditBacktest { id, edit }).await
    }

    async fn remove_backtest(&self, id: BacktestId) -> Result<(), StoreError> {
        carry_out(&self.shared, Lane::Bulk, RemoveBacktest(id)).await
    }
}

#[async_trait]
impl SweepStore for PostgresStore {
    async fn add_sweep(&self, sweep: &Sweep, best: &[NewBacktest]) -> Result<(), StoreError> {
        sweep.check(best)?;
        let unit = AddSweep {
            sweep: sweep.clone(),
            best: Ended::of(best.to_vec()).await?,
        };
        carry_out(&self.shared, Lane::Bulk, unit).await
    }

    async fn sweep(&self, id: SweepId) -> Result<Option<Sweep>, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        Ok(sweep::find(&mut lease, id).await?)
    }

    async fn sweeps(&self, query: SweepsQuery) -> Result<Page<Sweep, SweepId>, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        Ok(sweep::list(&mut lease, &query, &self.shared.passed_over).await?)
    }

    async fn damaged_sweeps(&self) -> Result<Vec<SweepId>, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Bulk).await?;
        let ended = include_str!("sql/ended_sweeps.sql");
        let damaged = damaged::damaged(&mut lease, ended, sweep::sweep_of).await?;
        Ok(damaged.into_iter().map(SweepId::from_uuid).collect())
    }

    async fn remove_sweep(&self, id: SweepId) -> Result<(), StoreError> {
        carry_out(&self.shared, Lane::Bulk, RemoveSweep(id)).await
    }
}
