//! The port of jobs.

use std::time::Duration;

use async_trait::async_trait;

use super::{Finished, Handback, JobHead, JobProgress, JobState, Renewal, TakenJob, Ticket, Work};
use crate::{
    error::StoreError,
    id::JobId,
    page::{Page, PageRequest},
};

/// Where jobs are stored. Any number of workers, in any number of processes, share one store.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Stores a backtest or a sweep whose status is queued, and the job to run it. One that is there already and was
    /// asked for in the same words is left as it is, whatever a worker and people have made of it since.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when its status is another or a number is not finite; [`StoreError::Conflict`] when another one has its id;
    /// [`StoreError::NotFound`] when the strategy's version or an input is not there; [`StoreError::Gone`] when an
    /// input's version has been pruned.
    async fn enqueue(&self, work: &Work) -> Result<(), StoreError>;

    /// Takes the oldest job, by its id, that nobody has or whose lease has run out, for the time of `lease`. What is
    /// to be run has the status running then. A job that was told to stop and whose lease has run out is taken by
    /// nobody: it ends as cancelled here.
    async fn take_job(&self, worker: &str, lease: Duration) -> Result<Option<TakenJob>, StoreError>;

    /// Makes a lease last from now on, and tells how far the worker is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the job is no longer the worker's: it ended, or another one took it.
    async fn renew_job(
        &self,
        ticket: Ticket,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Renewal, StoreError>;

    /// Stores what a job gave, and ends it. What people changed of a backtest meanwhile stays. A lease that has run
    /// out is still good as long as nobody else took the job.
    ///
    /// # Errors
    /// Those of [`crate::backtest::SweepStore::add_sweep`] for the best runs of a sweep;
    /// [`StoreError::Conflict`] when the job is no longer the worker's, and [`StoreError::Invalid`] when what is
    /// finished is another one or has not ended; nothing is written then.
    async fn finish_job(&self, ticket: Ticket, finished: &Finished) -> Result<(), StoreError>;

    /// Gives a job back that can't be worked on now: it is queued again, and another worker may take it at once. One
    /// that was told to stop is cancelled.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is no longer the worker's.
    async fn release_job(&self, ticket: Ticket, why: Handback) -> Result<(), StoreError>;

    /// Asks for a job to be stopped: one that no living worker has is cancelled at once, another one when its
    /// worker renews its lease.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such job, or it has ended.
    async fn cancel_job(&self, id: JobId) -> Result<(), StoreError>;

    /// Returns what is known of a job that has not ended.
    async fn job(&self, id: JobId) -> Result<Option<JobState>, StoreError>;

    /// Lists the jobs that have not ended, the oldest first: in the order in which they are taken.
    async fn jobs(&self, query: JobsQuery) -> Result<Page<JobHead, JobId>, StoreError>;
}

/// Which jobs are listed.
#[derive(Debug, Clone)]
pub struct JobsQuery {
    /// The page.
    pub page: PageRequest<JobId>,
}
