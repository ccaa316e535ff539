//! Workers: they take jobs from the store and run them.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{
    backtest::{BacktestResult, NewBacktest, RunStatus},
    clock::Clock,
    error::StoreError,
    id::IdSource,
    job::{Finished, JobProgress, Renewal, TakenJob, Ticket, Work},
};
use tokio::{runtime::Handle, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{error::BacktestError, run::execute, sweep::execute_sweep};
use crate::{
    progress::{Progress, Stage},
    stores::Stores,
};

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
        let ticket = job.ticket;
        let meter = Meter::default();
        let ended = {
            let mut run = pin!(self.run(job.work, &meter));
            let mut beat = tokio::time::interval(self.settings.renewal);
            loop {
                tokio::select! {
                    ended = &mut run => break ended,
                    _ = beat.tick() => if !self.is_still_ours(ticket, &meter).await {
                        return;
                    },
                    () = self.stopped.cancelled() => break None,
                }
            }
        };
        match ended {
            Some(finished) => self.finish(ticket, &finished).await,
            None => self.release(ticket).await,
        }
    }

    /// Runs a job; `None` when the store does not let it be run now.
    async fn run(&self, work: Work, meter: &Meter) -> Option<Finished> {
        let (stores, clock, ids) = (&self.stores, &*self.clock, &*self.ids);
        match work {
            Work::Backtest(mut backtest) => {
                let ended = execute(stores, clock, (*backtest).clone(), meter).await;
                let new = match ended {
                    Ok(new) => new,
                    Err(error) => {
                        (backtest.status, backtest.failure) = failure(&error)?;
                        backtest.finished_at = Some(clock.now());
                        NewBacktest {
                            backtest: *backtest,
                            result: BacktestResult::default(),
                        }
                    }
                };
                Some(Finished::Backtest(Box::new(new)))
            }
            Work::Sweep(mut sweep) => {
                let ended = execute_sweep(stores, clock, ids, (*sweep).clone(), meter).await;
                Some(match ended {
                    Ok((sweep, best)) => Finished::Sweep(Box::new(sweep), best),
                    Err(error) => {
                        (sweep.status, sweep.failure) = failure(&error)?;
                        sweep.finished_at = Some(clock.now());
                        Finished::Sweep(sweep, Vec::new())
                    }
                })
            }
        }
    }

    /// Renews the lease; tells whether the worker may go on.
    async fn is_still_ours(&self, ticket: Ticket, meter: &Meter) -> bool {
        let progress = meter.progress();
        let renewed = self
            .stores
            .jobs
            .renew_job(ticket, self.settings.lease, progress)
            .await;
        match renewed {
            Ok(Renewal::GoOn) => true,
            Ok(Renewal::Cancel) => {
                meter.cancelled.store(true, Ordering::Relaxed);
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

    async fn finish(&self, ticket: Ticket, finished: &Finished) {
        for _ in 0..FINISHING {
            match self.stores.jobs.finish_job(ticket, finished).await {
                Ok(()) => return,
                Err(StoreError::Unavailable(error)) => {
                    tracing::warn!(job = %ticket.job, %error, "a result can't be stored yet");
                    tokio::time::sleep(self.settings.poll).await;
                }
                Err(error) => {
                    tracing::warn!(job = %ticket.job, %error, "a result was refused");
                    return;
                }
            }
        }
        tracing::error!(job = %ticket.job, "a result is given up; the job will be run again");
    }

    async fn release(&self, ticket: Ticket) {
        if let Err(error) = self.stores.jobs.release_job(ticket).await {
            tracing::warn!(job = %ticket.job, %error, "a job can't be given back; it will be taken when its lease ends");
        }
    }
}

/// Returns what an error makes of a run, and why; `None` when the run may go well later.
fn failure(error: &BacktestError) -> Option<(RunStatus, Option<String>)> {
    match error {
        error if error.is_transient() => None,
        BacktestError::Cancelled(_) => Some((RunStatus::Cancelled, None)),
        error => Some((RunStatus::Failed, Some(error.to_string()))),
    }
}

/// Hears how far a job is.
#[derive(Debug, Default)]
struct Meter {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

impl Meter {
    fn progress(&self) -> JobProgress {
        JobProgress {
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }
}

impl Progress for Meter {
    fn begin(&self, _stage: &Stage, total: Option<u64>) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total.unwrap_or_default(), Ordering::Relaxed);
    }

    fn advance(&self, units: u64, _rows: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
