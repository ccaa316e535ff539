//! How jobs end.

use domain::{
    backtest::{Backtest, BacktestEdit, NewBacktest, RunStatus},
    job::{Finished, Handback},
};

use super::steps::{assert_none_waits, enqueued, enqueued_sweep, finished, job, progress, taken};
use crate::{
    backtest::steps::{
        all_sweeps, done, done_sweep, ended, found, full, ids, input, listed, prepared, whole,
    },
    harness::StoreHarness,
    market::steps::assert_error,
};

/// What a worker makes of a backtest that it was given.
fn with_result(asked: &Backtest, of: &NewBacktest) -> NewBacktest {
    let figures = of.backtest.clone();
    NewBacktest {
        backtest: Backtest {
            engine: figures.engine,
            digest: figures.digest,
            span: figures.span,
            metrics: figures.metrics,
            ..done(asked.clone()).backtest
        },
        result: of.result.clone(),
    }
}

pub async fn an_end_stores_record_and_result_and_the_job_is_over(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    let end = with_result(&backtest, &full(&fixture));
    let given = Finished::Backtest(Box::new(end.clone()));
    fixture.jobs().finish_job(took.ticket, &given).await.unwrap();
    for _ in 0..2 {
        assert_eq!(whole(fixture.backtests(), backtest.id).await, end);
        assert_eq!(ids(fixture.backtests(), listed(1)).await, [backtest.id]);
        assert_eq!(fixture.jobs().job(job(&backtest)).await.unwrap(), None);
        assert_none_waits(fixture.jobs()).await;
        fixture.restart().await;
    }
    assert_error!(
        fixture.jobs().finish_job(took.ticket, &given).await.unwrap_err(),
        Conflict
    );
    let renewed = fixture
        .jobs()
        .renew_job(took.ticket, super::steps::LEASE, progress(1, 1))
        .await;
    assert_error!(renewed.unwrap_err(), Conflict);
    assert_error!(
        fixture
            .jobs()
            .release_job(took.ticket, Handback::Failed)
            .await
            .unwrap_err(),
        Conflict
    );
}

pub async fn a_job_may_end_without_success(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    for status in [RunStatus::Failed, RunStatus::Cancelled] {
        let backtest = enqueued(&fixture).await;
        let took = taken(fixture.jobs(), "a").await;
        let mut end = done(backtest.clone());
        end.backtest.status = status;
        end.backtest.failure = Some("no bar".to_owned());
        let given = Finished::Backtest(Box::new(end.clone()));
        fixture.jobs().finish_job(took.ticket, &given).await.unwrap();
        assert_eq!(whole(fixture.backtests(), backtest.id).await, end);
    }
}

pub async fn what_people_change_meanwhile_stays(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let title = BacktestEdit {
        title: Some(Some("while it waits".to_owned())),
        ..BacktestEdit::default()
    };
    let others = BacktestEdit {
        notes: Some(Some("while it runs".to_owned())),
        tags: Some(["é".to_owned()].into()),
        ..BacktestEdit::default()
    };
    let mut expected = with_result(&backtest, &full(&fixture));
    let given = Finished::Backtest(Box::new(expected.clone()));
    for edit in [&title, &others] {
        edit.clone().apply(&mut expected.backtest);
    }
    fixture
        .backtests()
        .edit_backtest(backtest.id, title)
        .await
        .unwrap();
    let took = taken(fixture.jobs(), "a").await;
    let edited = fixture
        .backtests()
        .edit_backtest(backtest.id, others)
        .await
        .unwrap();
    assert_eq!(edited.status, RunStatus::Running);
    fixture.jobs().finish_job(took.ticket, &given).await.unwrap();
    for _ in 0..2 {
        assert_eq!(whole(fixture.backtests(), backtest.id).await, expected);
        fixture.restart().await;
    }
}

pub async fn a_sweep_ends_with_its_best_runs(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let asked = enqueued_sweep(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    let mut best = [full(&fixture), full(&fixture)];
    for run in &mut best {
        run.backtest.sweep = Some(asked.id);
    }
    let sweep = done_sweep(asked, &best[0]);
    let given = Finished::Sweep(Box::new(sweep.clone()), best.to_vec());
    fixture.jobs().finish_job(took.ticket, &given).await.unwrap();
    for _ in 0..2 {
        assert_eq!(
            fixture.sweeps().sweep(sweep.id).await.unwrap().as_ref(),
            Some(&sweep)
        );
        for run in &best {
            assert_eq!(whole(fixture.backtests(), run.backtest.id).await, *run);
        }
        assert_eq!(all_sweeps(&fixture).await.len(), 1);
        assert_eq!(ids(fixture.backtests(), listed(1)).await.len(), 2);
        assert_eq!(fixture.jobs().job(took.ticket.job).await.unwrap(), None);
        assert_none_waits(fixture.jobs()).await;
        fixture.restart().await;
    }
}

pub async fn a_sweep_ends_whole_or_not_at_all(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let asked = enqueued_sweep(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    let stored = ended(&fixture);
    fixture.backtests().add_backtest(&stored).await.unwrap();
    let (fine, mut late, mut other) = (full(&fixture), ended(&fixture), stored.clone());
    late.backtest.inputs.push(input("X:None/1m", 1));
    other.backtest.title = Some("another".to_owned());
    let sweep = done_sweep(asked.clone(), &fine);
    for spoiled in [late, other] {
        let given = Finished::Sweep(Box::new(sweep.clone()), vec![fine.clone(), spoiled]);
        assert!(fixture.jobs().finish_job(took.ticket, &given).await.is_err());
        assert_eq!(ids(fixture.backtests(), listed(1)).await, [stored.backtest.id]);
        let kept = fixture.sweeps().sweep(asked.id).await.unwrap().unwrap();
        assert_eq!((kept.status, kept.rows.len()), (RunStatus::Running, 0));
    }
    let given = Finished::Sweep(Box::new(sweep.clone()), vec![fine, stored]);
    fixture.jobs().finish_job(took.ticket, &given).await.unwrap();
    assert_eq!(fixture.sweeps().sweep(asked.id).await.unwrap(), Some(sweep));
}

pub async fn what_is_another_one_or_has_not_ended_is_invalid(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    let mut running = done(backtest.clone());
    running.backtest.status = RunStatus::Running;
    let other = ended(&fixture);
    let mut contradiction = full(&fixture);
    contradiction.backtest.id = backtest.id;
    contradiction.backtest.status = RunStatus::Failed;
    let sweep = done_sweep(crate::backtest::steps::queued_sweep(&fixture), &other);
    for given in [
        Finished::Backtest(Box::new(running)),
        Finished::Backtest(Box::new(other.clone())),
        Finished::Backtest(Box::new(contradiction)),
        Finished::Sweep(Box::new(sweep), vec![]),
    ] {
        let answer = fixture.jobs().finish_job(took.ticket, &given).await;
        assert_error!(answer.unwrap_err(), Invalid);
        assert_eq!(
            found(fixture.backtests(), backtest.id).await.status,
            RunStatus::Running
        );
    }
    assert_eq!(ids(fixture.backtests(), listed(1)).await, [backtest.id]);
    assert_eq!(all_sweeps(&fixture).await, []);
    fixture
        .jobs()
        .finish_job(took.ticket, &finished(&backtest))
        .await
        .unwrap();
}

pub async fn an_ended_backtest_can_be_removed_and_is_no_job_again(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let took = taken(fixture.jobs(), "a").await;
    fixture
        .jobs()
        .finish_job(took.ticket, &finished(&backtest))
        .await
        .unwrap();
    fixture.backtests().remove_backtest(backtest.id).await.unwrap();
    for _ in 0..2 {
        assert_eq!(fixture.backtests().backtest(backtest.id).await.unwrap(), None);
        assert_eq!(fixture.jobs().job(job(&backtest)).await.unwrap(), None);
        assert_none_waits(fixture.jobs()).await;
        fixture.restart().await;
    }
}
