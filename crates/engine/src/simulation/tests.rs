//! Runs over small series, worked by hand. A rule such as `volume == 101` holds on the bar of index 1.

use domain::{
    backtest::{ExitReason, Side},
    market::{Bars, Timestamp},
};

use crate::{
    Outcome, RunSettings, run,
    testing::{DAY, bars, checked, daily, flat_bars},
    unwatched,
};

fn run_with(body: &str, bars: &Bars, settings: &RunSettings) -> Outcome {
    run(&checked(body), bars, settings, &unwatched).unwrap()
}

fn run_daily(body: &str, bars: &Bars) -> Outcome {
    run_with(body, bars, &daily())
}

fn day(index: i64) -> Timestamp {
    Timestamp::from_micros(index * DAY).unwrap()
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-12 * expected.abs().max(1.0)
}

const UP: &[[f64; 4]] = &[
    [10.0, 10.0, 10.0, 10.0],
    [10.0, 11.0, 9.0, 10.0],
    [12.0, 13.0, 11.0, 12.0],
    [12.0, 14.0, 12.0, 14.0],
    [15.0, 15.0, 15.0, 15.0],
    [16.0, 16.0, 16.0, 16.0],
];

#[test]
fn orders_fill_at_the_next_open() {
    let body = "[long]\nenter = 'volume == 101'\nexit = 'volume == 103'\n[size]\nfraction = 0.6";
    let outcome = run_daily(body, &bars(DAY, UP));
    assert_eq!(outcome.trades.len(), 1);
    let trade = &outcome.trades[0];
    assert_eq!((trade.number, trade.side, trade.units), (1, Side::Long, 50.0));
    assert_eq!((trade.entry_time, trade.entry_price), (day(2), 12.0));
    assert_eq!((trade.exit_time, trade.exit_price), (day(4), 15.0));
    assert_eq!(trade.exit_reason, ExitReason::Rule);
    assert_eq!((trade.gross, trade.costs, trade.net), (150.0, 0.0, 150.0));
    assert_eq!(trade.net_return, 0.25);
    assert_eq!(
        outcome.equity.equity(),
        [1000.0, 1000.0, 1000.0, 1100.0, 1150.0, 1150.0]
    );
}

#[test]
fn orders_fill_at_the_same_close_when_the_document_says_so() {
    let body = "[long]\nenter = 'volume == 101'\nexit = 'volume == 103'\n[size]\nunits = 50\n[execution]\nfill = 'close'";
    let outcome = run_daily(body, &bars(DAY, UP));
    let trade = &outcome.trades[0];
    assert_eq!((trade.entry_time, trade.entry_price), (day(1), 10.0));
    assert_eq!((trade.exit_time, trade.exit_price), (day(3), 14.0));
    assert_eq!(
        outcome.equity.equity(),
        [1000.0, 1000.0, 1100.0, 1200.0, 1200.0, 1200.0]
    );
    assert_eq!(outcome.metrics.value("exposure"), Some(2.0 / 6.0));
}

#[test]
fn both_sides_pay_commission_and_slippage() {
    let body = "[long]\nenter = 'volume == 100'\nexit = 'volume == 101'\n[size]\nunits = 10\n\
                [costs]\ncommission_bps = 100\ncommission_per_trade = 1\nslippage_bps = 100";
    let outcome = run_daily(body, &flat_bars(DAY, &[10.0, 10.0, 20.0, 20.0]));
    let trade = &outcome.trades[0];
    assert!(close(trade.entry_price, 10.1) && close(trade.exit_price, 19.8));
    assert!(close(trade.gross, 97.0) && close(trade.costs, 2.01 + 2.98));
    assert!(close(trade.net, 92.01) && close(trade.net_return, 92.01 / 101.0));
    let equity = outcome.equity.equity();
    assert!(close(equity[1], 1000.0 - 101.0 - 2.01 + 100.0) && close(equity[3], 1092.01));
    assert!(close(outcome.metrics.value("commissions").unwrap(), 4.99));
    assert!(close(outcome.metrics.value("slippage").unwrap(), 3.0));
}

#[test]
fn a_short_sale_gains_when_the_price_falls() {
    let body = "[short]\nenter = 'volume == 100'\nexit = 'volume == 102'\n[size]\nfraction = 0.5\n[costs]\nslippage_bps = 100";
    let outcome = run_daily(body, &flat_bars(DAY, &[100.0, 100.0, 80.0, 50.0, 50.0]));
    let trade = &outcome.trades[0];
    // Sold at 99, bought back at 50.5; half of the equity fits.
    assert!(close(trade.units, 500.0 / 99.0));
    assert!(close(trade.entry_price, 99.0) && close(trade.exit_price, 50.5));
    assert!(close(trade.net, 48.5 * 500.0 / 99.0));
    assert!(close(outcome.equity.equity()[2], 1500.0 - 80.0 * 500.0 / 99.0));
}

/// Enters at 100 on the second bar, whose low and high are beyond every level; the third bar is given.
#[rstest::rstest]
#[case::stop([99.0, 101.0, 95.0, 96.0], Some((95.0, ExitReason::StopLoss)))]
#[case::gap_through_the_stop([90.0, 92.0, 88.0, 91.0], Some((90.0, ExitReason::StopLoss)))]
#[case::target([105.0, 110.0, 104.0, 108.0], Some((110.0, ExitReason::TakeProfit)))]
#[case::gap_through_the_target([115.0, 120.0, 112.0, 118.0], Some((115.0, ExitReason::TakeProfit)))]
#[case::both_in_one_bar([100.0, 111.0, 94.0, 100.0], Some((95.0, ExitReason::StopLoss)))]
#[case::the_open_comes_first([112.0, 113.0, 90.0, 95.0], Some((112.0, ExitReason::TakeProfit)))]
#[case::neither([100.0, 109.0, 96.0, 100.0], None)]
fn stops_and_targets_are_watched_inside_the_bar(
    #[case] third: [f64; 4],
    #[case] expected: Option<(f64, ExitReason)>,
) {
    let long = "[long]\nenter = 'volume == 100'\nstop_loss = 0.05\ntake_profit = 0.1\n[size]\nunits = 1";
    let rows = [
        [100.0; 4],
        [100.0, 200.0, 50.0, 100.0],
        third,
        [100.0, 100.0, 100.0, 100.0],
    ];
    let outcome = run_daily(long, &bars(DAY, &rows));
    let trade = &outcome.trades[0];
    let (price, reason) = expected.unwrap_or((100.0, ExitReason::EndOfData));
    assert_eq!((trade.exit_price, trade.exit_reason), (price, reason));

    // A short position sees the same in a mirror.
    let short = "[short]\nenter = 'volume == 100'\nstop_loss = 0.05\ntake_profit = 0.1\n[size]\nunits = 1";
    let mirror =
        |[open, high, low, close]: [f64; 4]| [200.0 - open, 200.0 - low, 200.0 - high, 200.0 - close];
    let outcome = run_daily(
        short,
        &bars(
            DAY,
            &[[100.0; 4], [100.0, 150.0, 50.0, 100.0], mirror(third), [100.0; 4]],
        ),
    );
    let trade = &outcome.trades[0];
    assert_eq!((trade.exit_price, trade.exit_reason), (200.0 - price, reason));
}

#[test]
fn a_trailing_stop_follows_the_best_price_of_the_bars_before() {
    let body = "[long]\nenter = 'volume == 100'\ntrailing_stop = 0.1\n[size]\nunits = 1";
    let rows = [
        [100.0; 4],
        [100.0, 104.0, 99.0, 103.0],
        // 104 less a tenth is 93.6: the 120 of this bar counts from the next one on.
        [103.0, 120.0, 94.0, 110.0],
        [110.0, 112.0, 107.0, 111.0],
        [111.0; 4],
    ];
    let outcome = run_daily(body, &bars(DAY, &rows));
    let trade = &outcome.trades[0];
    assert_eq!(
        (trade.exit_time, trade.exit_price, trade.exit_reason),
        (day(3), 108.0, ExitReason::TrailingStop)
    );
}

#[test]
fn the_nearer_of_two_stops_is_hit_first() {
    let body = "[long]\nenter = 'volume == 100'\ntrailing_stop = 0.1\nstop_loss = 0.05\n[size]\nunits = 1";
    let rows = [[100.0; 4], [100.0; 4], [100.0, 100.0, 80.0, 85.0], [85.0; 4]];
    let trade = run_daily(body, &bars(DAY, &rows)).trades.remove(0);
    assert_eq!(
        (trade.exit_price, trade.exit_reason),
        (95.0, ExitReason::StopLoss)
    );
}

#[test]
fn an_opposite_entry_closes_and_reverses() {
    let body = "[long]\nenter = 'volume == 100'\n[short]\nenter = 'volume == 102'\n[size]\nfraction = 0.5";
    let outcome = run_daily(body, &flat_bars(DAY, &[10.0, 10.0, 20.0, 20.0, 10.0]));
    assert_eq!(outcome.trades.len(), 2);
    let (long, short) = (&outcome.trades[0], &outcome.trades[1]);
    assert_eq!(
        (long.exit_reason, long.units, long.net),
        (ExitReason::Reversal, 50.0, 500.0)
    );
    assert_eq!(
        (short.number, short.side, short.entry_time),
        (2, Side::Short, long.exit_time)
    );
    // Half of the 1500 that the first trade left.
    assert_eq!((short.units, short.net), (37.5, 375.0));
    assert_eq!(short.exit_reason, ExitReason::EndOfData);
    assert_eq!(outcome.equity.equity()[4], 1875.0);
}

#[test]
fn entries_that_contradict_each_other_trade_nothing() {
    let body = "[long]\nenter = 'close > 1'\n[short]\nenter = 'close > 1'";
    assert!(run_daily(body, &flat_bars(DAY, &[10.0; 5])).trades.is_empty());
}

#[rstest::rstest]
#[case("next_open", 1, 3)]
#[case("close", 0, 2)]
fn a_position_is_held_for_at_most_so_many_bars(#[case] fill: &str, #[case] entry: i64, #[case] exit: i64) {
    let body = format!("[long]\nenter = 'volume == 100'\nmax_bars = 2\n[execution]\nfill = '{fill}'");
    let trade = run_daily(&body, &flat_bars(DAY, &[10.0; 6])).trades.remove(0);
    assert_eq!((trade.entry_time, trade.exit_time), (day(entry), day(exit)));
    assert_eq!(trade.exit_reason, ExitReason::MaxBars);
}

#[test]
fn nothing_is_traded_before_every_rule_is_defined() {
    let body = "[long]\nenter = 'close > 1'\nexit = 'sma(close, 4) > 100'";
    let outcome = run_daily(body, &flat_bars(DAY, &[10.0; 6]));
    assert_eq!(outcome.warm_up, 3);
    assert_eq!(outcome.trades[0].entry_time, day(4));
    let never = run_daily(
        "[long]\nenter = 'not (sma(close, 7) > 100)'",
        &flat_bars(DAY, &[10.0; 6]),
    );
    assert!(never.trades.is_empty());
    let undefined = run_daily(
        "[long]\nenter = 'not (log(-close) > 1)'",
        &flat_bars(DAY, &[10.0; 6]),
    );
    assert!(undefined.trades.is_empty());
}

#[test]
fn what_is_open_at_the_end_is_closed_at_the_last_close() {
    let body = "[long]\nenter = 'volume == 100'\n[size]\nunits = 10\n[costs]\ncommission_per_trade = 5";
    let outcome = run_daily(body, &flat_bars(DAY, &[10.0, 10.0, 12.0]));
    let trade = &outcome.trades[0];
    assert_eq!(
        (trade.exit_time, trade.exit_price, trade.exit_reason),
        (day(2), 12.0, ExitReason::EndOfData)
    );
    assert_eq!(outcome.equity.equity(), [1000.0, 995.0, 1010.0]);
    // An order of the last close has no bar to fill on.
    let late = "[long]\nenter = 'volume == 102'";
    assert!(run_daily(late, &flat_bars(DAY, &[10.0; 3])).trades.is_empty());
    let late = format!("{late}\n[execution]\nfill = 'close'");
    assert!(run_daily(&late, &flat_bars(DAY, &[10.0; 3])).trades.is_empty());
}

#[test]
fn bars_outside_of_start_and_end_are_not_read() {
    let settings = RunSettings {
        start: Some(day(1)),
        end: Some(day(4)),
        ..daily()
    };
    let body = "[long]\nenter = 'close > close[1]'\n[size]\nunits = 1";
    let outcome = run_with(body, &flat_bars(DAY, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), &settings);
    assert_eq!(outcome.equity.time(), [DAY, 2 * DAY, 3 * DAY]);
    // The rise from the bar before the start is not seen.
    assert_eq!(outcome.trades[0].entry_time, day(3));
    assert_eq!(outcome.metrics.value("buy_and_hold_return"), Some(1.0));
}

#[test]
fn a_short_position_that_used_up_the_equity_is_closed() {
    let body = "[short]\nenter = 'close > 1'\n[size]\nfraction = 1";
    let outcome = run_daily(body, &flat_bars(DAY, &[10.0, 10.0, 25.0, 5.0, 5.0]));
    assert_eq!(outcome.trades.len(), 1);
    assert_eq!(outcome.trades[0].exit_reason, ExitReason::Ruin);
    assert_eq!(outcome.equity.equity(), [1000.0, 1000.0, -500.0, -500.0, -500.0]);
    assert_eq!(outcome.metrics.value("total_return"), Some(-1.5));
    assert_eq!(outcome.metrics.value("cagr"), None);
}

#[test]
fn costs_of_the_run_replace_those_of_the_document() {
    let body = "[long]\nenter = 'volume == 100'\n[size]\nunits = 1\n[costs]\ncommission_per_trade = 5";
    let free = RunSettings {
        costs: Some(domain::backtest::Costs::default()),
        ..daily()
    };
    let bars = flat_bars(DAY, &[10.0; 3]);
    assert_eq!(run_daily(body, &bars).metrics.value("commissions"), Some(10.0));
    assert_eq!(
        run_with(body, &bars, &free).metrics.value("commissions"),
        Some(0.0)
    );
}
