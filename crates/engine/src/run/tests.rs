//! Tests of whole runs: what holds for every series and every strategy.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::backtest::ExitReason;
use proptest::prelude::*;

use super::*;
use crate::{
    digest_of,
    testing::{checked, daily, walk},
};

/// Strategies that use every kind of exit, both sides and both fills.
fn strategy() -> impl Strategy<Value = String> {
    let side = |name: &'static str, enter: &'static str, exit: &'static str| {
        let stops = prop::sample::select(vec![
            "",
            "stop_loss = 0.03\n",
            "take_profit = 0.04\n",
            "trailing_stop = 0.03\nmax_bars = 9\n",
            "stop_loss = 0.02\ntake_profit = 0.02\ntrailing_stop = 0.015\n",
        ]);
        stops.prop_map(move |stops| format!("[{name}]\nenter = '{enter}'\nexit = '{exit}'\n{stops}"))
    };
    let long = side(
        "long",
        "crosses_above(sma(close, 3), sma(close, 8))",
        "rsi(close, 5) > 80",
    );
    let short = side(
        "short",
        "close < lowest(low, 6)[1]",
        "bars_since(close > open) < 1",
    );
    let sizes = prop::sample::select(vec![
        "[size]\nfraction = 0.7\n",
        "[size]\ncash = 400\nwhole_units = true\n",
        "[size]\nunits = 3\n",
        "",
    ]);
    let fill = prop::sample::select(vec!["next_open", "close"]);
    (long, short, sizes, fill, 0..3_u8).prop_map(|(long, short, size, fill, sides)| {
        let rules = match sides {
            0 => long,
            1 => short,
            _ => long + &short,
        };
        format!(
            "{rules}{size}[execution]\nfill = '{fill}'\n[costs]\ncommission_bps = 12\ncommission_per_trade = 0.5\n\
             slippage_bps = 5"
        )
    })
}

/// Strategies of the long side that leave by rules alone: where they trade does not depend on costs.
const BY_RULES: &str =
    "[long]\nenter = 'close > sma(close, 4)'\nexit = 'close < sma(close, 4)'\n[size]\nfraction = 0.8";

fn outcome(body: &str, bars: &Bars, settings: &RunSettings) -> Outcome {
    run(&checked(body), bars, settings, &unwatched).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_future_changes_no_trade_of_the_past(body in strategy(), seed in any::<u64>(), rows in 2..300_usize, cut in 0.1..1.0_f64) {
        let bars = walk(rows, seed);
        let past = bars.slice(0..(rows as f64 * cut) as usize);
        let full = outcome(&body, &bars, &daily());
        let cut = outcome(&body, &past, &daily());
        // The last trade of the cut run may have been closed by its end.
        let mut closed = cut.trades.clone();
        if closed.last().is_some_and(|trade| trade.exit_reason == ExitReason::EndOfData) {
            closed.pop();
        }
        prop_assert_eq!(&closed[..], &full.trades[..closed.len()]);
        let before_the_end = past.len().saturating_sub(1);
        prop_assert_eq!(&cut.equity.equity()[..before_the_end], &full.equity.equity()[..before_the_end]);
    }

    #[test]
    fn the_final_equity_is_the_cash_and_every_profit(body in strategy(), seed in any::<u64>(), rows in 1..300_usize) {
        let found = outcome(&body, &walk(rows, seed), &daily());
        let net: f64 = found.trades.iter().map(|trade| trade.net).sum();
        let last = found.equity.equity()[rows - 1];
        prop_assert!((last - 1000.0 - net).abs() < 1e-8, "{last} instead of 1000 + {net}");
        for trade in &found.trades {
            let gross = trade.side.sign() * (trade.exit_price - trade.entry_price) * trade.units;
            prop_assert_eq!(trade.gross.to_bits(), gross.to_bits());
            prop_assert_eq!(trade.net.to_bits(), (trade.gross - trade.costs).to_bits());
        }
    }

    #[test]
    fn each_point_of_the_curve_is_cash_flows_and_open_value(body in strategy(), seed in any::<u64>()) {
        let bars = walk(150, seed);
        let found = outcome(&body, &bars, &daily());
        for (index, equity) in found.equity.equity().iter().enumerate() {
            let time = bars.time()[index];
            let closed: f64 = found.trades.iter().filter(|trade| trade.exit_time.micros() < time).map(|trade| trade.net).sum();
            let at_this_bar = |trade: &&Trade| {
                trade.exit_time.micros() == time || trade.entry_time.micros() == time
            };
            // Entries and exits of this very bar may lie before or behind its close; the others are settled.
            if found.trades.iter().any(|trade| at_this_bar(&trade)) {
                continue;
            }
            let open = found.trades.iter().find(|trade| {
                trade.entry_time.micros() < time && time < trade.exit_time.micros()
            });
            let expected = 1000.0 + closed + open.map_or(0.0, |trade| {
                let value = trade.units * trade.entry_price;
                let paid = value.abs() * 0.0012 + 0.5;
                trade.side.sign() * trade.units * (bars.close()[index] - trade.entry_price) - paid
            });
            prop_assert!((equity - expected).abs() < 1e-8, "bar {index}: {equity} instead of {expected}");
        }
    }

    #[test]
    fn doubling_the_cash_doubles_every_profit(seed in any::<u64>()) {
        let bars = walk(200, seed);
        let body = format!("{BY_RULES}\n[short]\nenter = 'close < lowest(low, 6)[1]'\nstop_loss = 0.02\n[costs]\ncommission_bps = 7\nslippage_bps = 3");
        let once = outcome(&body, &bars, &daily());
        let twice = outcome(&body, &bars, &RunSettings { cash: 2000.0, ..daily() });
        // Doubling is exact in binary: every bit but the exponent is the same.
        prop_assert!(once.trades.len() > 3);
        prop_assert_eq!(once.trades.len(), twice.trades.len());
        for (once, twice) in once.trades.iter().zip(&twice.trades) {
            prop_assert_eq!((2.0 * once.net).to_bits(), twice.net.to_bits());
            prop_assert_eq!((2.0 * once.units).to_bits(), twice.units.to_bits());
        }
        prop_assert_eq!(once.metrics.value("sharpe"), twice.metrics.value("sharpe"));
    }

    /// A stop that is never reached makes the simulator look at every bar; without one it skips the quiet ones.
    #[test]
    fn quiet_bars_may_be_skipped(seed in any::<u64>(), rows in 1..400_usize, close in any::<bool>()) {
        let bars = walk(rows, seed);
        let fill = if close { "\n[execution]\nfill = 'close'" } else { "" };
        let rules = "exit = 'close < sma(close, 4)'";
        let body = format!("[long]\nenter = 'close > highest(high, 3)[1]'\n{rules}\n[short]\nenter = 'close < lowest(low, 9)[1]'\n{fill}");
        let watched = body.replace(rules, &format!("{rules}\nstop_loss = 0.9999")).replace("[1]'\n\n", "[1]'\nstop_loss = 99\n\n");
        let (skipped, watched) = (outcome(&body, &bars, &daily()), outcome(&watched, &bars, &daily()));
        prop_assert_eq!(skipped, watched);
    }

    /// Short positions and stops are left out on purpose: a smaller short position loses less, and a stop that
    /// moves with the fill price may be missed.
    #[test]
    fn higher_costs_never_raise_the_equity_of_long_trades_by_rules(seed in any::<u64>(), commission in 0.0..50.0_f64, slippage in 0.0..50.0_f64, more in 0.1..20.0_f64) {
        let bars = walk(200, seed);
        let with = |commission_bps, slippage_bps| {
            let costs = Some(Costs { commission_bps, slippage_bps, commission_per_trade: 0.0 });
            outcome(BY_RULES, &bars, &RunSettings { costs, ..daily() })
        };
        let cheap = with(commission, slippage);
        for dear in [with(commission + more, slippage), with(commission, slippage + more)] {
            for (dear, cheap) in dear.equity.equity().iter().zip(cheap.equity.equity()) {
                prop_assert!(*dear <= cheap + 1e-9, "{dear} with higher costs instead of {cheap}");
            }
        }
    }

    #[test]
    fn an_entry_never_takes_more_than_the_cash(body in strategy(), seed in any::<u64>(), cash in 1.0..2000.0_f64) {
        let found = outcome(&body, &walk(200, seed), &RunSettings { cash, ..daily() });
        let mut left = cash;
        for trade in &found.trades {
            let value = trade.units * trade.entry_price;
            let taken = value + value * 0.0012 + 0.5;
            prop_assert!(taken <= left * (1.0 + 1e-12), "{taken} of {left}");
            left += trade.net;
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_digest(body in strategy(), seed in any::<u64>()) {
        let bars = walk(120, seed);
        let (first, second) = (outcome(&body, &bars, &daily()), outcome(&body, &bars, &daily()));
        prop_assert_eq!(first.digest, second.digest);
        prop_assert_eq!(&first, &second);
        prop_assert_eq!(digest_of(&first.trades, &first.equity, &first.metrics), first.digest);
        let richer = outcome(&body, &bars, &RunSettings { cash: 1000.5, ..daily() });
        prop_assert_ne!(richer.digest, first.digest);
    }
}

#[test]
fn results_come_back_from_json_with_the_same_digest() {
    let found = outcome(BY_RULES, &walk(300, 9), &daily());
    let again = |value: serde_json::Value| value.to_string();
    let trades: Vec<Trade> =
        serde_json::from_str(&again(serde_json::to_value(&found.trades).unwrap())).unwrap();
    let equity = serde_json::from_str(&again(serde_json::to_value(&found.equity).unwrap())).unwrap();
    let metrics = serde_json::from_str(&again(serde_json::to_value(&found.metrics).unwrap())).unwrap();
    assert_eq!(digest_of(&trades, &equity, &metrics), found.digest);
}

#[test]
fn a_run_can_be_watched_and_stopped() {
    let checked = checked(BY_RULES);
    let bars = walk(3 * BLOCK, 1);
    let asked = AtomicUsize::new(0);
    let watch = |progress: Progress| {
        assert!(progress.done <= progress.total);
        asked.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    run(&checked, &bars, &daily(), &watch).unwrap();
    assert!(asked.load(Ordering::Relaxed) > 3);
    let stop = |_| ControlFlow::Break(());
    assert_eq!(run(&checked, &bars, &daily(), &stop), Err(RunError::Stopped));
}

#[test]
fn settings_keep_to_their_range() {
    let checked = checked(BY_RULES);
    let bars = walk(10, 1);
    let settings = [
        RunSettings { cash: 0.0, ..daily() },
        RunSettings {
            cash: f64::NAN,
            ..daily()
        },
        RunSettings {
            sessions_per_year: 0.0,
            ..daily()
        },
        RunSettings {
            risk_free: f64::INFINITY,
            ..daily()
        },
        RunSettings {
            costs: Some(Costs {
                slippage_bps: -1.0,
                ..Costs::default()
            }),
            ..daily()
        },
        RunSettings {
            parameters: [("fast".to_owned(), 1.0)].into(),
            ..daily()
        },
    ];
    for settings in settings {
        assert!(
            run(&checked, &bars, &settings, &unwatched).is_err(),
            "{settings:?}"
        );
    }
}

#[test]
fn bars_of_several_blocks_are_run_as_if_they_were_one() {
    let bars = walk(2 * BLOCK + 1000, 3);
    let body = "[long]\nenter = 'crosses_above(sma(close, 3), sma(close, 8))'\nexit = 'rsi(close, 5) > 80'\n\
                [short]\nenter = 'close < lowest(low, 6)[1]'\ntake_profit = 0.02\n[size]\ncash = 400";
    let settings = RunSettings { cash: 1e9, ..daily() };
    let whole = outcome(body, &bars, &settings);
    assert_eq!(
        digest_of(&whole.trades, &whole.equity, &whole.metrics),
        whole.digest
    );
    // What came before an edge does not depend on what comes behind it.
    for rows in [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK] {
        let part = outcome(body, &bars.slice(0..rows), &settings);
        let edge = part
            .trades
            .iter()
            .take_while(|trade| trade.exit_reason != ExitReason::EndOfData);
        let before: Vec<&Trade> = edge.collect();
        assert!(before.len() > 1000);
        assert_eq!(before, whole.trades[..before.len()].iter().collect::<Vec<_>>());
        assert_eq!(
            part.equity.equity()[..rows - 1],
            whole.equity.equity()[..rows - 1]
        );
    }
    let recorded = crate::measure(&crate::Recorded {
        trades: &whole.trades,
        equity: &whole.equity,
        bars: Some(&bars),
        cash: settings.cash,
        timeframe: settings.timeframe,
        sessions_per_year: settings.sessions_per_year,
        risk_free: settings.risk_free,
    });
    let recorded = recorded.unwrap().metrics;
    for name in [
        "max_drawdown",
        "ulcer_index",
        "sharpe",
        "exposure",
        "total_return",
    ] {
        assert_eq!(whole.metrics.value(name), recorded.value(name), "{name}");
    }
}

#[test]
fn a_trade_that_comes_to_no_number_is_refused() {
    let body = "[long]\nenter = 'close > 0'\n[size]\nunits = 1e-311\n[costs]\ncommission_per_trade = 1";
    let refused = run(&checked(body), &walk(20, 1), &daily(), &unwatched);
    assert_eq!(refused, Err(RunError::TooLarge));
}
