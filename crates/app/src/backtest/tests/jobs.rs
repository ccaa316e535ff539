//! A store of jobs that keeps account of what workers do, and refuses what it is told to.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    error::{EntityRef, StoreError},
    id::JobId,
    job::{
        Finished, Handback, JobHead, JobProgress, JobState, JobStore, JobsQuery, Renewal, TakenJob, Ticket,
        Work,
    },
    page::Page,
};
use tokio::sync::watch;

use super::*;

/// What a worker did with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Took,
    Renewed,
    Offered,
    Finished,
    Released,
}

/// What workers did, in order.
type Account = Vec<(JobId, Act)>;

pub(super) struct Watched {
    jobs: Arc<dyn JobStore>,
    account: watch::Sender<Account>,
    /// What the next ends of jobs are answered with.
    refusals: Mutex<VecDeque<StoreError>>,
    /// Whether renewals are answered as if somebody else had the job.
    takes_away: AtomicBool,
}

impl Watched {
    /// Puts an account before the jobs of a store.
    pub(super) fn over(stores: &Stores) -> (Stores, Arc<Self>) {
        let watched = Arc::new(Self {
            jobs: stores.jobs.clone(),
            account: watch::Sender::default(),
            refusals: Mutex::default(),
            takes_away: AtomicBool::new(false),
        });
        let stores = Stores {
            jobs: watched.clone(),
            ..stores.clone()
        };
        (stores, watched)
    }

    pub(super) fn refuse(&self, errors: impl IntoIterator<Item = StoreError>) {
        self.refusals.lock().unwrap().extend(errors);
    }

    pub(super) fn take_away(&self) {
        self.takes_away.store(true, Ordering::SeqCst);
    }

    /// Tells how often workers did something with a job.
    pub(super) fn count(&self, job: impl Into<JobId>, act: Act) -> usize {
        count(&self.account.borrow(), job.into(), act)
    }

    /// Waits until workers did something with a job as often as `times`.
    pub(super) async fn until(&self, job: impl Into<JobId>, act: Act, times: usize) {
        let (job, mut account) = (job.into(), self.account.subscribe());
        let done = account.wait_for(|account| count(account, job, act) >= times);
        tokio::time::timeout(Duration::from_mins(1), done)
            .await
            .unwrap()
            .unwrap();
    }

    fn note(&self, job: JobId, act: Act) {
        self.account.send_modify(|account| account.push((job, act)));
    }
}

fn count(account: &Account, job: JobId, act: Act) -> usize {
    account.iter().filter(|done| **done == (job, act)).count()
}

#[async_trait]
impl JobStore for Watched {
    async fn enqueue(&self, work: &Work) -> Result<(), StoreError> {
        self.jobs.enqueue(work).await
    }

    async fn take_job(&self, worker: &str, lease: Duration) -> Result<Option<TakenJob>, StoreError> {
        let taken = self.jobs.take_job(worker, lease).await?;
        if let Some(taken) = &taken {
            self.note(taken.ticket.job, Act::Took);
        }
        Ok(taken)
    }

    async fn renew_job(
        &self,
        ticket: Ticket,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Renewal, StoreError> {
        if self.takes_away.swap(false, Ordering::SeqCst) {
            return Err(StoreError::conflict(
                EntityRef::Job(ticket.job),
                "another one has it",
            ));
        }
        let renewed = self.jobs.renew_job(ticket, lease, progress).await?;
        self.note(ticket.job, Act::Renewed);
        Ok(renewed)
    }

    async fn finish_job(&self, ticket: Ticket, finished: &Finished) -> Result<(), StoreError> {
        let refusal = self.refusals.lock().unwrap().pop_front();
        let answer = match refusal {
            Some(refusal) => Err(refusal),
            None => self.jobs.finish_job(ticket, finished).await,
        };
        if answer.is_ok() {
            self.note(ticket.job, Act::Finished);
        }
        self.note(ticket.job, Act::Offered);
        answer
    }

    async fn release_job(&self, ticket: Ticket, why: Handback) -> Result<(), StoreError> {
        self.jobs.release_job(ticket, why).await?;
        self.note(ticket.job, Act::Released);
        Ok(())
    }

    async fn cancel_job(&self, id: JobId) -> Result<(), StoreError> {
        self.jobs.cancel_job(id).await
    }

    async fn job(&self, id: JobId) -> Result<Option<JobState>, StoreError> {
        self.jobs.job(id).await
    }

    async fn jobs(&self, query: JobsQuery) -> Result<Page<JobHead, JobId>, StoreError> {
        self.jobs.jobs(query).await
    }
}
