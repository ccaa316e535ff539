//! Jobs on files: a document each, with what is to be run and who has it. It goes when what it runs has ended, and
//! counts for nothing from then on.

mod document;

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use domain::{
    backtest::{BacktestResult, NewBacktest, RunStatus},
    error::StoreError,
    id::{BacktestId, JobId, SweepId},
    job::{
        Finished, Handback, JobHead, JobLife, JobProgress, JobState, JobStore, JobsQuery, Offer, Renewal,
        TakenJob, Ticket, Work,
    },
    market::Timestamp,
    page::Page,
};

use document::{JobDocument, ids, live};
pub(crate) use document::{forget, read, write_backtest};

use crate::{
    backtest::{
        Changed, Stored, around, end_backtest, end_sweep, find, find_sweep, look_at_unreadable, missing_runs,
        pins,
    },
    store::{FileStore, Shared},
};

/// What a change of a job is a change of.
fn changed(work: &Work) -> BTreeSet<Changed> {
    BTreeSet::from([match work {
        Work::Backtest(backtest) => Changed::Backtest(backtest.id),
        Work::Sweep(sweep) => Changed::Sweep(sweep.id),
    }])
}

/// Stores a job whose work is seen to have changed.
fn write_seen(shared: &Shared, job: &JobDocument) -> Result<(), StoreError> {
    around(shared, &changed(&job.work), || job.write(shared))
}

/// What a job of that id runs, or ran.
fn stored_work(shared: &Shared, asked: &Work) -> Result<Option<Work>, StoreError> {
    let id = asked.id().as_uuid();
    let known = match asked {
        Work::Backtest(_) => find(shared, BacktestId::from_uuid(id))?
            .map(Stored::into_backtest)
            .map(|backtest| Work::Backtest(Box::new(backtest))),
        Work::Sweep(_) => {
            find_sweep(shared, SweepId::from_uuid(id))?.map(|sweep| Work::Sweep(Box::new(sweep)))
        }
    };
    match known {
        Some(work) => Ok(Some(work)),
        None => Ok(live(shared, asked.id())?.map(|job| job.work)),
    }
}

fn enqueue(shared: &Shared, work: Work) -> Result<(), StoreError> {
    if !work.is_missing_beside(stored_work(shared, &work)?.as_ref())? {
        return Ok(());
    }
    match &work {
        Work::Backtest(backtest) => pins::check_backtest(shared, backtest)?,
        Work::Sweep(sweep) => pins::check_sweep(shared, sweep)?,
    }
    let life = JobLife::default();
    write_seen(shared, &JobDocument { work, life })
}

fn take(shared: &Shared, worker: &str, lease: Duration) -> Result<Option<TakenJob>, StoreError> {
    let now = shared.clock.now();
    for id in ids(shared)? {
        let mut job = match live(shared, id) {
            Ok(Some(job)) => job,
            Ok(None) => {
                shared.discard_file(&shared.layout.job(id));
                continue;
            }
            // Those behind it are not kept waiting.
            Err(StoreError::Corrupt { .. }) => {
                look_at_unreadable(shared, id)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        match job.life.offer(now) {
            Offer::Leave => {}
            Offer::End => end_cancelled(shared, job, now)?,
            Offer::Take => {
                let ticket = job.life.take(id, worker, lease, now);
                job.work.set_status(RunStatus::Running);
                write_seen(shared, &job)?;
                return Ok(Some(TakenJob {
                    ticket,
                    attempt: job.life.attempts,
                    work: job.work,
                }));
            }
        }
    }
    Ok(None)
}

/// Returns the job that a ticket is for.
fn held(shared: &Shared, ticket: Ticket) -> Result<JobDocument, StoreError> {
    let job = live(shared, ticket.job)?;
    JobLife::held_by(job.as_ref().map(|job| &job.life), ticket)?;
    job.ok_or_else(|| JobLife::missing(ticket.job))
}

fn renew(
    shared: &Shared,
    ticket: Ticket,
    lease: Duration,
    progress: JobProgress,
) -> Result<Renewal, StoreError> {
    let mut job = held(shared, ticket)?;
    let told = job.life.renew(lease, progress, shared.clock.now());
    job.write(shared)?;
    Ok(told)
}

fn finish(shared: &Shared, ticket: Ticket, finished: &Finished) -> Result<(), StoreError> {
    let job = held(shared, ticket)?;
    finished.check(ticket)?;
    match (finished, &job.work) {
        (Finished::Backtest(new), Work::Backtest(stored)) => {
            let new = NewBacktest {
                backtest: stored.finished_as(&new.backtest),
                result: new.result.clone(),
            };
            end_backtest(shared, &new)?;
        }
        (Finished::Sweep(sweep, best), Work::Sweep(_)) => {
            let runs = missing_runs(shared, best)?;
            end_sweep(shared, sweep, &runs)?;
        }
        (_, work) => {
            let text = format!("{} can't end as something else", work.entity());
            return Err(StoreError::Invalid(text));
        }
    }
    shared.discard_file(&shared.layout.job(ticket.job));
    Ok(())
}

fn release(shared: &Shared, ticket: Ticket, why: Handback) -> Result<(), StoreError> {
    let mut job = held(shared, ticket)?;
    if job.life.release(why) {
        return end_cancelled(shared, job, shared.clock.now());
    }
    job.work.set_status(RunStatus::Queued);
    write_seen(shared, &job)
}

fn cancel(shared: &Shared, id: JobId) -> Result<(), StoreError> {
    let mut job = live(shared, id)?.ok_or_else(|| JobLife::missing(id))?;
    let now = shared.clock.now();
    if job.life.cancel(now) {
        end_cancelled(shared, job, now)
    } else {
        job.write(shared)
    }
}

fn end_cancelled(shared: &Shared, job: JobDocument, now: Timestamp) -> Result<(), StoreError> {
    let id = job.work.id();
    match job.work {
        Work::Backtest(backtest) => {
            let new = NewBacktest {
                backtest: backtest.cancelled(now),
                result: BacktestResult::default(),
            };
            end_backtest(shared, &new)?;
        }
        Work::Sweep(sweep) => end_sweep(shared, &sweep.cancelled(now), &[])?,
    }
    shared.discard_file(&shared.layout.job(id));
    Ok(())
}

fn list(shared: &Shared, query: &JobsQuery) -> Result<Page<JobHead, JobId>, StoreError> {
    let most = query.page.limit.get() + 1;
    let mut heads = Vec::new();
    for id in ids(shared)? {
        if query.page.after.is_some_and(|after| id <= after) {
            continue;
        }
        heads.extend(live(shared, id)?.map(|job| JobHead {
            id,
            kind: job.work.kind(),
            state: job.life.state(),
        }));
        if heads.len() == most {
            break;
        }
    }
    Ok(Page::cut(heads, query.page.limit, |head| head.id))
}

#[async_trait]
impl JobStore for FileStore {
    async fn enqueue(&self, work: &Work) -> Result<(), StoreError> {
        work.check()?;
        let work = work.clone();
        self.write(move |shared| enqueue(shared, work)).await
    }

    async fn take_job(&self, worker: &str, lease: Duration) -> Result<Option<TakenJob>, StoreError> {
        // Workers that wait for work disturb no writer.
        if self.look(|shared| Ok(ids(shared)?.is_empty())).await? {
            return Ok(None);
        }
        let worker = worker.to_owned();
        self.write(move |shared| take(shared, &worker, lease)).await
    }

    async fn renew_job(
        &self,
        ticket: Ticket,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Renewal, StoreError> {
        self.write(move |shared| renew(shared, ticket, lease, progress))
            .await
    }

    async fn finish_job(&self, ticket: Ticket, finished: &Finished) -> Result<(), StoreError> {
        let finished = finished.clone();
        self.write(move |shared| finish(shared, ticket, &finished)).await
    }

    async fn release_job(&self, ticket: Ticket, why: Handback) -> Result<(), StoreError> {
        self.write(move |shared| release(shared, ticket, why)).await
    }

    async fn cancel_job(&self, id: JobId) -> Result<(), StoreError> {
        self.write(move |shared| cancel(shared, id)).await
    }

    async fn job(&self, id: JobId) -> Result<Option<JobState>, StoreError> {
        self.look(move |shared| Ok(live(shared, id)?.map(|job| job.life.state())))
            .await
    }

    async fn jobs(&self, query: JobsQuery) -> Result<Page<JobHead, JobId>, StoreError> {
        self.look(move |shared| list(shared, &query)).await
    }
}
