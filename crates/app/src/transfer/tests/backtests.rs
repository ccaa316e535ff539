//! Backtests and sweeps: results, words about them, and what stands in the way.

use std::collections::BTreeSet;

use domain::{
    backtest::{Backtest, BacktestEdit, BacktestStoreExt, NewBacktest},
    id::BacktestId,
    job::Work,
};

use super::*;
use crate::backtest::{Axis, BacktestOrder, Grid, RunOrder, SweepOrder, run_here, sweep_here};

fn run_order() -> RunOrder {
    RunOrder::new("cross".parse().unwrap(), key(LONG), author())
}

fn order() -> BacktestOrder {
    BacktestOrder {
        run: run_order(),
        title: Some("Rise".to_owned()),
        notes: None,
        tags: BTreeSet::from(["kept".to_owned()]),
    }
}

/// Runs a backtest and a sweep with one whole run.
pub(crate) async fn run_some(fixture: &Fixture) -> NewBacktest {
    let (stores, clock, ids) = (&fixture.stores, &*fixture.clock, &*fixture.ids);
    let sweep = SweepOrder {
        run: run_order(),
        grid: Grid::new(Vec::<Axis>::new()).unwrap(),
        by: "total_return".to_owned(),
        top: 1,
        title: None,
    };
    sweep_here(stores, clock, ids, sweep, &Unobserved).await.unwrap();
    run_here(stores, clock, ids, order(), &Unobserved).await.unwrap()
}

async fn backtest(stores: &Stores, id: BacktestId) -> Option<Backtest> {
    stores.backtests.backtest(id).await.unwrap()
}

#[tokio::test]
async fn results_are_copied_bit_for_bit_and_what_waits_is_not() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let made = run_some(&source).await;
    let waiting = order()
        .prepare(&source.stores, &*source.clock, &*source.ids)
        .await
        .unwrap();
    let (waiting, work) = (waiting.id, Work::Backtest(Box::new(waiting)));
    source.stores.jobs.enqueue(&work).await.unwrap();
    let between = memory(&source);
    for (from, to) in [(&source.stores, &between), (&between, &target.stores)] {
        let done = copy(from, to, None, &Unobserved).await.unwrap();
        assert!(done.matches, "{done:#?}");
        // Those of the storied store and those of here.
        assert_eq!((done.backtests.records, done.backtests.copied), (4, 4));
        assert_eq!((done.sweeps.records, done.sweeps.copied), (2, 2));
        let id = made.backtest.id;
        assert_eq!(backtest(to, id).await.as_ref(), Some(&made.backtest));
        assert_eq!(to.backtests.all_trades(id).await.unwrap(), made.result.trades);
        assert_eq!(to.backtests.equity(id).await.unwrap(), made.result.equity);
        assert_eq!(backtest(to, waiting).await, None);
        assert_eq!(
            copy(from, to, None, &Unobserved).await.unwrap().backtests.copied,
            0
        );
    }
}

#[tokio::test]
async fn words_about_a_backtest_follow_the_source() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let id = run_some(&source).await.backtest.id;
    copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    let edit = BacktestEdit {
        notes: Some(Some("a second look".to_owned())),
        ..BacktestEdit::default()
    };
    source.stores.backtests.edit_backtest(id, edit).await.unwrap();
    let compared = compare(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert_eq!(compared.backtests.differences[0].name, id.to_string());
    let copied = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(copied.matches);
    let notes = backtest(&target.stores, id).await.unwrap().notes;
    assert_eq!(notes.as_deref(), Some("a second look"));
}

#[tokio::test]
async fn a_backtest_whose_series_differs_in_the_target_is_left_out_and_named() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    target.write(&key(LONG), rising("2020-01-01", DAY, 3)).await;
    let done = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(!done.matches);
    for difference in done.backtests.differences.iter().chain(&done.sweeps.differences) {
        let text = &difference.problem;
        assert!(
            text.contains("it is not in the target")
                && text.contains("version 4 of series X:A/1d does not exist"),
            "{text}"
        );
    }
    assert_eq!(done.backtests.differences.len(), 2);
    assert_eq!(done.sweeps.differences.len(), 1);
    assert_eq!(done.backtests.copied, 0);
}

#[tokio::test]
async fn a_backtest_is_left_out_where_its_version_has_other_contents_and_both_digests_are_told() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    // As many versions as in the source, of other bars.
    for days in 3..7 {
        target.write(&key(LONG), rising("2020-01-01", DAY, days)).await;
    }
    let pinned = source.stores.prices.head(&key(LONG)).await.unwrap().unwrap();
    let there = target.stores.prices.head(&key(LONG)).await.unwrap().unwrap();
    assert_eq!(pinned.version, there.version);
    let between = memory(&target);
    for days in 3..7 {
        let write = PriceWrite::upsert(rising("2020-01-01", DAY, days), author());
        between.prices.commit(&key(LONG), write).await.unwrap();
    }
    for to in [&target.stores, &between] {
        let done = copy(&source.stores, to, None, &Unobserved).await.unwrap();
        assert!(!done.matches);
        assert_eq!((done.backtests.copied, done.sweeps.copied), (0, 0));
        assert_eq!(done.backtests.differences.len(), 2);
        assert_eq!(done.sweeps.differences.len(), 1);
        for difference in done.backtests.differences.iter().chain(&done.sweeps.differences) {
            let text = &difference.problem;
            for digest in [pinned.digest, there.digest] {
                assert!(text.contains(&digest.to_string()), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn a_backtest_is_left_out_where_its_strategy_has_another_document_and_both_digests_are_told() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let made = run_some(&source).await.backtest;
    let run = made.strategy.unwrap();
    for days in [7, 8] {
        strategies::save(&target.stores, "cross", days).await;
    }
    let there = target
        .stores
        .strategies
        .strategy(&run.name, Some(run.version))
        .await;
    let there = there.unwrap().unwrap().digest;
    let done = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(!done.matches);
    assert_eq!(backtest(&target.stores, made.id).await, None);
    let differences = done.backtests.differences.iter();
    let told = differences.filter(|difference| difference.name == made.id.to_string());
    let told: Vec<&str> = told.map(|difference| difference.problem.as_str()).collect();
    for digest in [run.digest.unwrap(), there] {
        assert!(told.iter().any(|text| text.contains(digest.as_str())), "{told:?}");
    }
}
