//! What is told of backtests side by side.

use domain::{
    backtest::{BacktestInput, BacktestSettings, Costs, Metrics, Origin, RunStatus, Span},
    market::{Bar, Bars, Timestamp, Version},
};

use super::*;
use crate::fixture::{author, key, time};

/// A backtest that has read all bars of a series of so many.
fn read(bars: u64) -> Backtest {
    let at = |day: u64| Timestamp::saturating(time("2023-01-02").micros() + day as i64 * 86_400_000_000);
    Backtest {
        id: BacktestId::from_uuid(uuid::Uuid::nil()),
        status: RunStatus::Done,
        origin: Origin::Engine,
        strategy: None,
        inputs: vec![input(1, 100.0)],
        settings: BacktestSettings {
            start: None,
            end: None,
            parameters: [].into(),
            cash: 10_000.0,
            costs: Costs::default(),
            sessions_per_year: 252.0,
            zone: "UTC".parse().unwrap(),
            risk_free: 0.0,
        },
        title: None,
        notes: None,
        tags: [].into(),
        author: author(),
        created_at: time("2024-06-01"),
        finished_at: None,
        sweep: None,
        engine: Some("1.0.0".to_owned()),
        digest: None,
        span: Some(Span {
            first: at(0),
            last: at(bars - 1),
            bars,
            warm_up: 0,
            final_equity: 10_000.0,
        }),
        metrics: Metrics::default(),
        failure: None,
    }
}

fn input(version: u64, price: f64) -> BacktestInput {
    let bar = Bar {
        time: 0,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: 1.0,
    };
    BacktestInput {
        series: key("X:A/1d"),
        version: Version(version),
        digest: Bars::from_rows(&[bar]).unwrap().digest(),
    }
}

fn recorded(bars: u64) -> Backtest {
    Backtest {
        origin: Origin::Recorded {
            tool: "vectorbt".to_owned(),
            strategy: None,
        },
        ..read(bars)
    }
}

fn changed(change: impl FnOnce(&mut Backtest)) -> Backtest {
    let mut backtest = read(60);
    change(&mut backtest);
    backtest
}

fn have_same(other: Backtest) -> bool {
    have_same_data(&[read(60), other])
}

#[test]
fn the_same_bars_are_the_same_data_whatever_period_was_asked_for() {
    let first = read(60).span.unwrap().first;
    assert!(have_same(changed(|other| other.settings.start = Some(first))));
    assert!(have_same(recorded(60)));
    assert!(have_same(changed(|other| other.inputs = vec![input(3, 100.0)])));
}

#[test]
fn other_bars_other_contents_and_unknown_series_are_other_data() {
    assert!(!have_same(recorded(6)));
    assert!(!have_same(changed(|other| other.inputs = vec![input(1, 101.0)])));
    assert!(!have_same(
        changed(|other| other.inputs[0].series = key("X:B/1d"))
    ));
    let nameless = || changed(|other| other.inputs.clear());
    assert!(!have_same_data(&[nameless(), nameless()]), "nobody knows");
}

#[test]
fn settings_that_differ_are_told_of_each() {
    let other = changed(|other| {
        other.settings.cash = 500.0;
        other.settings.costs.slippage_bps = 2.0;
        other.settings.risk_free = 0.02;
        other.settings.sessions_per_year = 365.0;
        other.engine = Some("2.0.0".to_owned());
    });
    let told = settings::differing(&[read(60), other]);
    let names: Vec<&str> = told.iter().map(|setting| setting.name).collect();
    assert_eq!(
        names,
        ["cash", "slippage_bps", "risk_free", "sessions_per_year", "engine"]
    );
    let cash = [10_000.0, 500.0].map(|cash| Some(SettingValue::Number(cash)));
    assert_eq!(told[0].values, cash);
    assert_eq!(settings::differing(&[read(60), read(60)]), []);
}

#[test]
fn the_bars_that_were_read_are_told_where_they_differ() {
    let told = settings::differing(&[read(60), read(6)]);
    let names: Vec<&str> = told.iter().map(|setting| setting.name).collect();
    assert_eq!(names, ["last", "bars"]);
    let bars = [60, 6].map(|bars| Some(SettingValue::Count(bars)));
    assert_eq!(told[1].values, bars);
}

#[test]
fn costs_of_a_recording_are_unknown_and_told_beside_those_of_a_run_alone() {
    assert_eq!(settings::differing(&[read(60), recorded(60)]), []);
    let charged = changed(|run| run.settings.costs.commission_bps = 10.0);
    let told = settings::differing(&[charged, recorded(60)]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].values, [Some(SettingValue::Number(10.0)), None]);
}
