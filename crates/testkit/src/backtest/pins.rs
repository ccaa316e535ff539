//! Backtests and sweeps keep the versions that they read from being purged.

use domain::{
    backtest::{Backtest, BacktestInput, NewBacktest, RunStatus, StrategyRef, Sweep},
    error::StoreError,
    id::JobId,
    job::Work,
};

use super::steps::{
    SERIES, add, all_sweeps, ended, ended_sweep, ids, input, listed, prepared, queued, queued_sweep,
    strategy, whole,
};
use crate::{
    harness::{Fixture, StoreHarness},
    job::steps::LEASE,
    market::steps::{head, key, read_version},
};

/// Tries to purge the series, which must be refused and name the one that holds it.
async fn assert_held(fixture: &Fixture, holder: &str) {
    let before = head(fixture.prices(), &key(SERIES)).await;
    match fixture.prices().purge(&key(SERIES)).await {
        Err(error @ StoreError::Conflict { .. }) => {
            let text = error.to_string();
            let names_it = text.contains(&format!("{holder} reads its version"));
            assert!(names_it && text.contains(SERIES), "{text}");
        }
        other => panic!("a purge is refused while {holder} is there, not {other:?}"),
    }
    assert_eq!(head(fixture.prices(), &key(SERIES)).await, before);
    assert_eq!(read_version(fixture.prices(), &key(SERIES), 1).await.len(), 3);
}

async fn assert_free(fixture: &Fixture) {
    fixture.prices().purge(&key(SERIES)).await.unwrap();
    assert_eq!(fixture.prices().head(&key(SERIES)).await.unwrap(), None);
}

pub async fn a_series_is_held_until_the_last_backtest_of_it_is_removed(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let (mut first, second, mut elsewhere) = (ended(&fixture), ended(&fixture), ended(&fixture));
    first.backtest.inputs = vec![input("X:B/1d", 1), input(SERIES, 2)];
    elsewhere.backtest.inputs = vec![input("X:B/1d", 2)];
    add(fixture.backtests(), &[first.clone(), elsewhere]).await;
    assert_held(&fixture, &first.backtest.id.to_string()).await;
    add(fixture.backtests(), std::slice::from_ref(&second)).await;
    fixture
        .backtests()
        .remove_backtest(first.backtest.id)
        .await
        .unwrap();
    fixture.restart().await;
    assert_held(&fixture, &second.backtest.id.to_string()).await;
    fixture
        .backtests()
        .remove_backtest(second.backtest.id)
        .await
        .unwrap();
    assert_free(&fixture).await;
}

pub async fn a_backtest_of_any_status_holds_its_series(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = queued(&fixture);
    let holder = backtest.id.to_string();
    fixture
        .jobs()
        .enqueue(&Work::Backtest(Box::new(backtest.clone())))
        .await
        .unwrap();
    assert_held(&fixture, &holder).await;
    fixture.jobs().take_job("a", LEASE).await.unwrap().unwrap();
    assert_held(&fixture, &holder).await;
    fixture.clock.advance(LEASE.as_micros() as i64);
    fixture.jobs().cancel_job(JobId::from(backtest.id)).await.unwrap();
    assert_held(&fixture, &holder).await;
    fixture.backtests().remove_backtest(backtest.id).await.unwrap();
    let mut failed = ended(&fixture);
    failed.backtest.status = RunStatus::Failed;
    add(fixture.backtests(), std::slice::from_ref(&failed)).await;
    assert_held(&fixture, &failed.backtest.id.to_string()).await;
    fixture
        .backtests()
        .remove_backtest(failed.backtest.id)
        .await
        .unwrap();
    assert_free(&fixture).await;
}

pub async fn a_sweep_holds_its_series_and_so_do_its_best_runs_after_it(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let waiting = queued_sweep(&fixture);
    fixture
        .jobs()
        .enqueue(&Work::Sweep(Box::new(waiting.clone())))
        .await
        .unwrap();
    assert_held(&fixture, &waiting.id.to_string()).await;
    fixture.jobs().cancel_job(JobId::from(waiting.id)).await.unwrap();
    assert_held(&fixture, &waiting.id.to_string()).await;
    fixture.sweeps().remove_sweep(waiting.id).await.unwrap();
    let (sweep, best) = ended_sweep(&fixture);
    fixture.sweeps().add_sweep(&sweep, &best).await.unwrap();
    fixture.sweeps().remove_sweep(sweep.id).await.unwrap();
    assert_held(&fixture, &best[0].backtest.id.to_string()).await;
    fixture
        .backtests()
        .remove_backtest(best[0].backtest.id)
        .await
        .unwrap();
    assert_free(&fixture).await;
}

pub async fn a_pin_is_seen_through_every_handle(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let other = fixture.another_handle().await;
    let new = ended(&fixture);
    add(&*other.backtests, std::slice::from_ref(&new)).await;
    assert_held(&fixture, &new.backtest.id.to_string()).await;
    other.backtests.remove_backtest(new.backtest.id).await.unwrap();
    assert_free(&fixture).await;
}

/// Backtests and sweeps in every way in which a store takes them.
struct Ways {
    ended: NewBacktest,
    queued: Backtest,
    queued_sweep: Sweep,
    sweep: (Sweep, Vec<NewBacktest>),
    /// A sweep that may come in, whose first run is to be judged.
    run: (Sweep, Vec<NewBacktest>),
}

impl Ways {
    fn of(fixture: &Fixture) -> Self {
        Self {
            ended: ended(fixture),
            queued: queued(fixture),
            queued_sweep: queued_sweep(fixture),
            sweep: ended_sweep(fixture),
            run: ended_sweep(fixture),
        }
    }

    /// Checks that each of them is refused with an error that names the `parts`, and that nothing of it is stored.
    async fn assert_refused(self, fixture: &Fixture, parts: &[&str]) {
        let ((sweep, best), (of_runs, runs)) = (&self.sweep, &self.run);
        let answers = [
            fixture.backtests().add_backtest(&self.ended).await,
            fixture.sweeps().add_sweep(sweep, best).await,
            fixture.sweeps().add_sweep(of_runs, runs).await,
            fixture
                .jobs()
                .enqueue(&Work::Backtest(Box::new(self.queued)))
                .await,
            fixture
                .jobs()
                .enqueue(&Work::Sweep(Box::new(self.queued_sweep)))
                .await,
        ];
        for answer in answers {
            match answer {
                Err(error @ StoreError::Conflict { .. }) => {
                    let text = error.to_string();
                    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
                }
                answer => panic!("other contents are not taken: {answer:?}"),
            }
        }
        assert_eq!(ids(fixture.backtests(), listed(1)).await, []);
        assert_eq!(all_sweeps(fixture).await, []);
        assert_eq!(fixture.jobs().take_job("a", LEASE).await.unwrap(), None);
    }
}

pub async fn a_run_of_another_document_is_refused(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let meant = strategy("sma-cross", 2);
    let other = StrategyRef {
        digest: strategy("sma-cross", 1).digest,
        ..meant.clone()
    };
    let untold = StrategyRef {
        digest: None,
        ..meant.clone()
    };
    let mut ways = Ways::of(&fixture);
    for strategy in [
        &mut ways.ended.backtest.strategy,
        &mut ways.queued.strategy,
        &mut ways.run.1[0].backtest.strategy,
    ] {
        *strategy = Some(other.clone());
    }
    for strategy in [&mut ways.queued_sweep.strategy, &mut ways.sweep.0.strategy] {
        *strategy = other.clone();
    }
    let [given, stored] = [&other, &meant].map(|strategy| strategy.digest.as_ref().unwrap().as_str());
    ways.assert_refused(&fixture, &["sma-cross", given, stored]).await;
    // A record that does not tell the digest takes what is there.
    for strategy in [meant, untold] {
        let mut new = ended(&fixture);
        new.backtest.strategy = Some(strategy);
        fixture.backtests().add_backtest(&new).await.unwrap();
        assert_eq!(whole(fixture.backtests(), new.backtest.id).await, new);
    }
}

pub async fn a_version_of_other_contents_is_not_pinned(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let other = BacktestInput {
        digest: input(SERIES, 1).digest,
        ..input(SERIES, 2)
    };
    let mut ways = Ways::of(&fixture);
    for inputs in [
        &mut ways.ended.backtest.inputs,
        &mut ways.queued.inputs,
        &mut ways.queued_sweep.inputs,
        &mut ways.sweep.0.inputs,
        &mut ways.run.1[0].backtest.inputs,
    ] {
        *inputs = vec![input("X:B/1d", 1), other.clone()];
    }
    let [given, stored] = [other.digest, input(SERIES, 2).digest].map(|digest| digest.to_string());
    ways.assert_refused(&fixture, &[SERIES, &given, &stored]).await;
    assert_free(&fixture).await;
}
