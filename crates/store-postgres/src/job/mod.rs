//! Jobs: a row for each backtest or sweep that has not ended. Workers hold rows while they take them, and pass over those
//! that others hold, so that any number of them share the work.

mod enqueue;
mod life;
mod work;

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    error::StoreError,
    id::JobId,
    job::{
        Finished, Handback, JobHead, JobProgress, JobState, JobStore, JobsQuery, Renewal, TakenJob, Ticket,
        Work,
    },
    page::Page,
};

use self::{
    enqueue::Enqueue,
    life::Job,
    work::{Cancel, Finish, Release, Renew, Take},
};
use crate::{
    backtest::{Ended, lane_of},
    database::{Fault, Lane},
    store::PostgresStore,
    unit::{Unit, carry_out},
};

impl PostgresStore {
    async fn carry_out<U: Unit>(&self, unit: U) -> Result<U::Done, StoreError> {
        carry_out(&self.shared, Lane::Requests, unit).await
    }
}

#[async_trait]
impl JobStore for PostgresStore {
    async fn enqueue(&self, work: &Work) -> Result<(), StoreError> {
        work.check()?;
        self.carry_out(Enqueue(work.clone())).await
    }

    async fn take_job(&self, worker: &str, lease: Duration) -> Result<Option<TakenJob>, StoreError> {
        // Mostly there is none: idle workers, however many, then open no transaction.
        let mut look = self.shared.database.lease(Lane::Requests).await?;
        let found: Result<_, Fault> = look.optional(sqlx::query("select from job limit 1")).await;
        drop(look);
        if found?.is_none() {
            return Ok(None);
        }
        let worker = worker.to_owned();
        self.carry_out(Take { worker, lease }).await
    }

    async fn renew_job(
        &self,
        ticket: Ticket,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Renewal, StoreError> {
        let unit = Renew {
            ticket,
            lease,
            progress,
        };
        self.carry_out(unit).await
    }

    async fn finish_job(&self, ticket: Ticket, finished: &Finished) -> Result<(), StoreError> {
        finished.check(ticket)?;
        let (sweep, new) = match finished {
            Finished::Backtest(new) => (None, vec![(**new).clone()]),
            Finished::Sweep(sweep, best) => (Some((**sweep).clone()), best.clone()),
        };
        let lane = if sweep.is_some() {
            Lane::Bulk
        } else {
            lane_of(&new)
        };
        let unit = Finish {
            ticket,
            sweep,
            ended: Ended::of(new).await?,
        };
        carry_out(&self.shared, lane, unit).await
    }

    async fn release_job(&self, ticket: Ticket, why: Handback) -> Result<(), StoreError> {
        self.carry_out(Release { ticket, why }).await
    }

    async fn cancel_job(&self, id: JobId) -> Result<(), StoreError> {
        self.carry_out(Cancel(id)).await
    }

    async fn job(&self, id: JobId) -> Result<Option<JobState>, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        let query = sqlx::query(include_str!("sql/find.sql"));
        let found: Result<_, Fault> = lease.optional(query.bind(id.as_uuid())).await;
        let job = found?.map(|row| Job::of(&row, id)).transpose()?;
        Ok(job.map(|job| job.life.state()))
    }

    async fn jobs(&self, query: JobsQuery) -> Result<Page<JobHead, JobId>, StoreError> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        Ok(Job::list(&mut lease, &query).await?)
    }
}
