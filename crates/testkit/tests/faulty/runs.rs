//! Backtests, sweeps and jobs that are kept with a fault.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestPosition, BacktestStore, BacktestsQuery, EquityCurve, Metric,
        Metrics, NewBacktest, Sweep, SweepStore, SweepsQuery, Trade, TradesQuery,
    },
    error::StoreError,
    id::{BacktestId, JobId, SweepId},
    job::{
        Finished, Handback, JobHead, JobProgress, JobState, JobStore, JobsQuery, Renewal, TakenJob, Ticket,
        Work,
    },
    page::Page,
};
use testkit::harness::Stores;

use super::Fault;

pub(super) struct FaultyRuns {
    pub(super) fault: Fault,
    pub(super) backtests: Arc<dyn BacktestStore>,
    pub(super) sweeps: Arc<dyn SweepStore>,
    pub(super) jobs: Arc<dyn JobStore>,
}

impl FaultyRuns {
    pub(super) fn of(fault: Fault, stores: &Stores) -> Self {
        Self {
            fault,
            backtests: stores.backtests.clone(),
            sweeps: stores.sweeps.clone(),
            jobs: stores.jobs.clone(),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Passes an answer on, but takes a conflict for a success where the fault says so.
    fn unless<T>(&self, fault: Fault, answer: Result<T, StoreError>, success: T) -> Result<T, StoreError> {
        match answer {
            Err(StoreError::Conflict { .. }) if self.has(fault) => Ok(success),
            answer => answer,
        }
    }
}

fn without_reasons(metrics: &Metrics) -> Metrics {
    let figures = metrics.iter().map(|(name, metric)| {
        let metric = Metric {
            reason: None,
            ..metric.clone()
        };
        (name.to_owned(), metric)
    });
    figures.collect()
}

fn sorted(metrics: &Metrics) -> Metrics {
    let mut figures: Vec<(String, Metric)> = metrics
        .iter()
        .map(|(name, metric)| (name.to_owned(), metric.clone()))
        .collect();
    figures.sort_by(|a, b| a.0.cmp(&b.0));
    figures.into_iter().collect()
}

#[async_trait]
impl BacktestStore for FaultyRuns {
    async fn add_backtest(&self, new: &NewBacktest) -> Result<(), StoreError> {
        self.unless(Fault::AddsAnything, self.backtests.add_backtest(new).await, ())
    }

    async fn backtest(&self, id: BacktestId) -> Result<Option<Backtest>, StoreError> {
        let mut found = self.backtests.backtest(id).await?;
        if let Some(backtest) = &mut found {
            match self.fault {
                Fault::NoReasons => backtest.metrics = without_reasons(&backtest.metrics),
                Fault::SortedMetrics => backtest.metrics = sorted(&backtest.metrics),
                _ => {}
            }
        }
        Ok(found)
    }

    async fn backtests(&self, query: BacktestsQuery) -> Result<Page<Backtest, BacktestPosition>, StoreError> {
        let (sort, text) = (query.sort, query.filter.text.clone().unwrap_or_default());
        let mut page = self.backtests.backtests(query).await?;
        if self.has(Fault::MissingFirst) {
            page.items.sort_by_key(|item| sort.position(item).rank.is_some());
        }
        if self.has(Fault::TextInTitlesAlone) {
            page.items
                .retain(|item| item.title.as_deref().unwrap_or_default().contains(&text));
        }
        Ok(page)
    }

    async fn damaged_backtests(&self) -> Result<Vec<BacktestId>, StoreError> {
        self.backtests.damaged_backtests().await
    }

    async fn trades(&self, query: TradesQuery) -> Result<Page<Trade, u32>, StoreError> {
        let mut query = query;
        if self.has(Fault::RepeatsTrades) {
            query.page.after = query.page.after.map(|after| after - 1);
        }
        let mut page = self.backtests.trades(query).await?;
        if self.has(Fault::FewTrades) {
            page.items.truncate(10_000);
        }
        Ok(page)
    }

    async fn equity(&self, id: BacktestId) -> Result<EquityCurve, StoreError> {
        self.backtests.equity(id).await
    }

    async fn edit_backtest(&self, id: BacktestId, edit: BacktestEdit) -> Result<Backtest, StoreError> {
        let mut edit = edit;
        if self.has(Fault::EditsEverything) {
            edit.tags.get_or_insert_default();
        }
        self.backtests.edit_backtest(id, edit).await
    }

    async fn remove_backtest(&self, id: BacktestId) -> Result<(), StoreError> {
        self.unless(
            Fault::RemovesRunning,
            self.backtests.remove_backtest(id).await,
            (),
        )
    }
}

#[async_trait]
impl SweepStore for FaultyRuns {
    async fn add_sweep(&self, sweep: &Sweep, best: &[NewBacktest]) -> Result<(), StoreError> {
        if self.has(Fault::HalfSweeps) {
            for run in best {
                self.backtests.add_backtest(run).await?;
            }
        }
        self.sweeps.add_sweep(sweep, best).await
    }

    async fn sweep(&self, id: SweepId) -> Result<Option<Sweep>, StoreError> {
        self.sweeps.sweep(id).await
    }

    async fn sweeps(&self, query: SweepsQuery) -> Result<Page<Sweep, SweepId>, StoreError> {
        let mut page = self.sweeps.sweeps(query).await?;
        if self.has(Fault::RowsInLists) {
            for item in &mut page.items {
                if let Some(whole) = self.sweeps.sweep(item.id).await? {
                    *item = whole;
                }
            }
        }
        Ok(page)
    }

    async fn damaged_sweeps(&self) -> Result<Vec<SweepId>, StoreError> {
        self.sweeps.damaged_sweeps().await
    }

    async fn remove_sweep(&self, id: SweepId) -> Result<(), StoreError> {
        self.sweeps.remove_sweep(id).await
    }
}

#[async_trait]
impl JobStore for FaultyRuns {
    async fn enqueue(&self, work: &Work) -> Result<(), StoreError> {
        self.jobs.enqueue(work).await
    }

    async fn take_job(&self, worker: &str, lease: Duration) -> Result<Option<TakenJob>, StoreError> {
        let lease = if self.has(Fault::EndlessLeases) {
            Duration::MAX
        } else {
            lease
        };
        let mut taken = self.jobs.take_job(worker, lease).await?;
        if let Some(taken) = &mut taken {
            match self.fault {
                Fault::SameFence => taken.ticket.fence = 1,
                Fault::CountsEveryTaking => taken.attempt = taken.ticket.fence,
                _ => {}
            }
        }
        Ok(taken)
    }

    async fn renew_job(
        &self,
        ticket: Ticket,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Renewal, StoreError> {
        let told = self.jobs.renew_job(ticket, lease, progress).await;
        match self.unless(Fault::NoFences, told, Renewal::GoOn)? {
            Renewal::Cancel if self.has(Fault::DeafWorkers) => Ok(Renewal::GoOn),
            told => Ok(told),
        }
    }

    async fn finish_job(&self, ticket: Ticket, finished: &Finished) -> Result<(), StoreError> {
        self.jobs.finish_job(ticket, finished).await?;
        if let (Fault::ForgottenEdits, Finished::Backtest(new)) = (self.fault, finished) {
            let backtest = new.backtest.clone();
            let edit = BacktestEdit {
                title: Some(backtest.title),
                notes: Some(backtest.notes),
                tags: Some(backtest.tags),
            };
            self.backtests.edit_backtest(backtest.id, edit).await?;
        }
        Ok(())
    }

    async fn release_job(&self, ticket: Ticket, why: Handback) -> Result<(), StoreError> {
        self.jobs.release_job(ticket, why).await
    }

    async fn cancel_job(&self, id: JobId) -> Result<(), StoreError> {
        match self.jobs.cancel_job(id).await {
            Err(StoreError::NotFound(_)) if self.has(Fault::CancelsAnything) => Ok(()),
            answer => answer,
        }
    }

    async fn job(&self, id: JobId) -> Result<Option<JobState>, StoreError> {
        self.jobs.job(id).await
    }

    async fn jobs(&self, query: JobsQuery) -> Result<Page<JobHead, JobId>, StoreError> {
        let mut page = self.jobs.jobs(query).await?;
        if self.has(Fault::WaitingJobsAlone) {
            page.items.retain(|job| job.state.worker.is_none());
        }
        Ok(page)
    }
}
