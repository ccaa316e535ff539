//! What people write about backtests and sweeps, and in which words they are refused.

use domain::backtest::{BacktestEdit, WordsError};
use engine::RunError;

use super::{
    recorded::{recorded, recording},
    *,
};

/// A text that `PostgreSQL` could not keep.
const NUL: &str = "a\0b";

fn told<T: std::fmt::Debug>(outcome: Result<T, BacktestError>) -> WordsError {
    match outcome {
        Err(BacktestError::Words(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn words_that_are_not_kept_are_refused_of_a_run() {
    let desk = Desk::new().await;
    let title = BacktestOrder {
        title: Some(NUL.to_owned()),
        ..order()
    };
    assert_eq!(told(desk.run(title).await), WordsError::Title);
    let notes = BacktestOrder {
        notes: Some(NUL.to_owned()),
        ..order()
    };
    assert_eq!(told(desk.run(notes).await), WordsError::Notes);
    let tags = BacktestOrder {
        tags: BTreeSet::from([NUL.to_owned()]),
        ..order()
    };
    assert_eq!(told(desk.run(tags).await), WordsError::Tags);
}

#[tokio::test]
async fn words_that_are_not_kept_are_refused_of_a_sweep() {
    let desk = Desk::new().await;
    let order = SweepOrder {
        run: order().run,
        grid: Grid::new(vec!["fast=2..4".parse().unwrap()]).unwrap(),
        by: "sharpe".to_owned(),
        top: 0,
        title: Some(NUL.to_owned()),
    };
    let prepared = order.prepare(&desk.stores, &*desk.clock, &*desk.ids).await;
    assert_eq!(told(prepared), WordsError::Title);
}

#[tokio::test]
async fn words_that_are_not_kept_are_refused_of_a_recording() {
    let desk = Desk::new().await;
    let mut title = recording();
    title.title = Some(NUL.to_owned());
    assert_eq!(told(recorded(&desk, title).await), WordsError::Title);
    let mut notes = recording();
    notes.notes = Some(NUL.to_owned());
    assert_eq!(told(recorded(&desk, notes).await), WordsError::Notes);
    let mut tags = recording();
    tags.tags.insert(" ".to_owned());
    assert_eq!(told(recorded(&desk, tags).await), WordsError::Tags);
}

#[tokio::test]
async fn an_edit_is_kept_or_refused_as_a_whole() {
    let desk = Desk::new().await;
    let id = desk.run(order()).await.unwrap().backtest.id;
    let refused = BacktestEdit {
        title: Some(Some("Second".to_owned())),
        notes: Some(Some(NUL.to_owned())),
        tags: None,
    };
    assert_eq!(told(describe(&desk.stores, id, refused).await), WordsError::Notes);
    let title = |stored: domain::backtest::Backtest| stored.title.unwrap();
    let stored = desk.stores.backtests.backtest(id).await.unwrap().unwrap();
    assert_eq!(title(stored), "First");
    let edit = BacktestEdit {
        title: Some(Some("Second".to_owned())),
        ..BacktestEdit::default()
    };
    assert_eq!(title(describe(&desk.stores, id, edit).await.unwrap()), "Second");
}

#[test]
fn what_the_engine_refuses_is_told_by_its_own_cause() {
    let told = |error| BacktestError::from(error);
    let setting = RunError::Setting {
        key: "cash",
        range: "above 0",
    };
    assert_eq!(told(setting).to_string(), "`cash` must be above 0");
    assert!(matches!(told(RunError::TooLarge), BacktestError::TooLarge));
    assert!(matches!(told(RunError::Stopped), BacktestError::Cancelled(_)));
}
