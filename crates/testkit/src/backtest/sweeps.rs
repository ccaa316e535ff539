//! Storing, listing and removing sweeps.

use domain::{
    backtest::{NewBacktest, RunStatus, Sweep, SweepsQuery},
    id::SweepId,
    job::Work,
    page::PageRequest,
};

use super::steps::{
    add, all_sweeps, ended, ended_sweep, ids, input, listed, prepared, queued_sweep, strategy, whole,
};
use crate::{harness::StoreHarness, job::steps::LEASE, market::steps::assert_error};

pub async fn a_sweep_is_kept_with_its_rows_and_its_best_runs(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let (sweep, best) = ended_sweep(&fixture);
    fixture.sweeps().add_sweep(&sweep, &best).await.unwrap();
    for _ in 0..2 {
        assert_eq!(
            fixture.sweeps().sweep(sweep.id).await.unwrap().as_ref(),
            Some(&sweep)
        );
        assert_eq!(whole(fixture.backtests(), best[0].backtest.id).await, best[0]);
        fixture.restart().await;
    }
}

pub async fn a_sweep_may_have_no_rows(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let failed = Sweep {
        status: RunStatus::Failed,
        failure: Some("there is no bar – é".to_owned()),
        title: None,
        ..queued_sweep(&fixture)
    };
    fixture.sweeps().add_sweep(&failed, &[]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(
            fixture.sweeps().sweep(failed.id).await.unwrap().as_ref(),
            Some(&failed)
        );
        fixture.restart().await;
    }
}

pub async fn an_unknown_sweep_is_none(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (sweep, best) = ended_sweep(&fixture);
    fixture.sweeps().add_sweep(&sweep, &best).await.unwrap();
    let unknown = SweepId::next(&*fixture.ids);
    assert_eq!(fixture.sweeps().sweep(unknown).await.unwrap(), None);
    assert_error!(
        fixture.sweeps().remove_sweep(unknown).await.unwrap_err(),
        NotFound
    );
}

pub async fn sweeps_are_listed_newest_first_without_their_rows(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    assert_eq!(all_sweeps(&fixture).await, []);
    let mut all = Vec::new();
    for _ in 0..5 {
        let (sweep, best) = ended_sweep(&fixture);
        all.push((sweep, best));
    }
    for index in [2, 0, 4, 1, 3] {
        let (sweep, best) = &all[index];
        fixture.sweeps().add_sweep(sweep, best).await.unwrap();
    }
    let expected: Vec<Sweep> = all
        .iter()
        .rev()
        .map(|(sweep, _)| Sweep {
            rows: Vec::new(),
            ..sweep.clone()
        })
        .collect();
    for limit in [1, 2, 5, 6] {
        let (mut found, mut page) = (Vec::new(), PageRequest::first(limit));
        loop {
            let answer = fixture.sweeps().sweeps(SweepsQuery { page }).await.unwrap();
            assert!(answer.items.len() <= limit);
            found.extend(answer.items);
            let Some(next) = answer.next else { break };
            page = PageRequest::first(limit).after(next);
        }
        assert_eq!(found, expected, "{limit} a page");
        fixture.restart().await;
    }
}

pub async fn a_list_shows_sweeps_that_wait_or_run(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (older, best) = ended_sweep(&fixture);
    let waiting = queued_sweep(&fixture);
    let (newer, _) = ended_sweep(&fixture);
    fixture.sweeps().add_sweep(&newer, &[]).await.unwrap();
    fixture.sweeps().add_sweep(&older, &best).await.unwrap();
    fixture
        .jobs()
        .enqueue(&Work::Sweep(Box::new(waiting.clone())))
        .await
        .unwrap();
    for status in [RunStatus::Queued, RunStatus::Running] {
        let listed = all_sweeps(&fixture).await;
        let seen: Vec<_> = listed.iter().map(|sweep| (sweep.id, sweep.status)).collect();
        let done = RunStatus::Done;
        assert_eq!(seen, [(newer.id, done), (waiting.id, status), (older.id, done)]);
        fixture.jobs().take_job("a", LEASE).await.unwrap();
    }
}

pub async fn an_equal_sweep_again_is_left_as_it_is(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (sweep, best) = ended_sweep(&fixture);
    for _ in 0..3 {
        fixture.sweeps().add_sweep(&sweep, &best).await.unwrap();
    }
    assert_eq!(all_sweeps(&fixture).await.len(), 1);
    assert_eq!(ids(fixture.backtests(), listed(1)).await, [best[0].backtest.id]);
}

pub async fn another_sweep_of_the_id_conflicts(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (sweep, best) = ended_sweep(&fixture);
    fixture.sweeps().add_sweep(&sweep, &best).await.unwrap();
    let mut other = sweep.clone();
    other.rows[0].figures[0] = Some(7.0);
    let run = ended(&fixture);
    let answer = fixture
        .sweeps()
        .add_sweep(&other, std::slice::from_ref(&run))
        .await;
    assert_error!(answer.unwrap_err(), Conflict);
    assert_eq!(fixture.sweeps().sweep(sweep.id).await.unwrap(), Some(sweep));
    assert_eq!(fixture.backtests().backtest(run.backtest.id).await.unwrap(), None);
}

pub async fn when_one_thing_cannot_be_stored_nothing_is(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let stored = ended(&fixture);
    add(fixture.backtests(), std::slice::from_ref(&stored)).await;
    let spoiled = |change: fn(&mut Sweep, &mut NewBacktest)| {
        let ((mut sweep, mut best), second) = (ended_sweep(&fixture), ended(&fixture));
        best.push(second);
        change(&mut sweep, &mut best[1]);
        (sweep, best)
    };
    let mut refused = vec![
        spoiled(|sweep, _| sweep.status = RunStatus::Running),
        spoiled(|sweep, _| sweep.rows[0].figures[0] = Some(f64::NAN)),
        spoiled(|sweep, _| sweep.strategy = strategy("none", 1)),
        spoiled(|sweep, _| sweep.inputs.push(input("X:None/1m", 1))),
        spoiled(|_, run| run.backtest.status = RunStatus::Queued),
        spoiled(|_, run| run.backtest.inputs.push(input("X:A/1m", 9))),
    ];
    let (sweep, mut best) = ended_sweep(&fixture);
    let mut other = stored.clone();
    other.backtest.title = Some("another".to_owned());
    best.push(other);
    refused.push((sweep, best));
    for (sweep, best) in refused {
        let answer = fixture.sweeps().add_sweep(&sweep, &best).await;
        assert!(answer.is_err(), "{sweep:?}");
        assert_eq!(fixture.sweeps().sweep(sweep.id).await.unwrap(), None);
        assert_eq!(
            fixture.backtests().backtest(best[0].backtest.id).await.unwrap(),
            None
        );
    }
    assert_eq!(ids(fixture.backtests(), listed(1)).await, [stored.backtest.id]);
    assert_eq!(all_sweeps(&fixture).await, []);
}

pub async fn a_run_that_is_there_already_may_be_the_best_one(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (sweep, mut best) = ended_sweep(&fixture);
    add(fixture.backtests(), &best).await;
    best.push(ended(&fixture));
    fixture.sweeps().add_sweep(&sweep, &best).await.unwrap();
    for run in &best {
        assert_eq!(whole(fixture.backtests(), run.backtest.id).await, *run);
    }
}

pub async fn a_removed_sweep_is_gone_and_its_best_runs_stay(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let (sweep, best) = ended_sweep(&fixture);
    let (stays, _) = ended_sweep(&fixture);
    fixture.sweeps().add_sweep(&sweep, &best).await.unwrap();
    fixture.sweeps().add_sweep(&stays, &[]).await.unwrap();
    fixture.sweeps().remove_sweep(sweep.id).await.unwrap();
    for _ in 0..2 {
        assert_eq!(fixture.sweeps().sweep(sweep.id).await.unwrap(), None);
        let listed: Vec<SweepId> = all_sweeps(&fixture).await.iter().map(|sweep| sweep.id).collect();
        assert_eq!(listed, [stays.id]);
        assert_eq!(whole(fixture.backtests(), best[0].backtest.id).await, best[0]);
        fixture.restart().await;
    }
    assert_error!(
        fixture.sweeps().remove_sweep(sweep.id).await.unwrap_err(),
        NotFound
    );
}

pub async fn a_queued_or_running_sweep_is_not_removed(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let waiting = queued_sweep(&fixture);
    fixture
        .jobs()
        .enqueue(&Work::Sweep(Box::new(waiting.clone())))
        .await
        .unwrap();
    for status in [RunStatus::Queued, RunStatus::Running] {
        let answer = fixture.sweeps().remove_sweep(waiting.id).await;
        assert_error!(answer.unwrap_err(), Conflict);
        let found = fixture.sweeps().sweep(waiting.id).await.unwrap().unwrap();
        assert_eq!(found.status, status);
        fixture.jobs().take_job("a", LEASE).await.unwrap();
    }
}
