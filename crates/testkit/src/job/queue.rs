//! Enqueuing jobs, and taking them.

use std::collections::BTreeSet;

use domain::{
    backtest::{Backtest, BacktestEdit, BacktestStoreExt, RunStatus, Sweep},
    id::JobId,
    job::{JobHead, JobKind, JobState, JobsQuery, Work},
    page::PageRequest,
};
use futures::future::join_all;

use super::steps::{
    LEASE, assert_none_waits, enqueued, enqueued_sweep, finished, job, progress, sweep_work, taken, work,
};
use crate::{
    backtest::steps::{
        SERIES, add, done, found, full, ids, input, listed, prepared, queued, queued_sweep, strategy, whole,
    },
    harness::StoreHarness,
    market::steps::assert_error,
};

pub async fn nothing_is_taken_where_nothing_waits(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    add(fixture.backtests(), &[full(&fixture)]).await;
    assert_none_waits(fixture.jobs()).await;
}

pub async fn an_enqueued_backtest_is_queued_and_has_no_result(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let waiting = JobState {
        worker: None,
        progress: progress(0, 0),
        is_cancelled: false,
    };
    for _ in 0..2 {
        assert_eq!(whole(fixture.backtests(), backtest.id).await.backtest, backtest);
        assert_eq!(fixture.backtests().all_trades(backtest.id).await.unwrap(), []);
        assert!(fixture.backtests().equity(backtest.id).await.unwrap().is_empty());
        assert_eq!(
            fixture.jobs().job(job(&backtest)).await.unwrap().as_ref(),
            Some(&waiting)
        );
        fixture.restart().await;
    }
}

pub async fn a_taken_job_is_running_and_names_its_worker(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let running = Backtest {
        status: RunStatus::Running,
        ..backtest.clone()
    };
    let took = taken(fixture.jobs(), "worker é 1").await;
    assert_eq!(took.work, work(&running));
    assert_eq!(took.ticket.job, job(&backtest));
    for _ in 0..2 {
        assert_eq!(found(fixture.backtests(), backtest.id).await, running);
        let state = fixture.jobs().job(job(&backtest)).await.unwrap().unwrap();
        assert_eq!(state.worker.as_deref(), Some("worker é 1"));
        assert_none_waits(fixture.jobs()).await;
        fixture.restart().await;
    }
}

pub async fn a_taken_sweep_is_running(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let sweep = enqueued_sweep(&fixture).await;
    assert_eq!(
        fixture.sweeps().sweep(sweep.id).await.unwrap().as_ref(),
        Some(&sweep)
    );
    let running = Sweep {
        status: RunStatus::Running,
        ..sweep
    };
    let took = taken(fixture.jobs(), "a").await;
    assert_eq!(took.work, sweep_work(&running));
    assert_eq!(fixture.sweeps().sweep(running.id).await.unwrap(), Some(running));
}

pub async fn every_field_of_what_is_to_be_run_is_kept(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let asked = Backtest {
        status: RunStatus::Queued,
        ..full(&fixture).backtest
    };
    fixture.jobs().enqueue(&work(&asked)).await.unwrap();
    fixture.restart().await;
    assert_eq!(found(fixture.backtests(), asked.id).await, asked);
    let running = Backtest {
        status: RunStatus::Running,
        ..asked
    };
    assert_eq!(taken(fixture.jobs(), "a").await.work, work(&running));
}

pub async fn the_oldest_job_is_taken_first(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let waiting = [
        work(&queued(&fixture)),
        sweep_work(&queued_sweep(&fixture)),
        work(&queued(&fixture)),
        sweep_work(&queued_sweep(&fixture)),
    ];
    for index in [2, 3, 0, 1] {
        fixture.jobs().enqueue(&waiting[index]).await.unwrap();
        fixture.restart().await;
    }
    for expected in &waiting {
        assert_eq!(taken(fixture.jobs(), "a").await.ticket.job, expected.id());
    }
    assert_none_waits(fixture.jobs()).await;
}

pub async fn a_job_that_is_enqueued_again_is_left_as_it_is(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let again = work(&backtest);
    fixture.jobs().enqueue(&again).await.unwrap();
    let edit = BacktestEdit {
        title: Some(Some("edited".to_owned())),
        ..BacktestEdit::default()
    };
    fixture
        .backtests()
        .edit_backtest(backtest.id, edit)
        .await
        .unwrap();
    fixture.jobs().enqueue(&again).await.unwrap();
    assert_eq!(
        found(fixture.backtests(), backtest.id).await.title.as_deref(),
        Some("edited")
    );
    let took = taken(fixture.jobs(), "a").await;
    fixture.jobs().enqueue(&again).await.unwrap();
    assert_none_waits(fixture.jobs()).await;
    fixture
        .jobs()
        .finish_job(took.ticket, &finished(&backtest))
        .await
        .unwrap();
    fixture.jobs().enqueue(&again).await.unwrap();
    assert_none_waits(fixture.jobs()).await;
    assert_eq!(
        found(fixture.backtests(), backtest.id).await.status,
        RunStatus::Done
    );
}

pub async fn another_one_of_the_id_conflicts(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = enqueued(&fixture).await;
    let ended = full(&fixture);
    add(fixture.backtests(), std::slice::from_ref(&ended)).await;
    let sweep = enqueued_sweep(&fixture).await;
    let mut richer = backtest.clone();
    richer.settings.cash = 1.0;
    let others: [Work; 3] = [
        work(&richer),
        work(&Backtest {
            id: ended.backtest.id,
            ..backtest.clone()
        }),
        sweep_work(&Sweep {
            top: 9,
            ..sweep.clone()
        }),
    ];
    for other in others {
        assert_error!(fixture.jobs().enqueue(&other).await.unwrap_err(), Conflict);
    }
    let mut waiting = done(backtest.clone());
    waiting.backtest.title = Some("in between".to_owned());
    assert_error!(
        fixture.backtests().add_backtest(&waiting).await.unwrap_err(),
        Conflict
    );
    assert_eq!(found(fixture.backtests(), backtest.id).await, backtest);
    assert_eq!(whole(fixture.backtests(), ended.backtest.id).await, ended);
    assert_eq!(taken(fixture.jobs(), "a").await.ticket.job, job(&backtest));
    assert_eq!(taken(fixture.jobs(), "a").await.ticket.job, JobId::from(sweep.id));
    assert_none_waits(fixture.jobs()).await;
}

pub async fn only_what_is_queued_is_enqueued(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    for status in RunStatus::ALL {
        let (backtest, sweep) = (
            Backtest {
                status,
                ..queued(&fixture)
            },
            Sweep {
                status,
                ..queued_sweep(&fixture)
            },
        );
        for asked in [work(&backtest), sweep_work(&sweep)] {
            let answer = fixture.jobs().enqueue(&asked).await;
            if status == RunStatus::Queued {
                answer.unwrap();
            } else {
                assert_error!(answer.unwrap_err(), Invalid);
                assert_eq!(fixture.jobs().job(asked.id()).await.unwrap(), None);
            }
        }
    }
    assert_eq!(ids(fixture.backtests(), listed(1)).await.len(), 1);
}

pub async fn what_a_job_refers_to_must_be_there(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (mut none, mut late) = (queued(&fixture), queued(&fixture));
    none.strategy = Some(strategy("none", 1));
    late.inputs = vec![input(SERIES, 3)];
    let (mut sweep, mut late_sweep) = (queued_sweep(&fixture), queued_sweep(&fixture));
    sweep.strategy = strategy("sma-cross", 3);
    late_sweep.inputs.push(input("X:None/1m", 1));
    for asked in [
        work(&none),
        work(&late),
        sweep_work(&sweep),
        sweep_work(&late_sweep),
    ] {
        assert_error!(fixture.jobs().enqueue(&asked).await.unwrap_err(), NotFound);
        assert_eq!(fixture.jobs().job(asked.id()).await.unwrap(), None);
    }
    assert_none_waits(fixture.jobs()).await;
    assert_eq!(ids(fixture.backtests(), listed(1)).await, []);
}

pub async fn jobs_are_listed_oldest_first_until_they_end(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let first = queued(&fixture);
    let sweep = enqueued_sweep(&fixture).await;
    let last = enqueued(&fixture).await;
    fixture.jobs().enqueue(&work(&first)).await.unwrap();
    add(fixture.backtests(), &[full(&fixture)]).await;
    let took = taken(fixture.jobs(), "a").await;
    fixture
        .jobs()
        .renew_job(took.ticket, LEASE, progress(3, 4))
        .await
        .unwrap();
    let head = |id: JobId, kind, worker: Option<&str>, progress| JobHead {
        id,
        kind,
        state: JobState {
            worker: worker.map(str::to_owned),
            progress,
            is_cancelled: false,
        },
    };
    let expected = [
        head(job(&first), JobKind::Backtest, Some("a"), progress(3, 4)),
        head(sweep.id.into(), JobKind::Sweep, None, progress(0, 0)),
        head(job(&last), JobKind::Backtest, None, progress(0, 0)),
    ];
    let query = |page| JobsQuery { page };
    for _ in 0..2 {
        let page = fixture.jobs().jobs(query(PageRequest::first(2))).await.unwrap();
        assert_eq!((&*page.items, page.next), (&expected[..2], Some(sweep.id.into())));
        let rest = PageRequest::first(2).after(sweep.id.into());
        let page = fixture.jobs().jobs(query(rest)).await.unwrap();
        assert_eq!((&*page.items, page.next), (&expected[2..], None));
        fixture.restart().await;
    }
    let end = finished(&first);
    fixture.jobs().finish_job(took.ticket, &end).await.unwrap();
    fixture.jobs().cancel_job(job(&last)).await.unwrap();
    let page = fixture.jobs().jobs(query(PageRequest::first(9))).await.unwrap();
    assert_eq!((&*page.items, page.next), (&expected[1..2], None));
}

pub async fn forty_jobs_are_taken_once_each_by_eight_workers(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let other = fixture.another_handle().await;
    let mut expected = BTreeSet::new();
    for number in 0..40 {
        expected.insert(if number % 4 == 0 {
            JobId::from(enqueued_sweep(&fixture).await.id)
        } else {
            job(&enqueued(&fixture).await)
        });
    }
    let work = |worker: usize| {
        let store = if worker.is_multiple_of(2) {
            &fixture.stores().jobs
        } else {
            &other.jobs
        };
        async move {
            let mut took = Vec::new();
            while let Some(taken) = store.take_job(&format!("worker {worker}"), LEASE).await.unwrap() {
                assert_eq!(taken.ticket.job, taken.work.id());
                took.push(taken.ticket.job);
            }
            took
        }
    };
    let took: Vec<JobId> = join_all((0..8).map(work)).await.concat();
    assert_eq!(took.len(), 40, "no job is taken twice");
    assert_eq!(BTreeSet::from_iter(took), expected);
}
