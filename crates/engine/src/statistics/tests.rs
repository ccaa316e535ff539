//! Tests of figures, worked by hand.

use domain::{backtest::Metrics, market::Timeframe};

use crate::{
    RunSettings, metric_definitions, run,
    testing::{DAY, MINUTE, bars, checked, daily, flat_bars},
    unwatched,
};

/// Holds 10 units from the second bar's open, at 100, with all of the cash: the equity is ten times the price.
const HOLD: &str = "[long]\nenter = 'volume == 100'\n[size]\nunits = 10";

fn metrics_of(body: &str, prices: &[f64]) -> Metrics {
    let outcome = run(&checked(body), &flat_bars(DAY, prices), &daily(), &unwatched).unwrap();
    outcome.metrics
}

fn assert_close(metrics: &Metrics, name: &str, expected: f64) {
    let found = metrics
        .value(name)
        .unwrap_or_else(|| panic!("{name} is undefined"));
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "{name}: {found} instead of {expected}"
    );
}

fn assert_undefined(metrics: &Metrics, name: &str, reason: &str) {
    let metric = metrics.get(name).unwrap();
    assert_eq!(metric.value, None, "{name}");
    assert_eq!(metric.reason.as_deref(), Some(reason), "{name}");
}

#[test]
fn figures_of_returns_are_those_of_their_formulas() {
    // Daily returns: 0, 0, +0.1, −0.2, +0.25.
    let metrics = metrics_of(HOLD, &[100.0, 100.0, 110.0, 88.0, 110.0]);
    let mean = (0.1 - 0.2 + 0.25) / 5.0;
    let variance: f64 = [0.0, 0.0, 0.1, -0.2, 0.25_f64]
        .iter()
        .map(|daily| (daily - mean).powi(2))
        .sum();
    let deviation = (variance / 4.0).sqrt();
    let year = 252.0_f64.sqrt();
    assert_close(&metrics, "total_return", 0.1);
    assert_close(&metrics, "buy_and_hold_return", 0.1);
    assert_close(&metrics, "cagr", 1.1_f64.powf(365.25 / 5.0) - 1.0);
    assert_close(&metrics, "volatility", deviation * year);
    assert_close(&metrics, "sharpe", mean / deviation * year);
    assert_close(&metrics, "sortino", mean / (0.04_f64 / 5.0).sqrt() * year);
    assert_close(&metrics, "omega", 0.35 / 0.2);
    // Ascending: −0.2, 0, 0, 0.1, 0.25; the quantiles lie a fifth of the way between the outer ones.
    assert_close(&metrics, "value_at_risk_95", -0.16);
    assert_close(&metrics, "expected_shortfall_95", -0.2);
    assert_close(&metrics, "tail_ratio", 0.22 / 0.16);
    let third: f64 = [0.0, 0.0, 0.1, -0.2, 0.25_f64]
        .iter()
        .map(|daily| (daily - mean).powi(3))
        .sum();
    assert_close(&metrics, "skewness", third / 5.0 / (variance / 5.0).powf(1.5));
    // All of the account follows the market from the second bar on.
    assert_close(&metrics, "beta", 1.0);
    assert!(metrics.value("alpha").unwrap().abs() < 1e-12);
}

#[test]
fn figures_of_drawdowns_are_those_of_their_formulas() {
    // Below the peak of 1100 for two bars, and below 1200 at the end.
    let metrics = metrics_of(HOLD, &[100.0, 100.0, 110.0, 88.0, 99.0, 120.0, 114.0]);
    assert_close(&metrics, "max_drawdown", -0.2);
    assert_close(&metrics, "average_drawdown", -0.125);
    assert_close(&metrics, "max_drawdown_duration", 3.0);
    let squares = 0.04_f64 + 0.01 + 0.0025;
    assert_close(&metrics, "ulcer_index", (squares / 7.0).sqrt());
    let calmar = metrics.value("cagr").unwrap() / 0.2;
    assert_close(&metrics, "calmar", calmar);
    assert_close(&metrics, "exposure", 6.0 / 7.0);
}

#[test]
fn figures_of_trades_are_those_of_their_formulas() {
    // One unit is bought at every even bar and sold a bar later: +10, −20, 0, +30, +40.
    let prices = [
        100.0, 100.0, 110.0, 100.0, 80.0, 90.0, 90.0, 70.0, 100.0, 80.0, 120.0,
    ];
    let body =
        "[long]\nenter = 'close > 1'\nmax_bars = 1\n[size]\nunits = 1\n[costs]\ncommission_per_trade = 0";
    let metrics = metrics_of(body, &prices);
    let returns = [0.1, -0.2, 0.0, 3.0 / 7.0, 0.5];
    assert_close(&metrics, "trades", 5.0);
    assert_close(&metrics, "win_rate", 0.6);
    assert_close(&metrics, "best_trade", 0.5);
    assert_close(&metrics, "worst_trade", -0.2);
    assert_close(&metrics, "average_trade", returns.iter().sum::<f64>() / 5.0);
    assert_close(&metrics, "average_win", (0.1 + 3.0 / 7.0 + 0.5) / 3.0);
    assert_close(&metrics, "average_loss", -0.2);
    assert_close(&metrics, "profit_factor", 4.0);
    assert_close(&metrics, "expectancy", 12.0);
    assert_close(&metrics, "expectancy_ratio", 0.6);
    let deviation = ((4.0 + 1024.0 + 144.0 + 324.0 + 784.0_f64) / 4.0).sqrt();
    assert_close(&metrics, "sqn", 5.0_f64.sqrt() * 12.0 / deviation);
    let payoff = (0.1 + 3.0 / 7.0 + 0.5) / 3.0 / 0.2;
    assert_close(&metrics, "kelly", 0.6 - 0.4 / payoff);
    assert_close(&metrics, "max_consecutive_wins", 2.0);
    assert_close(&metrics, "max_consecutive_losses", 1.0);
    assert_close(&metrics, "average_holding", 1.0);
    assert_close(&metrics, "max_holding", 1.0);
    let equities = [
        1000.0, 1000.0, 1010.0, 1010.0, 990.0, 990.0, 990.0, 990.0, 1020.0, 1020.0, 1060.0,
    ];
    let mean = equities.iter().sum::<f64>() / 11.0;
    assert_close(&metrics, "turnover", prices[1..].iter().sum::<f64>() / mean);
}

#[test]
fn a_run_without_trades_says_what_is_undefined() {
    let metrics = metrics_of("[long]\nenter = 'close > 1000'", &[100.0, 110.0, 100.0]);
    for (name, value) in [
        ("total_return", 0.0),
        ("cagr", 0.0),
        ("volatility", 0.0),
        ("max_drawdown", 0.0),
        ("trades", 0.0),
        ("exposure", 0.0),
        ("turnover", 0.0),
        ("max_consecutive_wins", 0.0),
        ("beta", 0.0),
    ] {
        assert_eq!(metrics.value(name), Some(value), "{name}");
    }
    assert_undefined(&metrics, "sharpe", "the daily returns do not vary");
    assert_undefined(
        &metrics,
        "sortino",
        "no day returned less than money without risk",
    );
    assert_undefined(&metrics, "omega", "no day lost");
    assert_undefined(&metrics, "calmar", "the equity never fell below a peak");
    assert_undefined(&metrics, "average_drawdown", "the equity never fell below a peak");
    assert_undefined(&metrics, "skewness", "the daily returns do not vary");
    assert_undefined(&metrics, "win_rate", "there are no trades");
    assert_undefined(&metrics, "profit_factor", "no trade lost");
    assert_undefined(&metrics, "sqn", "there are no trades");
    assert_undefined(&metrics, "kelly", "there are no trades");
}

#[test]
fn one_trade_has_no_deviation_and_no_loss() {
    let metrics = metrics_of(HOLD, &[100.0, 100.0, 110.0]);
    assert_close(&metrics, "win_rate", 1.0);
    assert_undefined(&metrics, "sqn", "there is one trade");
    assert_undefined(&metrics, "profit_factor", "no trade lost");
    assert_undefined(&metrics, "kelly", "no trade lost");
    assert_undefined(&metrics, "average_loss", "no trade lost");
}

#[test]
fn a_run_over_no_bars_is_undefined_throughout() {
    let metrics = metrics_of(HOLD, &[]);
    assert_undefined(&metrics, "total_return", "there are no bars");
    assert_undefined(&metrics, "sharpe", "there are no daily returns");
    assert_undefined(&metrics, "exposure", "there are no bars");
    assert_undefined(&metrics, "max_drawdown", "there are no bars");
}

#[test]
fn minutes_are_summed_up_by_utc_days() {
    // Three bars, the last two of which belong to the second day.
    let mut rows = vec![[100.0; 4]; 1440];
    rows.push([110.0; 4]);
    rows.push([121.0; 4]);
    let settings = RunSettings {
        timeframe: Timeframe::MINUTE,
        ..daily()
    };
    let outcome = run(&checked(HOLD), &bars(MINUTE, &rows), &settings, &unwatched).unwrap();
    let metrics = &outcome.metrics;
    // Returns 0 and 0.21.
    assert_close(
        metrics,
        "volatility",
        (0.105_f64 * 0.105 * 2.0).sqrt() * 252.0_f64.sqrt(),
    );
    assert_eq!(
        metrics.get("sharpe").unwrap().basis,
        "daily returns (UTC), N = 252"
    );
    assert_close(metrics, "cagr", libm::pow(1.21, 365.25 / (1442.0 / 1440.0)) - 1.0);
}

#[test]
fn a_risk_free_rate_lowers_what_is_above_it() {
    let settings = RunSettings {
        risk_free: 0.252,
        ..daily()
    };
    let prices = flat_bars(DAY, &[100.0, 100.0, 110.0, 99.0]);
    let outcome = run(&checked(HOLD), &prices, &settings, &unwatched).unwrap();
    // Returns 0, 0, 0.1, −0.1 with 0.001 a day.
    let deviation = (0.02_f64 / 3.0).sqrt();
    assert_close(&outcome.metrics, "sharpe", -0.001 / deviation * 252.0_f64.sqrt());
}

#[test]
fn every_promised_figure_is_registered_once() {
    let promised = "total_return buy_and_hold_return cagr volatility sharpe sortino calmar omega max_drawdown \
                    average_drawdown max_drawdown_duration ulcer_index value_at_risk_95 expected_shortfall_95 skewness \
                    kurtosis tail_ratio exposure alpha beta trades win_rate best_trade worst_trade average_trade \
                    average_win average_loss profit_factor expectancy expectancy_ratio sqn kelly max_consecutive_wins \
                    max_consecutive_losses average_holding max_holding turnover commissions slippage";
    let mut promised: Vec<&str> = promised.split_whitespace().collect();
    let mut registered: Vec<&str> = metric_definitions().map(|definition| definition.name).collect();
    promised.sort_unstable();
    registered.sort_unstable();
    assert_eq!(registered, promised);
}

#[test]
fn what_rounding_leaves_is_neither_loss_nor_drawdown_nor_deviation() {
    // A short sale of the whole equity: its worth, the cash and what is owed, is a last digit off at the entry.
    let falling: Vec<f64> = (0..30).map(|day| 8.26 - 0.1 * f64::from(day)).collect();
    let short = checked("[short]\nenter = 'close > 0'\n[execution]\nfill = 'close'");
    let mut off = 0;
    for cents in 0..200 {
        let settings = RunSettings::new(10_000.0 + f64::from(cents) / 100.0, Timeframe::DAY, 252.0);
        let outcome = run(&short, &flat_bars(DAY, &falling), &settings, &unwatched).unwrap();
        off += u32::from(outcome.equity.equity()[0] != settings.cash);
        for name in ["sortino", "omega", "calmar", "average_drawdown"] {
            assert_eq!(outcome.metrics.value(name), None, "{name} of {}", settings.cash);
        }
        for name in ["max_drawdown", "max_drawdown_duration", "ulcer_index"] {
            assert_eq!(
                outcome.metrics.value(name),
                Some(0.0),
                "{name} of {}",
                settings.cash
            );
        }
    }
    assert!(off > 0, "nothing was rounded");
    // Six trades that gain 1 each, but for the last digits of 0.1.
    let steps: Vec<f64> = (0..13).map(|day| 100.0 + 0.1 * f64::from(day)).collect();
    let six = "[long]\nenter = 'close > 0'\nmax_bars = 1\n[size]\nunits = 1";
    let metrics = metrics_of(six, &steps);
    assert!(metrics.value("trades").unwrap() >= 6.0);
    assert_undefined(&metrics, "sqn", "the trades do not vary");
}

#[test]
fn every_figure_that_only_describes_is_defined() {
    let describing = metric_definitions().filter(|definition| definition.only_describes());
    assert_eq!(describing.count(), super::DESCRIPTIVE.len());
}
