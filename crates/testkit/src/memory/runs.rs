//! Backtests, sweeps and jobs in memory.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestPosition, BacktestStore, BacktestsQuery, EquityCurve, NewBacktest,
        Sweep, SweepStore, SweepsQuery, Trade, TradesQuery,
    },
    error::StoreError,
    id::{BacktestId, JobId, SweepId},
    job::{
        Finished, Handback, JobHead, JobProgress, JobState, JobStore, JobsQuery, Renewal, TakenJob, Ticket,
        Work,
    },
    page::Page,
};

use super::{Data, MemoryStore};
use crate::model::{Around, Runs};

impl Data {
    /// Runs a change of backtests, sweeps and jobs, which may look at what they refer to.
    fn with_runs<T>(&mut self, change: impl FnOnce(&mut Runs, &Around<'_>) -> T) -> T {
        let around = Around {
            model: &self.model,
            strategies: &self.strategies,
        };
        change(&mut self.runs, &around)
    }
}

#[async_trait]
impl BacktestStore for MemoryStore {
    async fn add_backtest(&self, new: &NewBacktest) -> Result<(), StoreError> {
        self.data().with_runs(|runs, around| runs.add(new, around))
    }

    async fn backtest(&self, id: BacktestId) -> Result<Option<Backtest>, StoreError> {
        let data = self.data();
        Ok(data.runs.find(id).ok().map(|stored| stored.backtest.clone()))
    }

    async fn backtests(&self, query: BacktestsQuery) -> Result<Page<Backtest, BacktestPosition>, StoreError> {
        Ok(self.data().runs.list(&query))
    }

    async fn damaged_backtests(&self) -> Result<Vec<BacktestId>, StoreError> {
        Ok(Vec::new())
    }

    async fn trades(&self, query: TradesQuery) -> Result<Page<Trade, u32>, StoreError> {
        let data = self.data();
        let trades = &data.runs.find(query.backtest)?.result.trades;
        let page = query.page;
        let rest = trades
            .iter()
            .filter(|trade| page.after.is_none_or(|after| trade.number > after));
        let items = rest.take(page.limit.get().saturating_add(1)).cloned().collect();
        Ok(Page::cut(items, page.limit, |trade: &Trade| trade.number))
    }

    async fn equity(&self, id: BacktestId) -> Result<EquityCurve, StoreError> {
        Ok(self.data().runs.find(id)?.result.equity.clone())
    }

    async fn edit_backtest(&self, id: BacktestId, edit: BacktestEdit) -> Result<Backtest, StoreError> {
        self.data().runs.edit(id, edit)
    }

    async fn remove_backtest(&self, id: BacktestId) -> Result<(), StoreError> {
        self.data().runs.remove(id)
    }
}

#[async_trait]
impl SweepStore for MemoryStore {
    async fn add_sweep(&self, sweep: &Sweep, best: &[NewBacktest]) -> Result<(), StoreError> {
        self.data()
            .with_runs(|runs, around| runs.add_sweep(sweep, best, around))
    }

    async fn sweep(&self, id: SweepId) -> Result<Option<Sweep>, StoreError> {
        Ok(self.data().runs.sweep(id))
    }

    async fn sweeps(&self, query: SweepsQuery) -> Result<Page<Sweep, SweepId>, StoreError> {
        Ok(self.data().runs.sweeps(&query))
    }

    async fn damaged_sweeps(&self) -> Result<Vec<SweepId>, StoreError> {
        Ok(Vec::new())
    }

    async fn remove_sweep(&self, id: SweepId) -> Result<(), StoreError> {
        self.data().runs.remove_sweep(id)
    }
}

#[async_trait]
impl JobStore for MemoryStore {
    async fn enqueue(&self, work: &Work) -> Result<(), StoreError> {
        self.data().with_runs(|runs, around| runs.enqueue(work, around))
    }

    async fn take_job(&self, worker: &str, lease: Duration) -> Result<Option<TakenJob>, StoreError> {
        let mut data = self.data();
        Ok(data.runs.take(worker, lease, self.clock.now()))
    }

    async fn renew_job(
        &self,
        ticket: Ticket,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Renewal, StoreError> {
        let mut data = self.data();
        data.runs.renew(ticket, lease, progress, self.clock.now())
    }

    async fn finish_job(&self, ticket: Ticket, finished: &Finished) -> Result<(), StoreError> {
        self.data()
            .with_runs(|runs, around| runs.finish(ticket, finished, around))
    }

    async fn release_job(&self, ticket: Ticket, why: Handback) -> Result<(), StoreError> {
        let mut data = self.data();
        data.runs.release(ticket, why, self.clock.now())
    }

    async fn cancel_job(&self, id: JobId) -> Result<(), StoreError> {
        let mut data = self.data();
        data.runs.cancel(id, self.clock.now())
    }

    async fn job(&self, id: JobId) -> Result<Option<JobState>, StoreError> {
        Ok(self.data().runs.job(id))
    }

    async fn jobs(&self, query: JobsQuery) -> Result<Page<JobHead, JobId>, StoreError> {
        Ok(self.data().runs.jobs(&query))
    }
}
