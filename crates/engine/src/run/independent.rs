//! A run whose trades and figures were worked out by another program: a loop over the bars in plain Python that knows
//! nothing of this crate, and numpy for the figures.
//!
//! With `d` the daily returns (the first against the cash), `n` the net profits, `r` the returns of the trades, `m` the
//! returns of the closes and `f = 0.02 / 252`:
//!
//! ```text
//! volatility = d.std(ddof=1) * sqrt(252)               sharpe = (d - f).mean() / d.std(ddof=1) * sqrt(252)
//! sortino = (d - f).mean() / sqrt((minimum(d - f, 0) ** 2).mean()) * sqrt(252)
//! omega = maximum(d, 0).sum() / maximum(-d, 0).sum()   calmar = cagr / -max_drawdown
//! dd = equity / maximum.accumulate([cash, *equity])[1:] - 1; ulcer_index = sqrt((dd ** 2).mean())
//! value_at_risk_95 = v = quantile(d, .05)              expected_shortfall_95 = d[d <= v].mean()
//! skewness = (z ** 3).mean() / (z ** 2).mean() ** 1.5  kurtosis = (z ** 4).mean() / (z ** 2).mean() ** 2 - 3,  z = d - d.mean()
//! beta = cov(d[1:], m)[0, 1] / cov(d[1:], m)[1, 1]     alpha = ((d[1:].mean() - f) - beta * (m.mean() - f)) * 252
//! sqn = sqrt(len(n)) * n.mean() / n.std(ddof=1)        kelly = w - (1 - w) / (r[n > 0].mean() / -r[n < 0].mean())
//! ```
#![expect(
    clippy::unreadable_literal,
    reason = "figures stand here as the other program printed them"
)]

use domain::backtest::{ExitReason, Side};

use super::*;
use crate::{
    metric_definitions,
    testing::{DAY, bars, checked, daily},
};

/// Every kind of exit but two occurs: rule, stop, target, reversal and the end of the data.
const BODY: &str = "[long]\nenter = 'close > sma(close, 3) * 1.01'\nexit = 'close < sma(close, 3)'\nstop_loss = 0.04\n\
                    [short]\nenter = 'close < lowest(low, 3)[1]'\nexit = 'close > sma(close, 3)'\ntake_profit = 0.05\n\
                    [size]\nfraction = 0.5\n\
                    [costs]\ncommission_bps = 10\ncommission_per_trade = 0.5\nslippage_bps = 5";

/// Open, high, low and close of forty days.
const ROWS: &[[f64; 4]] = &[
    [101.51, 102.71, 98.85, 100.28],
    [99.53, 102.18, 99.29, 101.67],
    [101.05, 103.31, 100.05, 103.08],
    [102.47, 103.13, 99.18, 99.76],
    [99.60, 104.06, 99.26, 102.64],
    [104.64, 107.10, 103.36, 105.58],
    [105.69, 107.16, 102.03, 103.58],
    [104.10, 105.39, 99.75, 100.91],
    [102.44, 107.90, 101.31, 106.34],
    [105.88, 106.95, 104.67, 106.15],
    [106.69, 110.32, 105.75, 109.47],
    [111.50, 115.69, 110.33, 114.10],
    [112.38, 112.87, 111.21, 111.65],
    [109.98, 110.77, 105.30, 106.55],
    [108.12, 113.14, 108.10, 112.16],
    [110.77, 112.21, 106.34, 106.85],
    [107.81, 108.75, 106.02, 107.39],
    [108.06, 109.09, 103.82, 104.38],
    [106.37, 106.76, 102.95, 104.39],
    [104.03, 105.27, 99.17, 100.56],
    [100.53, 101.84, 97.35, 97.85],
    [96.85, 98.13, 92.98, 93.31],
    [91.89, 92.86, 89.53, 90.89],
    [89.84, 91.05, 88.68, 90.68],
    [90.63, 93.12, 89.90, 91.96],
    [91.85, 92.08, 87.33, 88.25],
    [89.17, 89.79, 88.17, 89.72],
    [90.97, 94.61, 90.07, 93.56],
    [93.00, 93.27, 91.08, 91.97],
    [91.38, 93.97, 91.02, 93.64],
    [92.09, 93.16, 89.35, 90.47],
    [91.98, 92.93, 87.81, 88.56],
    [88.03, 92.06, 87.62, 91.13],
    [92.34, 92.99, 91.26, 91.92],
    [91.83, 92.96, 87.95, 88.35],
    [88.17, 88.92, 85.80, 85.89],
    [84.27, 85.38, 81.48, 82.32],
    [83.05, 83.61, 79.45, 80.34],
    [81.13, 81.22, 80.34, 80.80],
    [82.25, 85.60, 81.81, 84.82],
];

/// Side, entry and exit (the bar's index and the price each), reason, units and net profit.
#[expect(clippy::type_complexity, reason = "a row of a table that is read here alone")]
const TRADES: &[(Side, i64, f64, i64, f64, ExitReason, f64, f64)] = &[
    (
        Side::Long,
        6,
        105.74284499999999,
        7,
        104.04795,
        ExitReason::Rule,
        47.23256211335618,
        -90.96319011876413,
    ),
    (
        Side::Long,
        9,
        105.93293999999999,
        13,
        109.92501000000001,
        ExitReason::Rule,
        46.71888966364017,
        175.4204341104597,
    ),
    (
        Side::Long,
        15,
        110.82538499999998,
        16,
        107.756095,
        ExitReason::Rule,
        45.4470961690391,
        -150.42421134300005,
    ),
    (
        Side::Short,
        18,
        106.316815,
        19,
        101.05147473712499,
        ExitReason::TakeProfit,
        46.66764106282703,
        235.043620548238,
    ),
    (
        Side::Short,
        20,
        100.479735,
        21,
        95.503476124125,
        ExitReason::TakeProfit,
        50.54710153476454,
        240.62907939032675,
    ),
    (
        Side::Short,
        22,
        91.84405500000001,
        25,
        91.89592499999999,
        ExitReason::Rule,
        56.60849482942632,
        -14.337526334590088,
    ),
    (
        Side::Short,
        26,
        89.125415,
        28,
        93.0465,
        ExitReason::Reversal,
        58.25489969404708,
        -240.03482000222954,
    ),
    (
        Side::Long,
        28,
        93.0465,
        31,
        91.93401000000001,
        ExitReason::Rule,
        54.511395899111655,
        -71.72692863803121,
    ),
    (
        Side::Short,
        32,
        87.985985,
        33,
        92.38616999999999,
        ExitReason::Reversal,
        57.23942241306224,
        -263.18844588221924,
    ),
    (
        Side::Long,
        33,
        92.38616999999999,
        34,
        88.6463778384,
        ExitReason::StopLoss,
        53.09024285413531,
        -209.15753601257884,
    ),
    (
        Side::Short,
        36,
        84.227865,
        37,
        80.05647998587499,
        ExitReason::TakeProfit,
        56.99218314450749,
        227.373415214056,
    ),
    (
        Side::Short,
        38,
        81.089435,
        39,
        84.86240999999998,
        ExitReason::EndOfData,
        60.59856061919049,
        -239.69329719128856,
    ),
];

/// Every figure.
const METRICS: &[(&str, f64)] = &[
    ("total_return", -0.040105940625962844),
    ("buy_and_hold_return", -0.15416832867969688),
    ("cagr", -0.31186041090816385),
    ("volatility", 0.17299574311913754),
    ("sharpe", -1.52085977778151),
    ("sortino", -1.9270147317616597),
    ("max_drawdown", -0.08318715764673024),
    ("calmar", -3.7489009088702994),
    ("omega", 0.7801556809941846),
    ("average_drawdown", -0.04385631677727971),
    ("max_drawdown_duration", 16.0),
    ("ulcer_index", 0.03616468636735266),
    ("value_at_risk_95", -0.018621602090090415),
    ("expected_shortfall_95", -0.023583139274096776),
    ("skewness", -0.3245844051005059),
    ("kurtosis", -0.2936285499966256),
    ("tail_ratio", 0.8088175383724613),
    ("exposure", 0.625),
    ("beta", -0.026190112141771776),
    ("alpha", -0.29504039253510883),
    ("trades", 12.0),
    ("win_rate", 0.3333333333333333),
    ("best_trade", 0.047377634273436664),
    ("worst_trade", -0.05225863677922181),
    ("average_trade", -0.006443991440065126),
    ("average_win", 0.044390487806197754),
    ("average_loss", -0.03186123106319657),
    ("profit_factor", 0.68655625583165),
    ("expectancy", -33.42161718830177),
    ("expectancy_ratio", -0.20896249611223328),
    ("sqn", -0.5746172445642198),
    ("kelly", -0.14516604251340143),
    ("max_consecutive_wins", 2.0),
    ("max_consecutive_losses", 5.0),
    ("average_holding", 1.6666666666666667),
    ("max_holding", 4.0),
    ("turnover", 11.952556202341107),
    ("commissions", 131.9632887066814),
    ("slippage", 59.981592074702284),
];

fn assert_close(what: &str, found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-10 * expected.abs().max(1e-3),
        "{what}: {found} instead of {expected}"
    );
}

#[test]
fn another_program_finds_the_same_trades_and_figures() {
    let settings = RunSettings {
        cash: 10_000.0,
        risk_free: 0.02,
        ..daily()
    };
    let outcome = run(&checked(BODY), &bars(DAY, ROWS), &settings, &unwatched).unwrap();
    assert_eq!(outcome.trades.len(), TRADES.len());
    for (trade, expected) in outcome.trades.iter().zip(TRADES) {
        let (side, entry, entry_price, exit, exit_price, reason, units, net) = *expected;
        assert_eq!((trade.side, trade.exit_reason), (side, reason), "{trade:?}");
        let bars = [trade.entry_time, trade.exit_time].map(|time| time.micros() / DAY);
        assert_eq!(bars, [entry, exit], "{trade:?}");
        assert_close("entry price", trade.entry_price, entry_price);
        assert_close("exit price", trade.exit_price, exit_price);
        assert_close("units", trade.units, units);
        assert_close("net", trade.net, net);
    }
    assert_eq!(METRICS.len(), metric_definitions().count());
    for (name, expected) in METRICS {
        let found = outcome.metrics.value(name);
        assert_close(name, found.unwrap_or(f64::NAN), *expected);
    }
}
