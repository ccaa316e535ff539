//! Figures and digest of what another tool computed.

use domain::{
    backtest::{EquityCurve, Metric, Metrics, ResultDigest, Trade},
    market::{Bars, Timeframe},
};

use crate::{
    digest::digest_of,
    run::{RunError, RunSettings, check_settings},
    simulation::Totals,
    spans::Spans,
    statistics::{Evidence, Sources, Walk, metrics},
};

/// Figures that need the closes of what was traded.
const OF_CLOSES: [&str; 3] = ["buy_and_hold_return", "alpha", "beta"];

/// What another tool computed.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The closed trades, in the order of their exits.
    pub trades: &'a [Trade],
    /// The equity at each bar's close.
    pub equity: &'a EquityCurve,
    /// The bars that were traded, where they are known.
    pub bars: Option<&'a Bars>,
    /// The cash at the beginning, above zero.
    pub cash: f64,
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// The instrument's trading sessions a year.
    pub sessions_per_year: f64,
    /// The yearly rate of money without risk, as a fraction.
    pub risk_free: f64,
}

/// What was computed of a recorded result.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Every registered figure; those that need what was not recorded are undefined, with that as their reason.
    pub metrics: Metrics,
    /// The digest of trades, equity and figures.
    pub digest: ResultDigest,
}

/// Computes the figures of a recorded result.
///
/// # Errors
/// [`RunError::Setting`] when a setting lies out of range.
pub fn measure(recorded: &Recorded<'_>) -> Result<Measured, RunError> {
    let Recorded {
        cash,
        timeframe,
        sessions_per_year,
        risk_free,
        ..
    } = *recorded;
    check_settings(&RunSettings {
        risk_free,
        ..RunSettings::new(cash, timeframe, sessions_per_year)
    })?;
    let (time, equity) = (recorded.equity.time(), recorded.equity.equity());
    let spans = Spans::of(time, timeframe);
    let closes = match recorded.bars {
        Some(bars) => spans
            .closes(bars)
            .ok_or("the series does not reach over the equity"),
        None => Err("the bars that were traded are not known"),
    };
    let close = match &closes {
        Ok(closes) => closes,
        Err(_) => &vec![1.0; time.len()],
    };
    let mut walk = Walk::new(cash, timeframe);
    walk.take(time, close, equity);
    let sources = Sources {
        trades: recorded.trades,
        totals: totals(recorded.trades, &spans),
        timeframe,
        sessions_per_year,
        risk_free,
    };
    let evidence = Evidence::of(walk, &sources);
    let mut metrics = metrics(&evidence);
    if let Err(reason) = closes {
        for name in OF_CLOSES {
            undefine(&mut metrics, name, reason);
        }
    }
    undefine(&mut metrics, "slippage", "another tool's prices do not tell it");
    let digest = digest_of(recorded.trades, recorded.equity, &metrics);
    Ok(Measured { metrics, digest })
}

/// Sums up trades. A bar is held when a trade was entered at or before its time and left after it, or inside it.
fn totals(trades: &[Trade], spans: &Spans<'_>) -> Totals {
    let mut held: Vec<(usize, usize)> = trades.iter().map(|trade| spans.held(trade)).collect();
    held.sort_unstable();
    let (mut bars_held, mut through) = (0, 0);
    for (from, to) in held {
        bars_held += to.saturating_sub(from.max(through));
        through = through.max(to);
    }
    let mut totals = Totals {
        bars_held,
        ..Totals::default()
    };
    for trade in trades {
        totals.commissions += trade.costs;
        totals.traded += trade.units * (trade.entry_price + trade.exit_price);
    }
    totals
}

fn undefine(metrics: &mut Metrics, name: &str, reason: &str) {
    if let Some(metric) = metrics.get(name) {
        let metric = Metric {
            value: None,
            basis: metric.basis.clone(),
            reason: Some(reason.to_owned()),
        };
        metrics.set(name, metric);
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        backtest::{ExitReason, Side},
        market::Timestamp,
    };

    use super::*;
    use crate::{
        run,
        testing::{checked, daily, walk},
        unwatched,
    };

    const DAY: i64 = 86_400_000_000;

    fn trade(entry: i64, exit: i64) -> Trade {
        Trade {
            number: 1,
            side: Side::Long,
            units: 2.0,
            entry_time: Timestamp::saturating(entry * DAY),
            entry_price: 10.0,
            exit_time: Timestamp::saturating(exit * DAY),
            exit_price: 15.0,
            exit_reason: ExitReason::Rule,
            gross: 10.0,
            costs: 1.0,
            net: 9.0,
            net_return: 0.45,
        }
    }

    fn measured(bars: Option<&Bars>) -> Measured {
        let curve = EquityCurve::new(
            (0..4).map(|day| day * DAY).collect(),
            vec![100.0, 104.0, 99.0, 109.0],
        );
        let recorded = Recorded {
            trades: &[trade(1, 3)],
            equity: &curve.unwrap(),
            bars,
            cash: 100.0,
            timeframe: Timeframe::DAY,
            sessions_per_year: 252.0,
            risk_free: 0.0,
        };
        measure(&recorded).unwrap()
    }

    #[test]
    fn figures_come_of_trades_and_equity_alone() {
        let Measured { metrics, .. } = measured(None);
        assert_eq!(metrics.value("total_return"), Some(109.0 / 100.0 - 1.0));
        assert_eq!(metrics.value("commissions"), Some(1.0));
        assert_eq!(metrics.value("exposure"), Some(0.5));
        assert_eq!(metrics.value("turnover"), Some(50.0 / 103.0));
        for name in ["buy_and_hold_return", "alpha", "beta", "slippage"] {
            let metric = metrics.get(name).unwrap();
            assert!(metric.value.is_none() && metric.reason.is_some(), "{name}");
        }
    }

    #[test]
    fn bars_that_are_known_add_the_closes() {
        let prices = vec![10.0, 11.0, 12.0, 15.0];
        let times = (0..4).map(|day| day * DAY).collect();
        let bars = Bars::new(
            times,
            prices.clone(),
            prices.clone(),
            prices.clone(),
            prices,
            vec![1.0; 4],
        );
        let Measured { metrics, .. } = measured(Some(&bars.unwrap()));
        assert_eq!(metrics.value("buy_and_hold_return"), Some(0.5));
        assert!(metrics.value("beta").is_some());
    }

    #[test]
    fn a_result_of_the_engine_has_the_same_figures_when_it_is_recorded() {
        let bars = walk(300, 5);
        let bodies = [
            "[long]\nenter = 'volume == 100'",
            "[long]\nenter = 'close > sma(close, 5)'\nexit = 'close < sma(close, 5)'",
            "[long]\nenter = 'close > open'\nstop_loss = 0.02\ntake_profit = 0.03\n[short]\nenter = 'close < open'\ntrailing_stop = 0.02",
            "[long]\nenter = 'close > open'\nmax_bars = 3\n[costs]\ncommission_bps = 10",
        ];
        for body in bodies {
            let outcome = run(&checked(body), &bars, &daily(), &unwatched).unwrap();
            let recorded = Recorded {
                trades: &outcome.trades,
                equity: &outcome.equity,
                bars: Some(&bars),
                cash: 1000.0,
                timeframe: Timeframe::DAY,
                sessions_per_year: 252.0,
                risk_free: 0.0,
            };
            let measured = measure(&recorded).unwrap();
            for (name, metric) in outcome.metrics.iter().filter(|(name, _)| *name != "slippage") {
                let (found, expected) = (measured.metrics.value(name), metric.value);
                let close = found.zip(expected).is_none_or(|(found, expected)| {
                    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
                });
                assert!(
                    close && found.is_some() == expected.is_some(),
                    "{body}: {name}: {found:?} {expected:?}"
                );
            }
        }
    }

    #[test]
    fn trades_that_overlap_hold_a_bar_once() {
        let times: Vec<i64> = (0..10).map(|day| day * DAY).collect();
        let trades = [trade(1, 5), trade(2, 3), trade(4, 7)];
        assert_eq!(totals(&trades, &Spans::of(&times, Timeframe::DAY)).bars_held, 6);
    }
}
