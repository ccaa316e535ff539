//! Verification.

use domain::{
    backtest::NewBacktest,
    error::{EntityRef, StoreError},
    id::BacktestId,
};

use super::{
    damaged::{Part, damaged},
    recorded::{recorded, recording},
    *,
};
use crate::{
    fixture::{amended, failing},
    progress::Unobserved,
};

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
    assert_ne!(found.stored.unwrap(), found.expected);
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

#[tokio::test]
async fn a_result_that_can_not_be_read_is_damaged_and_what_it_should_be_is_told() {
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap().backtest;
    for (part, name) in [(Part::Trades, "trades"), (Part::Equity, "equity")] {
        let stores = damaged(&desk.stores, part);
        let found = verify(&stores, made.id, &Unobserved).await.unwrap();
        assert_eq!((found.verdict, found.stored), (Verdict::Damaged, None));
        assert_eq!(found.found, made.digest);
        assert!(!found.is_sound());
        assert_eq!(
            found.reasons,
            [format!(
                "{name} of {} is damaged: its checksum is another one",
                made.id
            )]
        );
    }
}

#[tokio::test]
async fn a_recorded_result_that_can_not_be_read_is_damaged() {
    let desk = Desk::new().await;
    let made = recorded(&desk, recording()).await.unwrap();
    let stores = damaged(&desk.stores, Part::Equity);
    let found = verify(&stores, made.id, &Unobserved).await.unwrap();
    assert_eq!((found.verdict, found.found), (Verdict::Damaged, None));
}

#[tokio::test]
async fn a_version_that_is_gone_or_missing_makes_it_impossible() {
    type Loss = fn(EntityRef) -> StoreError;
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap().backtest;
    let lost: [(Loss, &str); 2] = [
        (StoreError::Gone, "series X:A/1d has been pruned"),
        (StoreError::NotFound, "series X:A/1d does not exist"),
    ];
    for (lost, reason) in lost {
        let stores = failing(&desk.stores, u32::MAX, lost);
        let found = verify(&stores, made.id, &Unobserved).await.unwrap();
        assert_eq!(found.verdict, Verdict::Impossible);
        assert_eq!(found.stored, made.digest);
        assert_eq!(found.reasons, [reason]);
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_gives_no_verdict() {
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap().backtest;
    let stores = failing(&desk.stores, 1, |_| StoreError::unavailable("it is down"));
    let told = verify(&stores, made.id, &Unobserved).await.unwrap_err();
    assert!(told.is_transient(), "{told}");
}

#[tokio::test]
async fn newer_data_that_are_damaged_leave_the_result_identical() {
    let desk = Desk::new().await;
    let made = desk.run(order()).await.unwrap().backtest;
    desk.write(waves(400)).await;
    // The comparison of the versions is the first thing that is read.
    let damaged = |series| StoreError::corrupt(series, "a checksum is another one");
    let stores = failing(&desk.stores, 1, damaged);
    let found = verify(&stores, made.id, &Unobserved).await.unwrap();
    assert_eq!((found.verdict, found.inputs), (Verdict::Identical, Vec::new()));
    assert_eq!(
        found.reasons,
        [
            "what has become of its data since can't be told: series X:A/1d is damaged: a checksum is another one"
        ]
    );
}
