//! Telling jobs to stop.

use domain::{
    backtest::{Backtest, RunStatus},
    id::{BacktestId, JobId},
    job::{Finished, Handback, Renewal},
};

use super::steps::{
    LEASE, assert_none_waits, enqueued, enqueued_sweep, finished, job, outlast, progress, taken,
};
use crate::{
    backtest::steps::{done, found, prepared},
    harness::{Fixture, StoreHarness},
    market::steps::assert_error,
};

/// Checks that a backtest was cancelled and its job has ended.
async fn assert_cancelled(fixture: &Fixture, backtest: &Backtest) {
    let kept = found(fixture.backtests(), backtest.id).await;
    assert_eq!(kept.status, RunStatus::Cancelled);
    assert!(kept.finished_at.is_some(), "it is known when it ended");
    let expected = Backtest {
        status: RunStatus::Cancelled,
        finished_at: kept.finished_at,
        ..backtest.clone()
    };
    assert_eq!(kept, expected);
    assert_eq!(fixture.jobs().job(job(backtest)).await.unwrap(), None);
    assert_error!(
        fixture.jobs().cancel_job(job(backtest)).await.unwrap_err(),
        NotFound
    );
}

pub async fn a_waiting_job_is_cancelled_at_once(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let (backtest, sweep) = (enqueued(&fixture).await, enqueued_sweep(&fixture).await);
    let before = fixture.clock.as_ref();
    let earliest = domain::clock::Clock::now(before);
    fixture.jobs().cancel_job(job(&backtest)).await.unwrap();
    fixture.jobs().cancel_job(JobId::from(sweep.id)).await.unwrap();
    for _ in 0..2 {
        assert_cancelled(&fixture, &backtest).await;
        let kept = fixture.sweeps().sweep(sweep.id).await.unwrap().unwrap();
        assert_eq!(kept.status, RunStatus::Cancelled);
        assert!(kept.finished_at.is_some_and(|at| at > earliest));
        assert_none_waits(fixture.jobs()).await;
        fixture.restart().await;
    }
}

pub async fn a_running_job_hears_of_it_when_it_renews(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    fixture.jobs().cancel_job(job(&backtest)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(
            found(fixture.backtests(), backtest.id).await.status,
            RunStatus::Running
        );
        let state = fixture.jobs().job(job(&backtest)).await.unwrap().unwrap();
        assert!(state.is_cancelled);
        let told = fixture.jobs().renew_job(took.ticket, LEASE, progress(1, 2)).await;
        assert_eq!(told.unwrap(), Renewal::Cancel);
        // Asked again, it stays as it is.
        fixture.jobs().cancel_job(job(&backtest)).await.unwrap();
        fixture.restart().await;
    }
    let mut end = done(backtest.clone());
    end.backtest.status = RunStatus::Cancelled;
    let end = Finished::Backtest(Box::new(end));
    fixture.jobs().finish_job(took.ticket, &end).await.unwrap();
    assert_cancelled(&fixture, &backtest).await;
}

pub async fn a_job_that_was_done_before_it_heard_of_it_is_done(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    fixture.jobs().cancel_job(job(&backtest)).await.unwrap();
    fixture
        .jobs()
        .finish_job(took.ticket, &finished(&backtest))
        .await
        .unwrap();
    assert_eq!(
        found(fixture.backtests(), backtest.id).await.status,
        RunStatus::Done
    );
}

pub async fn a_job_whose_lease_ran_out_is_cancelled_at_once(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    outlast(&fixture);
    fixture.jobs().cancel_job(job(&backtest)).await.unwrap();
    assert_cancelled(&fixture, &backtest).await;
    let late = fixture.jobs().finish_job(took.ticket, &finished(&backtest)).await;
    assert_error!(late.unwrap_err(), Conflict);
    assert_cancelled(&fixture, &backtest).await;
}

pub async fn a_cancelled_job_whose_worker_died_is_taken_by_nobody(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (backtest, next) = (enqueued(&fixture).await, enqueued(&fixture).await);
    taken(fixture.jobs(), "a").await;
    fixture.jobs().cancel_job(job(&backtest)).await.unwrap();
    outlast(&fixture);
    assert_eq!(taken(fixture.jobs(), "b").await.ticket.job, job(&next));
    assert_cancelled(&fixture, &backtest).await;
}

pub async fn a_cancelled_job_that_is_given_back_ends(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    fixture.jobs().cancel_job(job(&backtest)).await.unwrap();
    fixture
        .jobs()
        .release_job(took.ticket, Handback::Stopped)
        .await
        .unwrap();
    assert_cancelled(&fixture, &backtest).await;
    assert_none_waits(fixture.jobs()).await;
}

pub async fn what_has_ended_or_never_was_is_not_cancelled(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    fixture
        .jobs()
        .finish_job(took.ticket, &finished(&backtest))
        .await
        .unwrap();
    let unknown = JobId::from(BacktestId::next(&*fixture.ids));
    for id in [job(&backtest), unknown] {
        assert_error!(fixture.jobs().cancel_job(id).await.unwrap_err(), NotFound);
        assert_eq!(fixture.jobs().job(id).await.unwrap(), None);
    }
    assert_eq!(
        found(fixture.backtests(), backtest.id).await.status,
        RunStatus::Done
    );
}
