//! Whether data have changed since.

use domain::{
    backtest::Backtest,
    error::{EntityRef, StoreError},
    market::Version,
};

use super::{recorded::recorded_over_the_series, sweeps::swept_once, *};
use crate::fixture::failing;

async fn is_changed(desk: &Desk, backtest: &Backtest) -> bool {
    freshness(&desk.stores, backtest).await.unwrap()[0].changed
}

/// Corrects one bar.
async fn correct(desk: &Desk, day: &str) {
    let corrected = bar(time(day).micros(), 250.0);
    desk.write(Bars::from_rows(&[corrected]).unwrap()).await;
}

#[tokio::test]
async fn bars_outside_of_its_period_make_no_newer_data() {
    let desk = Desk::new().await;
    let mut part = order();
    part.run.end = Some(time("2023-06-01"));
    let made = desk.run(part).await.unwrap().backtest;
    desk.write(waves(400)).await;
    let inputs = freshness(&desk.stores, &made).await.unwrap();
    assert_eq!(inputs[0].newest, Some(Version(2)));
    assert!(!inputs[0].changed);
    assert_eq!(inputs[0].state(), DataState::NewerElsewhere);
}

#[tokio::test]
async fn bars_behind_the_last_one_are_newer_data_of_a_run_without_an_end() {
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap().backtest;
    desk.write(waves(400)).await;
    assert!(is_changed(&desk, &made).await);
}

#[tokio::test]
async fn what_was_recorded_is_touched_by_corrections_within_its_equity_alone() {
    let desk = Desk::new().await;
    let recorded = recorded_over_the_series(&desk).await;
    let span = recorded.span.unwrap();
    assert_eq!((span.first, span.last), (time("2023-01-02"), time("2023-01-05")));
    desk.write(waves(400)).await;
    assert!(!is_changed(&desk, &recorded).await, "bars were appended");
    for outside in ["2023-01-01", "2023-01-06"] {
        correct(&desk, outside).await;
        assert!(!is_changed(&desk, &recorded).await, "{outside}");
    }
    correct(&desk, "2023-01-05").await;
    assert!(is_changed(&desk, &recorded).await);
}

#[tokio::test]
async fn a_sweep_is_judged_by_the_period_of_its_runs() {
    let desk = Desk::new().await;
    let sweep = swept_once(&desk, Some(time("2023-06-01"))).await;
    let fresh = async || {
        let inputs = input_freshness(&desk.stores, &sweep.inputs, &sweep.settings).await;
        inputs.unwrap().remove(0)
    };
    assert_eq!((fresh().await.pinned, fresh().await.changed), (Version(1), false));
    desk.write(waves(400)).await;
    assert_eq!(
        (fresh().await.newest, fresh().await.changed),
        (Some(Version(2)), false)
    );
    correct(&desk, "2023-05-31").await;
    assert!(fresh().await.changed);
}

#[tokio::test]
async fn a_version_that_is_gone_or_missing_counts_as_changed_when_the_digest_is_another() {
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap().backtest;
    for lost in [
        StoreError::Gone as fn(EntityRef) -> StoreError,
        StoreError::NotFound,
    ] {
        let same = freshness(&failing(&desk.stores, 1, lost), &made).await.unwrap();
        assert!(!same[0].changed, "the newest version has the digest");
    }
    correct(&desk, "2023-03-06").await;
    for lost in [
        StoreError::Gone as fn(EntityRef) -> StoreError,
        StoreError::NotFound,
    ] {
        let other = freshness(&failing(&desk.stores, 1, lost), &made).await.unwrap();
        assert!(other[0].changed);
    }
    // The series was made anew, and has not got as far as the version that was pinned.
    let mut later = made;
    later.inputs[0].version = Version(9);
    assert!(is_changed(&desk, &later).await);
}

#[tokio::test]
async fn a_series_that_is_no_longer_there_has_no_newest_version() {
    let desk = Desk::new().await;
    let mut made = desk.run(order()).await.unwrap().backtest;
    made.inputs[0].series = key("X:GONE/1d");
    let inputs = freshness(&desk.stores, &made).await.unwrap();
    assert_eq!((inputs[0].newest, inputs[0].changed), (None, false));
    assert_eq!(inputs[0].state(), DataState::Gone);
}

#[tokio::test]
async fn a_series_that_was_made_anew_is_changed_only_when_its_bars_are_others() {
    let desk = Desk::new().await;
    let mut made = desk.run(order()).await.unwrap().backtest;
    let state = async |made: &Backtest| freshness(&desk.stores, made).await.unwrap()[0].state();
    assert_eq!(state(&made).await, DataState::Unchanged);
    made.inputs[0].version = Version(9);
    assert_eq!(state(&made).await, DataState::Unchanged, "the bars are the same");
    correct(&desk, "2023-03-06").await;
    assert_eq!(state(&made).await, DataState::Changed);
}
