//! The steps that cases are made of.

use std::time::Duration;

use domain::{
    backtest::{Backtest, Sweep},
    id::JobId,
    job::{Finished, JobProgress, JobStore, TakenJob, Work},
};

use crate::{
    backtest::steps::{done, queued, queued_sweep},
    harness::Fixture,
};

/// Longer than any case takes on its clock, unless it moves the clock on.
pub(crate) const LEASE: Duration = Duration::from_hours(1);

/// Makes the lease of whatever was taken run out.
pub(crate) fn outlast(fixture: &Fixture) {
    fixture.clock.advance(LEASE.as_micros() as i64);
}

/// A backtest as work.
pub(crate) fn work(backtest: &Backtest) -> Work {
    Work::Backtest(Box::new(backtest.clone()))
}

/// A sweep as work.
pub(crate) fn sweep_work(sweep: &Sweep) -> Work {
    Work::Sweep(Box::new(sweep.clone()))
}

/// Enqueues a backtest.
pub(crate) async fn enqueued(fixture: &Fixture) -> Backtest {
    let backtest = queued(fixture);
    fixture
        .jobs()
        .enqueue(&work(&backtest))
        .await
        .expect("it is enqueued");
    backtest
}

/// Enqueues a sweep.
pub(crate) async fn enqueued_sweep(fixture: &Fixture) -> Sweep {
    let sweep = queued_sweep(fixture);
    fixture
        .jobs()
        .enqueue(&sweep_work(&sweep))
        .await
        .expect("it is enqueued");
    sweep
}

/// Takes a job that must be there.
pub(crate) async fn taken(store: &dyn JobStore, worker: &str) -> TakenJob {
    let taken = store.take_job(worker, LEASE).await.expect("a look at the queue");
    taken.expect("a job is waiting")
}

/// Checks that no job can be taken.
pub(crate) async fn assert_none_waits(store: &dyn JobStore) {
    let taken = store
        .take_job("nobody", LEASE)
        .await
        .expect("a look at the queue");
    assert_eq!(taken, None);
}

/// The id of a backtest's job.
pub(crate) fn job(backtest: &Backtest) -> JobId {
    backtest.id.into()
}

/// What a worker says that runs a backtest without any trades.
pub(crate) fn finished(backtest: &Backtest) -> Finished {
    Finished::Backtest(Box::new(done(backtest.clone())))
}

/// How far a worker is.
pub(crate) fn progress(done: u64, total: u64) -> JobProgress {
    JobProgress { done, total }
}
