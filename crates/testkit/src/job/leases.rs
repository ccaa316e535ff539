//! Leases: renewing them, losing them, giving jobs back.

use domain::{
    backtest::RunStatus,
    id::JobId,
    job::{Handback, Renewal, Ticket},
};

use super::steps::{
    LEASE, assert_none_waits, enqueued, enqueued_sweep, finished, job, outlast, progress, taken,
};
use crate::{
    backtest::steps::{found, prepared, whole},
    harness::{Fixture, StoreHarness},
    market::steps::assert_error,
};

/// Checks that a worker that lost its job can't do anything to it.
async fn assert_fenced_off(fixture: &Fixture, ticket: Ticket) {
    let before = fixture.jobs().job(ticket.job).await.unwrap();
    let id = domain::id::BacktestId::from_uuid(ticket.job.as_uuid());
    let seen = whole(fixture.backtests(), id).await;
    let store = fixture.jobs();
    let renewed = store.renew_job(ticket, LEASE, progress(9, 9)).await;
    assert_error!(renewed.unwrap_err(), Conflict);
    let end = finished(&seen.backtest);
    assert_error!(store.finish_job(ticket, &end).await.unwrap_err(), Conflict);
    assert_error!(
        store.release_job(ticket, Handback::Failed).await.unwrap_err(),
        Conflict
    );
    assert_eq!(store.job(ticket.job).await.unwrap(), before);
    assert_eq!(whole(fixture.backtests(), id).await, seen);
}

pub async fn a_lease_that_runs_out_lets_another_worker_take_the_job(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let first = taken(fixture.jobs(), "a").await;
    assert_none_waits(fixture.jobs()).await;
    outlast(&fixture);
    let second = taken(fixture.jobs(), "b").await;
    assert_eq!(second.work, first.work);
    assert!(second.ticket.fence > first.ticket.fence);
    let state = fixture.jobs().job(job(&backtest)).await.unwrap().unwrap();
    assert_eq!(state.worker.as_deref(), Some("b"));
    assert_none_waits(fixture.jobs()).await;
    fixture.restart().await;
    assert_fenced_off(&fixture, first.ticket).await;
    fixture
        .jobs()
        .finish_job(second.ticket, &finished(&backtest))
        .await
        .unwrap();
    assert_eq!(
        found(fixture.backtests(), backtest.id).await.status,
        RunStatus::Done
    );
    assert_fenced_off(&fixture, first.ticket).await;
    assert_fenced_off(&fixture, second.ticket).await;
}

pub async fn an_old_job_whose_lease_ran_out_comes_before_newer_ones(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let old = enqueued(&fixture).await;
    enqueued(&fixture).await;
    taken(fixture.jobs(), "a").await;
    outlast(&fixture);
    assert_eq!(taken(fixture.jobs(), "b").await.ticket.job, job(&old));
}

pub async fn a_worker_that_renews_in_time_keeps_its_job(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    let half = LEASE.as_micros() as i64 / 2;
    for step in 1..=5 {
        fixture.clock.advance(half);
        let told = fixture
            .jobs()
            .renew_job(took.ticket, LEASE, progress(step, 7))
            .await;
        assert_eq!(told.unwrap(), Renewal::GoOn);
        fixture.restart().await;
        let state = fixture.jobs().job(job(&backtest)).await.unwrap().unwrap();
        assert_eq!(state.progress, progress(step, 7));
        assert_eq!(state.worker.as_deref(), Some("a"));
        assert_none_waits(fixture.jobs()).await;
    }
    outlast(&fixture);
    taken(fixture.jobs(), "b").await;
    let state = fixture.jobs().job(job(&backtest)).await.unwrap().unwrap();
    assert_eq!(state.progress, progress(0, 0), "another worker begins again");
}

pub async fn a_late_worker_keeps_its_job_as_long_as_nobody_took_it(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (one, two) = (enqueued(&fixture).await, enqueued(&fixture).await);
    let first = taken(fixture.jobs(), "a").await;
    let second = taken(fixture.jobs(), "a").await;
    outlast(&fixture);
    let told = fixture
        .jobs()
        .renew_job(first.ticket, LEASE, progress(1, 2))
        .await;
    assert_eq!(told.unwrap(), Renewal::GoOn);
    fixture
        .jobs()
        .finish_job(second.ticket, &finished(&two))
        .await
        .unwrap();
    assert_none_waits(fixture.jobs()).await;
    assert_eq!(
        found(fixture.backtests(), one.id).await.status,
        RunStatus::Running
    );
    assert_eq!(found(fixture.backtests(), two.id).await.status, RunStatus::Done);
}

pub async fn a_lease_of_no_time_is_over_at_once(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    enqueued(&fixture).await;
    let store = fixture.jobs();
    let nothing = std::time::Duration::ZERO;
    let first = store.take_job("a", nothing).await.unwrap().unwrap();
    let second = store.take_job("b", nothing).await.unwrap().unwrap();
    assert!(second.ticket.fence > first.ticket.fence);
}

pub async fn a_job_that_is_given_back_is_queued_and_taken_at_once(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let first = taken(fixture.jobs(), "a").await;
    fixture
        .jobs()
        .release_job(first.ticket, Handback::Failed)
        .await
        .unwrap();
    assert_eq!(found(fixture.backtests(), backtest.id).await, backtest);
    let state = fixture.jobs().job(job(&backtest)).await.unwrap().unwrap();
    assert_eq!((state.worker, state.is_cancelled), (None, false));
    assert_fenced_off(&fixture, first.ticket).await;
    let second = taken(fixture.jobs(), "b").await;
    assert_eq!(second.work, first.work);
    assert!(second.ticket.fence > first.ticket.fence);
    assert_fenced_off(&fixture, first.ticket).await;
}

pub async fn the_taking_of_a_worker_that_was_stopped_is_no_attempt(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    enqueued(&fixture).await;
    assert_eq!(taken(fixture.jobs(), "a").await.attempt, 1);
    outlast(&fixture);
    for (why, next) in [
        (Handback::Stopped, 2),
        (Handback::Failed, 3),
        (Handback::Stopped, 3),
    ] {
        let took = taken(fixture.jobs(), "b").await;
        fixture.restart().await;
        fixture.jobs().release_job(took.ticket, why).await.unwrap();
        fixture.restart().await;
        let again = taken(fixture.jobs(), "c").await;
        assert_eq!(again.attempt, next, "{why:?}");
        assert!(again.ticket.fence > took.ticket.fence);
        fixture
            .jobs()
            .release_job(again.ticket, Handback::Stopped)
            .await
            .unwrap();
    }
}

pub async fn a_sweep_is_given_back_too(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let sweep = enqueued_sweep(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    fixture
        .jobs()
        .release_job(took.ticket, Handback::Stopped)
        .await
        .unwrap();
    assert_eq!(
        fixture.sweeps().sweep(sweep.id).await.unwrap().as_ref(),
        Some(&sweep)
    );
    assert_eq!(taken(fixture.jobs(), "b").await.ticket.job, JobId::from(sweep.id));
}

pub async fn a_fence_that_was_never_given_out_opens_nothing(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    for fence in [0, 1] {
        let ticket = Ticket {
            job: job(&backtest),
            fence,
        };
        assert_fenced_off(&fixture, ticket).await;
    }
    let took = taken(fixture.jobs(), "a").await;
    for fence in [0, took.ticket.fence + 1, u64::MAX] {
        assert_fenced_off(&fixture, Ticket { fence, ..took.ticket }).await;
    }
    assert_eq!(
        found(fixture.backtests(), backtest.id).await.status,
        RunStatus::Running
    );
}

pub async fn of_two_that_take_one_job_again_one_gets_it(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let other = fixture.another_handle().await;
    let backtest = enqueued(&fixture).await;
    for _ in 0..5 {
        let (one, two) = futures::join!(
            fixture.jobs().take_job("a", LEASE),
            other.jobs.take_job("b", LEASE)
        );
        let took = [one.unwrap(), two.unwrap()];
        assert_eq!(took.iter().flatten().count(), 1, "{took:?}");
        let state = fixture.jobs().job(job(&backtest)).await.unwrap().unwrap();
        let winner = if took[0].is_some() { "a" } else { "b" };
        assert_eq!(state.worker.as_deref(), Some(winner));
        outlast(&fixture);
    }
}
