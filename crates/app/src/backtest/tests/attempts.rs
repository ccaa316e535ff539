//! What becomes of jobs that can't be run, or whose results can't be stored.

use std::time::Duration;

use domain::{backtest::RunStatus, error::StoreError, job::Handback};
use tokio::sync::Notify;

use super::{
    jobs::{Act, Watched},
    worked::settings,
    *,
};
use crate::fixture::{failing, gated};

const LEASE: Duration = Duration::from_secs(30);

fn down(_: domain::error::EntityRef) -> StoreError {
    StoreError::unavailable("it is down")
}

/// Lets workers take a job that never tell what became of it.
async fn die(desk: &Desk, times: u32) {
    for death in 1..=times {
        let taken = desk.stores.jobs.take_job("dead", LEASE).await.unwrap();
        assert_eq!(taken.unwrap().ticket.fence, u64::from(death));
        desk.pass(LEASE);
    }
}

#[tokio::test]
async fn a_run_that_fails_for_now_is_tried_again_and_goes_well() {
    let desk = Desk::new().await;
    let (stores, jobs) = Watched::over(&failing(&desk.stores, 2, down));
    let id = desk.queue(order()).await;
    let begun = tokio::time::Instant::now();
    let workers = desk.workers_on(&stores, settings("a"));
    let backtest = desk.ended(id).await;
    assert_eq!(backtest.status, RunStatus::Done, "{:?}", backtest.failure);
    let done = [Act::Took, Act::Released, Act::Finished].map(|act| jobs.count(id, act));
    assert_eq!(done, [3, 2, 1]);
    // It rests for two polls after the first failure and for four after the second one.
    assert!(begun.elapsed() >= settings("a").poll * 6);
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_worker_that_rests_after_a_failure_can_be_closed() {
    let desk = Desk::new().await;
    let asked = Arc::new(Notify::new());
    let refusal = {
        let asked = Arc::clone(&asked);
        move |entity| {
            asked.notify_one();
            down(entity)
        }
    };
    let (stores, jobs) = Watched::over(&failing(&desk.stores, 1, refusal));
    let id = desk.queue(order()).await;
    let slow = WorkerSettings {
        poll: Duration::from_hours(1),
        ..settings("a")
    };
    let workers = desk.workers_on(&stores, slow);
    tokio::time::timeout(Duration::from_mins(1), asked.notified())
        .await
        .unwrap();
    let closed = workers.close(Duration::from_mins(1));
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .unwrap();
    assert_eq!(jobs.count(id, Act::Released), 1);
}

#[tokio::test]
async fn a_run_that_fails_each_time_is_given_up_with_its_last_error() {
    let desk = Desk::new().await;
    let (stores, jobs) = Watched::over(&failing(&desk.stores, u32::MAX, down));
    let id = desk.queue(order()).await;
    let workers = desk.workers_on(&stores, settings("a"));
    let backtest = desk.ended(id).await;
    assert_eq!(backtest.status, RunStatus::Failed);
    assert_eq!(
        backtest.failure.as_deref(),
        Some(
            "the store is unavailable: it is down; it was given up after 5 attempts: run it again once that is mended"
        )
    );
    assert_eq!([Act::Took, Act::Finished].map(|act| jobs.count(id, act)), [5, 1]);
    assert_eq!(desk.stores.jobs.job(id.into()).await.unwrap(), None);
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_job_whose_workers_all_died_is_given_up_without_being_run() {
    let desk = Desk::new().await;
    let id = desk.queue(order()).await;
    die(&desk, 5).await;
    let (stores, jobs) = Watched::over(&desk.stores);
    let workers = desk.workers_on(&stores, settings("a"));
    let backtest = desk.ended(id).await;
    assert_eq!(backtest.status, RunStatus::Failed);
    let told = backtest.failure.unwrap();
    assert!(told.starts_with("it was given up after 5 attempts"), "{told}");
    assert!(backtest.finished_at.is_some() && backtest.digest.is_none());
    assert_eq!(jobs.count(id, Act::Renewed), 0);
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_job_whose_workers_were_stopped_is_run_however_often_that_was() {
    let desk = Desk::new().await;
    let (slow, _gate) = gated(&desk.stores);
    let (slow, jobs) = Watched::over(&slow);
    let id = desk.queue(order()).await;
    for stop in 1..=7 {
        let workers = desk.workers_on(&slow, settings("a"));
        jobs.until(id, Act::Took, stop).await;
        workers.close(Duration::ZERO).await;
        assert_eq!(jobs.count(id, Act::Released), stop);
    }
    let workers = desk.workers("b");
    assert_eq!(desk.ended(id).await.status, RunStatus::Done);
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_job_whose_workers_died_is_run_as_long_as_attempts_are_left() {
    let desk = Desk::new().await;
    let id = desk.queue(order()).await;
    die(&desk, 4).await;
    let workers = desk.workers("a");
    assert_eq!(desk.ended(id).await.status, RunStatus::Done);
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_result_that_the_store_refuses_ends_its_job_as_failed() {
    let desk = Desk::new().await;
    let (stores, jobs) = Watched::over(&desk.stores);
    jobs.refuse([StoreError::Invalid("its sharpe is no number".to_owned())]);
    let id = desk.queue(order()).await;
    let workers = desk.workers_on(&stores, settings("a"));
    let backtest = desk.ended(id).await;
    assert_eq!(backtest.status, RunStatus::Failed);
    assert_eq!(
        backtest.failure.as_deref(),
        Some("its result can't be stored: its sharpe is no number")
    );
    assert!(backtest.digest.is_none() && backtest.metrics.is_empty());
    assert!(desk.stores.backtests.equity(id).await.unwrap().is_empty());
    assert_eq!(jobs.count(id, Act::Took), 1);
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_sweep_that_the_store_refuses_ends_as_failed_without_runs() {
    let desk = Desk::new().await;
    let (stores, jobs) = Watched::over(&desk.stores);
    jobs.refuse([StoreError::Invalid("a row's figure is no number".to_owned())]);
    let id = desk.queue_sweep(&["fast=2..4"], 2).await;
    let workers = desk.workers_on(&stores, settings("a"));
    let sweep = desk.ended_sweep(id).await;
    assert_eq!(
        (sweep.status, sweep.failure.as_deref()),
        (
            RunStatus::Failed,
            Some("its result can't be stored: a row's figure is no number")
        )
    );
    assert!(sweep.rows.is_empty());
    let pins = crate::transfer::RunPins::all(&desk.stores).await.unwrap();
    assert_eq!(pins.counts(), (0, 1), "a sweep, and no run of it");
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_result_that_can_not_be_stored_yet_is_offered_again() {
    let desk = Desk::new().await;
    let (stores, jobs) = Watched::over(&desk.stores);
    let series = domain::error::EntityRef::Series(series());
    jobs.refuse([down(series.clone()), down(series)]);
    let id = desk.queue(order()).await;
    let workers = desk.workers_on(&stores, settings("a"));
    assert_eq!(desk.ended(id).await.status, RunStatus::Done);
    assert_eq!([Act::Took, Act::Offered].map(|act| jobs.count(id, act)), [1, 3]);
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_worker_that_lost_its_job_does_not_end_it_as_failed_either() {
    let desk = Desk::new().await;
    let (stores, gate) = gated(&desk.stores);
    let (stores, jobs) = Watched::over(&stores);
    jobs.refuse([StoreError::Invalid("its sharpe is no number".to_owned())]);
    let id = desk.queue(order()).await;
    // It does not hear that somebody else has its job.
    let deaf = WorkerSettings {
        renewal: Duration::from_hours(1),
        ..settings("a")
    };
    let workers = desk.workers_on(&stores, deaf);
    jobs.until(id, Act::Renewed, 1).await;
    desk.pass(LEASE);
    let other = desk.stores.jobs.take_job("b", LEASE).await.unwrap().unwrap();
    gate.add_permits(1);
    jobs.until(id, Act::Offered, 2).await;
    assert_eq!(jobs.count(id, Act::Finished), 0);
    let backtest = desk.stores.backtests.backtest(id).await.unwrap().unwrap();
    assert_eq!((backtest.status, backtest.failure), (RunStatus::Running, None));
    desk.stores
        .jobs
        .release_job(other.ticket, Handback::Stopped)
        .await
        .unwrap();
    workers.close(Duration::from_secs(10)).await;
}
