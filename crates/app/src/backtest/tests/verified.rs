//! Verification.

use domain::{backtest::NewBacktest, id::BacktestId};

use super::*;
use crate::fixture::amended;

#[tokio::test]
async fn a_backtest_stays_identical_when_its_data_are_corrected_and_says_that_newer_ones_exist() {
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap().backtest;
    let before = desk.verify(made.id).await;
    assert_eq!(before.verdict, Verdict::Identical);
    assert!(!before.inputs[0].changed);
    let corrected = bar(time("2023-03-06").micros(), 250.0);
    desk.write(Bars::from_rows(&[corrected]).unwrap()).await;
    let after = desk.verify(made.id).await;
    assert_eq!(after.verdict, Verdict::Identical);
    assert_eq!(after.found, made.digest);
    assert!(after.inputs[0].changed);
    assert_eq!(after.inputs[0].newest, Some(domain::market::Version(2)));
    // A run over the corrected data is another one.
    assert_ne!(desk.run(order()).await.unwrap().backtest.digest, made.digest);
}

#[tokio::test]
async fn bars_outside_of_its_period_make_no_newer_data() {
    let desk = Desk::new().await;
    let mut part = order();
    part.run.end = Some(time("2023-06-01"));
    let made = desk.run(part).await.unwrap().backtest;
    desk.write(waves(400)).await;
    let inputs = freshness(&desk.stores, &made).await.unwrap();
    assert_eq!(inputs[0].newest, Some(domain::market::Version(2)));
    assert!(!inputs[0].changed);
}

/// Stores a backtest once more under another id, changed.
async fn altered(desk: &Desk, made: &NewBacktest, change: impl FnOnce(&mut NewBacktest)) -> BacktestId {
    let mut other = made.clone();
    other.backtest.id = BacktestId::next(&*desk.ids);
    change(&mut other);
    desk.stores.backtests.add_backtest(&other).await.unwrap();
    other.backtest.id
}

fn sealed(new: &mut NewBacktest) {
    let digest = engine::digest_of(&new.result.trades, &new.result.equity, &new.backtest.metrics);
    new.backtest.digest = Some(digest);
}

#[tokio::test]
async fn another_result_is_explained_by_another_engine() {
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap();
    let id = altered(&desk, &made, |new| {
        new.result.trades[0].net += 1.0;
        new.backtest.engine = Some("0.0.1+rules.0".to_owned());
        sealed(new);
    })
    .await;
    let found = desk.verify(id).await;
    assert_eq!(found.verdict, Verdict::Different);
    assert_eq!(found.found, made.backtest.digest);
    assert!(
        found.reasons[0].contains("engine 0.0.1+rules.0 made it"),
        "{:?}",
        found.reasons
    );
}

#[tokio::test]
async fn a_result_that_is_not_what_its_digest_says_is_damaged() {
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap();
    let id = altered(&desk, &made, |new| new.result.trades[0].net += 1.0).await;
    let found = desk.verify(id).await;
    assert_eq!(found.verdict, Verdict::Damaged);
    assert_eq!(found.found, made.backtest.digest);
    assert_ne!(found.stored, found.expected);
}

#[tokio::test]
async fn data_that_are_not_what_was_pinned_make_it_impossible() {
    let mut desk = Desk::new().await;
    let id = desk.run(order()).await.unwrap().backtest.id;
    desk.stores = amended(&desk.stores);
    let found = desk.verify(id).await;
    assert_eq!(found.verdict, Verdict::Impossible);
    assert!(
        found.reasons[0].contains("other contents than when it was pinned"),
        "{:?}",
        found.reasons
    );
}
