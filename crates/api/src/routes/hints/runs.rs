//! What changes of backtests and sweeps.

use std::collections::HashMap;

use app::stores::Stores;
use domain::{
    backtest::{BacktestSort, BacktestsFilter, BacktestsQuery, RunStatus, SweepsQuery},
    error::StoreError,
    id::JobId,
    job::JobProgress,
    market::Order,
    page::PageRequest,
};

use super::{Hint, NEWEST, State};

/// What is known of a run: its status, and how far it is while it is under way.
type Known = (RunStatus, JobProgress);

/// What has been seen of backtests and sweeps.
#[derive(Debug, Default)]
pub(super) struct SeenRuns(Option<HashMap<JobId, Known>>);

impl SeenRuns {
    /// Returns what has changed since the last look; the first look only remembers.
    pub(super) async fn look(&mut self, stores: &Stores) -> Result<Vec<Hint>, StoreError> {
        let backtests = stores.backtests.backtests(BacktestsQuery {
            filter: BacktestsFilter::default(),
            sort: BacktestSort::Created,
            order: Order::Descending,
            page: PageRequest::first(NEWEST),
        });
        let sweeps = stores.sweeps.sweeps(SweepsQuery {
            page: PageRequest::first(NEWEST),
        });
        let (backtests, sweeps) = futures::try_join!(backtests, sweeps)?;
        let backtests = backtests
            .items
            .iter()
            .map(|run| ("backtest", JobId::from(run.id), run.status));
        let sweeps = sweeps
            .items
            .iter()
            .map(|run| ("sweep", JobId::from(run.id), run.status));
        let (mut known, mut hints) = (HashMap::new(), Vec::new());
        for (entity, id, status) in backtests.chain(sweeps) {
            let progress = match status {
                RunStatus::Running => stores.jobs.job(id).await?.map(|job| job.progress),
                _ => None,
            };
            let now = (status, progress.unwrap_or_default());
            known.insert(id, now);
            let before = self.0.as_ref().map(|seen| seen.get(&id));
            if before.is_some_and(|before| before != Some(&now)) {
                hints.push(Hint {
                    entity,
                    id: id.to_string(),
                    version: None,
                    state: Some(State::Run(status)),
                    progress,
                });
            }
        }
        self.0 = Some(known);
        // They were listed with the newest first; hints come in the order in which things happened.
        hints.reverse();
        Ok(hints)
    }
}
