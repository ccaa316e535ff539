//! What is stored, and beside what.

use super::*;
use crate::{
    backtest::{BacktestResult, Costs, EquityCurve, Metric, Origin},
    id::BacktestId,
};

fn ended() -> NewBacktest {
    let backtest = Backtest {
        id: BacktestId::from_uuid(uuid::Uuid::from_u128(1)),
        status: RunStatus::Done,
        origin: Origin::Engine,
        strategy: None,
        inputs: Vec::new(),
        settings: BacktestSettings {
            start: None,
            end: None,
            parameters: [("fast".to_owned(), 1.0)].into(),
            cash: 1.0,
            costs: Costs::default(),
            sessions_per_year: 252.0,
            zone: crate::market::Zone::default(),
            risk_free: 0.0,
        },
        title: Some("a title".to_owned()),
        notes: None,
        tags: ["kept".to_owned()].into(),
        author: "local:ada".parse().unwrap(),
        created_at: Timestamp::EPOCH,
        finished_at: Some(Timestamp::EPOCH),
        sweep: None,
        engine: None,
        digest: None,
        span: None,
        metrics: crate::backtest::Metrics::default(),
        failure: None,
    };
    NewBacktest {
        backtest,
        result: BacktestResult::default(),
    }
}

fn refused(change: impl FnOnce(&mut NewBacktest)) -> String {
    let mut new = ended();
    change(&mut new);
    new.check().unwrap_err().to_string()
}

#[test]
fn what_has_ended_and_has_finite_numbers_is_stored() {
    assert!(ended().check().is_ok());
    assert!(refused(|new| new.backtest.status = RunStatus::Running).contains("has not ended"));
    let problem = refused(|new| {
        new.backtest.status = RunStatus::Failed;
        new.result.equity = EquityCurve::new(vec![1], vec![1.0]).unwrap();
    });
    assert!(problem.contains("not done"), "{problem}");
    let problem = refused(|new| {
        new.backtest
            .settings
            .parameters
            .insert("slow".to_owned(), f64::NAN);
    });
    assert!(problem.contains("slow"), "{problem}");
    let problem = refused(|new| {
        let metric = Metric {
            value: Some(f64::INFINITY),
            basis: String::new(),
            reason: None,
        };
        new.backtest.metrics.set("sharpe", metric);
    });
    assert!(problem.contains("sharpe"), "{problem}");
}

#[test]
fn an_equal_one_is_there_already_and_another_one_is_in_the_way() {
    let (new, mut other) = (ended(), ended());
    other.backtest.title = None;
    assert!(new.is_missing_beside(None).unwrap());
    assert!(!new.is_missing_beside(Some(&ended())).unwrap());
    let error = new.is_missing_beside(Some(&other)).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
}

#[test]
fn a_run_and_people_make_no_other_request_of_a_backtest() {
    let (asked, mut later) = (ended().backtest, ended().backtest);
    later.status = RunStatus::Failed;
    later.failure = Some("there was no bar".to_owned());
    later.notes = Some("odd".to_owned());
    assert!(later.was_asked_as(&asked));
    later.settings.cash = 2.0;
    assert!(!later.was_asked_as(&asked));
}

#[test]
fn what_people_write_outlives_the_run() {
    let (mut stored, finished) = (ended().backtest, ended().backtest);
    stored.status = RunStatus::Running;
    stored.title = Some("another".to_owned());
    stored.tags.clear();
    let kept = stored.finished_as(&finished);
    assert_eq!((&kept.title, kept.tags.len()), (&stored.title, 0));
    assert_eq!(kept.status, RunStatus::Done);
    assert!(stored.check_removable().is_err() && kept.check_removable().is_ok());
}
