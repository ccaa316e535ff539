//! Workers: they take jobs from the store and run them.

mod ending;

use std::{pin::pin, sync::Arc, time::Duration};

use domain::{
    clock::Clock,
    error::{EntityRef, StoreError},
    id::IdSource,
    job::{Finished, Handback, JobProgress, Renewal, TakenJob, Ticket, Work},
};
use tokio::{runtime::Handle, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::ending::ATTEMPTS;
use super::{error::BacktestError, meter::Meter, run::execute, sweep::execute_sweep};
use crate::stores::Stores;

/// How often the result of a job is offered to a store that is unavailable.
const FINISHING: u32 = 20;

/// How workers work.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// What this process is called in the store.
    pub name: String,
    /// How many jobs are run at once.
    pub count: usize,
    /// How long a job belongs to a worker that is not heard of.
    pub lease: Duration,
    /// How often a worker is heard of, tells how far it is and hears whether it shall stop.
    pub renewal: Duration,
    /// How often an idle worker looks for a job that another process has queued.
    pub poll: Duration,
}

impl WorkerSettings {
    /// Returns the usual settings: one job at a time (a run uses every core by itself), a lease of 30 s.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            count: 1,
            lease: Duration::from_secs(30),
            renewal: Duration::from_secs(1),
            poll: Duration::from_secs(1),
        }
    }
}

/// Workers of one process.
pub struct Workers {
    stores: Stores,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    settings: WorkerSettings,
    queued: Notify,
    /// Nothing more is taken.
    closed: CancellationToken,
    /// What is being run is given back.
    stopped: CancellationToken,
    tasks: TaskTracker,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Workers {
    /// Starts workers on the present runtime.
    ///
    /// # Panics
    /// Outside a runtime.
    pub fn start(
        stores: Stores,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        settings: WorkerSettings,
    ) -> Arc<Self> {
        let workers = Arc::new(Self {
            stores,
            clock,
            ids,
            queued: Notify::new(),
            closed: CancellationToken::new(),
            stopped: CancellationToken::new(),
            tasks: TaskTracker::new(),
            settings,
        });
        for number in 1..=workers.settings.count {
            let name = format!("{}/{number}", workers.settings.name);
            let worker = Arc::clone(&workers);
            workers
                .tasks
                .spawn_on(async move { worker.work(&name).await }, &Handle::current());
        }
        workers.tasks.close();
        workers
    }

    /// Tells idle workers that something was queued.
    pub fn wake(&self) {
        self.queued.notify_one();
    }

    /// Takes nothing more, and waits for what is being run; what is not done after `patience` is given back, for
    /// another process to run.
    pub async fn close(&self, patience: Duration) {
        self.closed.cancel();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            self.stopped.cancel();
            self.tasks.wait().await;
        }
    }

    async fn work(&self, name: &str) {
        while !self.closed.is_cancelled() {
            let taken = self.stores.jobs.take_job(name, self.settings.lease).await;
            match taken {
                Ok(Some(job)) => self.carry_out(job).await,
                Ok(None) => self.rest().await,
                Err(error) => {
                    tracing::warn!(worker = name, %error, "no job can be taken");
                    self.rest().await;
                }
            }
        }
    }

    async fn rest(&self) {
        tokio::select! {
            () = self.queued.notified() => {}
            () = tokio::time::sleep(self.settings.poll) => {}
            () = self.closed.cancelled() => {}
        }
    }

    async fn carry_out(&self, job: TakenJob) {
        let TakenJob {
            ticket,
            attempt,
            work,
        } = job;
        if attempt > ATTEMPTS {
            let given_up = ending::failed(work.clone(), ending::given_up(), self.clock.now());
            return self.finish(ticket, work, &given_up).await;
        }
        let meter = Meter::default();
        let ended = {
            let mut run = pin!(self.run(work.clone(), &meter));
            let mut beat = tokio::time::interval(self.settings.renewal);
            loop {
                tokio::select! {
                    ended = &mut run => break Some(ended),
                    _ = beat.tick() => if !self.is_still_ours(ticket, &meter).await {
                        return;
                    },
                    () = self.stopped.cancelled() => break None,
                }
            }
        };
        match ended {
            Some(Ok(finished)) => self.finish(ticket, work, &finished).await,
            Some(Err(error)) if attempt >= ATTEMPTS => {
                let reason = ending::given_up_after(&error);
                let given_up = ending::failed(work.clone(), reason, self.clock.now());
                self.finish(ticket, work, &given_up).await;
            }
            Some(Err(error)) => {
                tracing::warn!(job = %ticket.job, attempt, %error, "a job can't be run now");
                self.pause(attempt).await;
                self.release(ticket, Handback::Failed).await;
            }
            None => self.release(ticket, Handback::Stopped).await,
        }
    }

    /// Runs a job. An error is one that may pass.
    async fn run(&self, work: Work, meter: &Meter) -> Result<Finished, BacktestError> {
        let (stores, clock, ids) = (&self.stores, &*self.clock, &*self.ids);
        let ended = match work.clone() {
            Work::Backtest(backtest) => {
                let ended = execute(stores, clock, *backtest, meter).await;
                ended.map(|new| Finished::Backtest(Box::new(new)))
            }
            Work::Sweep(sweep) => {
                let ended = execute_sweep(stores, clock, ids, *sweep, meter).await;
                ended.map(|(sweep, best)| Finished::Sweep(Box::new(sweep), best))
            }
        };
        ended.or_else(|error| ending::ended_by(error, work, clock.now()))
    }

    /// Rests after a job could not be run, longer each time. The job stays this worker's meanwhile, so that others
    /// don't use its attempts up at once.
    async fn pause(&self, attempt: u64) {
        let doublings = u32::try_from(attempt).unwrap_or(u32::MAX);
        let pause = self.settings.poll.saturating_mul(2_u32.saturating_pow(doublings));
        tokio::select! {
            () = tokio::time::sleep(pause.min(self.settings.lease / 2)) => {}
            () = self.closed.cancelled() => {}
        }
    }

    /// Renews the lease; tells whether the worker may go on.
    async fn is_still_ours(&self, ticket: Ticket, meter: &Meter) -> bool {
        let (done, total) = (meter.done(), meter.total());
        let progress = JobProgress { done, total };
        let renewed = self
            .stores
            .jobs
            .renew_job(ticket, self.settings.lease, progress)
            .await;
        match renewed {
            Ok(Renewal::GoOn) => true,
            Ok(Renewal::Cancel) => {
                meter.stop();
                true
            }
            Err(error @ (StoreError::Conflict { .. } | StoreError::NotFound(_))) => {
                tracing::warn!(job = %ticket.job, %error, "a job was taken away");
                false
            }
            Err(error) => {
                // The lease may last until the store is back; if not, the result will be refused.
                tracing::warn!(job = %ticket.job, %error, "a lease can't be renewed");
                true
            }
        }
    }

    async fn finish(&self, ticket: Ticket, work: Work, finished: &Finished) {
        let mut answer = self.offer(ticket, finished).await;
        if let Err(refusal) = &answer
            && !matches!(refusal, StoreError::Unavailable(_))
            && !is_lost(refusal)
        {
            tracing::warn!(job = %ticket.job, error = %refusal, "a result was refused");
            let reason = format!("its result can't be stored: {refusal}");
            let failed = ending::failed(work, reason, self.clock.now());
            answer = self.offer(ticket, &failed).await;
        }
        match answer {
            Ok(()) => {}
            Err(error) if is_lost(&error) => {
                tracing::warn!(job = %ticket.job, %error, "a job was taken away");
            }
            Err(error) => {
                tracing::error!(job = %ticket.job, %error, "an end is given up; the job will be taken again");
            }
        }
    }

    /// Offers the end of a job to the store, again and again while that is unavailable.
    async fn offer(&self, ticket: Ticket, finished: &Finished) -> Result<(), StoreError> {
        for _ in 1..FINISHING {
            match self.stores.jobs.finish_job(ticket, finished).await {
                Err(StoreError::Unavailable(error)) => {
                    tracing::warn!(job = %ticket.job, %error, "a result can't be stored yet");
                    tokio::time::sleep(self.settings.poll).await;
                }
                answer => return answer,
            }
        }
        self.stores.jobs.finish_job(ticket, finished).await
    }

    async fn release(&self, ticket: Ticket, why: Handback) {
        if let Err(error) = self.stores.jobs.release_job(ticket, why).await {
            tracing::warn!(job = %ticket.job, %error, "a job can't be given back; it will be taken when its lease ends");
        }
    }
}

/// Tells whether a worker no longer has its job.
fn is_lost(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::NotFound(EntityRef::Job(_))
            | StoreError::Conflict {
                entity: EntityRef::Job(_),
                ..
            }
    )
}
