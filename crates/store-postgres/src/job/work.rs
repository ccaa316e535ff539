//! What workers do with jobs: take, renew, give back and finish them.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    backtest::{RunStatus, Sweep},
    error::EntityRef,
    id::JobId,
    job::{Handback, JobProgress, Offer, Renewal, TakenJob, Ticket},
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::life::Job;
use crate::{
    backtest::{self, Ended},
    database::{Fault, Lease},
    market::Row,
    store::Shared,
    unit::Unit,
};

/// Takes the oldest job that nobody has.
pub(super) struct Take {
    pub(super) worker: String,
    pub(super) lease: Duration,
}

#[async_trait]
impl Unit for Take {
    type Done = Option<TakenJob>;

    async fn run(&self, shared: &Shared, lease: &mut Lease) -> Result<Option<TakenJob>, Fault> {
        let now = shared.options.clock.now();
        let mut unreadable: Vec<Uuid> = Vec::new();
        loop {
            let query = sqlx::query(include_str!("sql/next.sql"))
                .bind(now.micros())
                .bind(unreadable.clone());
            let Some(row) = lease.optional(query).await? else {
                return Ok(None);
            };
            let id = JobId::from_uuid(Row::new(&row, "job").get("id")?);
            let read = match readable(lease, &row, id).await {
                Err(Fault::Store(error)) => Err(error),
                read => Ok(read?),
            };
            // Nothing was written of it yet; those behind it are not kept waiting.
            let Some(mut job) = shared.passed_over.readable(&EntityRef::Job(id), read)? else {
                unreadable.push(id.as_uuid());
                continue;
            };
            match job.life.offer(now) {
                Offer::End => job.end_cancelled(lease, now).await?,
                // Only those are looked at that nobody has.
                Offer::Leave => return Ok(None),
                Offer::Take => {
                    let ticket = job.life.take(id, &self.worker, self.lease, now);
                    job.put(lease).await?;
                    let work = job.set_status(lease, RunStatus::Running, None).await?;
                    let attempt = job.life.attempts;
                    return Ok(Some(TakenJob {
                        ticket,
                        attempt,
                        work,
                    }));
                }
            }
        }
    }
}

/// Reads a job, and sees to it that what it runs can be read.
async fn readable(lease: &mut Lease, row: &PgRow, id: JobId) -> Result<Job, Fault> {
    let job = Job::of(row, id)?;
    job.check(lease).await?;
    Ok(job)
}

/// Makes a lease last from now on.
pub(super) struct Renew {
    pub(super) ticket: Ticket,
    pub(super) lease: Duration,
    pub(super) progress: JobProgress,
}

#[async_trait]
impl Unit for Renew {
    type Done = Renewal;

    async fn run(&self, shared: &Shared, lease: &mut Lease) -> Result<Renewal, Fault> {
        let mut job = Job::held_by(lease, self.ticket).await?;
        let now = shared.options.clock.now();
        let renewal = job.life.renew(self.lease, self.progress, now);
        job.put(lease).await?;
        Ok(renewal)
    }
}

/// Gives a job back.
pub(super) struct Release {
    pub(super) ticket: Ticket,
    pub(super) why: Handback,
}

#[async_trait]
impl Unit for Release {
    type Done = ();

    async fn run(&self, shared: &Shared, lease: &mut Lease) -> Result<(), Fault> {
        let mut job = Job::held_by(lease, self.ticket).await?;
        if job.life.release(self.why) {
            return job.end_cancelled(lease, shared.options.clock.now()).await;
        }
        job.put(lease).await?;
        job.set_status(lease, RunStatus::Queued, None).await?;
        Ok(())
    }
}

/// Tells a job to stop.
pub(super) struct Cancel(pub(super) JobId);

#[async_trait]
impl Unit for Cancel {
    type Done = ();

    async fn run(&self, shared: &Shared, lease: &mut Lease) -> Result<(), Fault> {
        let missing = || domain::job::JobLife::missing(self.0);
        let mut job = Job::hold(lease, self.0).await?.ok_or_else(missing)?;
        let now = shared.options.clock.now();
        if job.life.cancel(now) {
            job.end_cancelled(lease, now).await
        } else {
            job.put(lease).await
        }
    }
}

/// Ends a job with what it gave.
pub(super) struct Finish {
    pub(super) ticket: Ticket,
    /// The sweep, if it was one.
    pub(super) sweep: Option<Sweep>,
    /// The backtest, or the best runs of the sweep.
    pub(super) ended: Ended,
}

#[async_trait]
impl Unit for Finish {
    type Done = ();

    async fn run(&self, _: &Shared, lease: &mut Lease) -> Result<(), Fault> {
        let job = Job::held_by(lease, self.ticket).await?;
        if let Some(sweep) = &self.sweep {
            backtest::finish_sweep(lease, sweep).await?;
        }
        for (new, coded) in self.ended.iter() {
            if self.sweep.is_some() {
                backtest::add_if_missing(lease, new, coded).await?;
            } else {
                backtest::finish(lease, new, coded).await?;
            }
        }
        job.remove(lease).await
    }
}
