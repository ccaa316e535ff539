//! Running jobs: how far they are, how they are stopped, and whose they are.

use std::time::Duration;

use domain::{
    backtest::RunStatus,
    id::SweepId,
    job::{Handback, JobState},
};

use super::{
    jobs::{Act, Watched},
    worked::settings,
    *,
};
use crate::fixture::gated;

impl Desk {
    /// Queues a sweep that runs for far longer than a test.
    async fn queue_long_sweep(&self) -> SweepId {
        self.write(waves(100_000)).await;
        self.queue_sweep(&["fast=2..50", "slow=2..100"], 0).await
    }

    /// Waits until some runs of a sweep are done.
    async fn some_are_done(&self, id: SweepId) -> JobState {
        let some = async {
            loop {
                let state = self.stores.jobs.job(id.into()).await.unwrap().unwrap();
                if state.progress.total == 49 * 99 && state.progress.done > 0 {
                    return state;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), some).await.unwrap()
    }
}

#[tokio::test]
async fn a_running_job_tells_how_far_it_is_and_stops_when_it_is_cancelled() {
    let desk = Desk::new().await;
    let (stores, jobs) = Watched::over(&desk.stores);
    let id = desk.queue_long_sweep().await;
    let workers = desk.workers_on(&stores, settings("a"));
    let state = desk.some_are_done(id).await;
    assert_eq!(state.worker.as_deref(), Some("a/1"));
    assert!(state.progress.done < state.progress.total);
    desk.stores.jobs.cancel_job(id.into()).await.unwrap();
    let sweep = desk.ended_sweep(id).await;
    assert_eq!((sweep.status, sweep.failure), (RunStatus::Cancelled, None));
    assert!(sweep.rows.is_empty() && sweep.finished_at.is_some());
    assert_eq!([Act::Took, Act::Finished].map(|act| jobs.count(id, act)), [1, 1]);
    // The engine has stopped as well: the runtime waits for its threads when the test ends.
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_running_job_is_given_back_when_its_process_ends_and_another_one_runs_it() {
    let desk = Desk::new().await;
    let (slow, _gate) = gated(&desk.stores);
    let (slow, jobs) = Watched::over(&slow);
    let id = desk.queue(order()).await;
    let workers = desk.workers_on(&slow, settings("a"));
    jobs.until(id, Act::Renewed, 1).await;
    workers.close(Duration::ZERO).await;
    assert_eq!(
        [Act::Released, Act::Offered].map(|act| jobs.count(id, act)),
        [1, 0]
    );
    let state = desk.stores.jobs.job(id.into()).await.unwrap().unwrap();
    assert_eq!(state.worker, None);
    let backtest = desk.stores.backtests.backtest(id).await.unwrap().unwrap();
    assert_eq!(backtest.status, RunStatus::Queued);
    let others = desk.workers("b");
    assert_eq!(desk.ended(id).await.status, RunStatus::Done);
    others.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_worker_whose_job_was_taken_away_stops_and_writes_nothing() {
    let desk = Desk::new().await;
    let (stores, jobs) = Watched::over(&desk.stores);
    let id = desk.queue_long_sweep().await;
    let workers = desk.workers_on(&stores, settings("a"));
    desk.some_are_done(id).await;
    jobs.take_away();
    // It is free for the next job, which it could not be if it still ran the sweep.
    let next = desk.queue(order()).await;
    assert_eq!(desk.ended(next).await.status, RunStatus::Done);
    assert_eq!(
        [Act::Offered, Act::Released].map(|act| jobs.count(id, act)),
        [0, 0]
    );
    let sweep = desk.stores.sweeps.sweep(id).await.unwrap().unwrap();
    assert_eq!((sweep.status, sweep.rows.len()), (RunStatus::Running, 0));
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_lease_of_thirty_seconds_is_renewed_during_a_longer_run() {
    let usual = WorkerSettings::new("a");
    assert_eq!(usual.lease, Duration::from_secs(30));
    assert!(usual.renewal * 10 <= usual.lease, "some renewals may fail");
    let desk = Desk::new().await;
    let (slow, gate) = gated(&desk.stores);
    let (slow, jobs) = Watched::over(&slow);
    let id = desk.queue(order()).await;
    let workers = desk.workers_on(&slow, settings("a"));
    for _ in 0..5 {
        // The first renewal that is heard of from now on may have begun before the time passed.
        let renewals = jobs.count(id, Act::Renewed) + 2;
        jobs.until(id, Act::Renewed, renewals).await;
        desk.pass(Duration::from_secs(20));
        let other = desk.stores.jobs.take_job("b", usual.lease).await.unwrap();
        assert_eq!(other, None);
    }
    gate.add_permits(1);
    assert_eq!(desk.ended(id).await.status, RunStatus::Done);
    assert_eq!(jobs.count(id, Act::Took), 1);
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_lasts_for_thirty_seconds() {
    let desk = Desk::new().await;
    let (slow, gate) = gated(&desk.stores);
    let (slow, jobs) = Watched::over(&slow);
    let id = desk.queue(order()).await;
    let deaf = WorkerSettings {
        renewal: Duration::from_hours(1),
        ..settings("a")
    };
    let workers = desk.workers_on(&slow, deaf);
    jobs.until(id, Act::Renewed, 1).await;
    let take = async || desk.stores.jobs.take_job("b", settings("b").lease).await.unwrap();
    desk.pass(Duration::from_secs(29));
    assert_eq!(take().await, None);
    desk.pass(Duration::from_secs(1));
    let other = take().await.unwrap();
    gate.add_permits(1);
    jobs.until(id, Act::Offered, 1).await;
    assert_eq!(jobs.count(id, Act::Finished), 0, "somebody else has the job");
    desk.stores
        .jobs
        .release_job(other.ticket, Handback::Stopped)
        .await
        .unwrap();
    workers.close(Duration::from_secs(10)).await;
}
