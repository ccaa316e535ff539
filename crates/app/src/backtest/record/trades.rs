//! The trades of another tool.

use domain::{
    backtest::{EquityCurve, ExitReason, Trade},
    market::{Timeframe, Timestamp},
};

use super::{RecordError, RecordedTrade};

/// How many trades a recorded backtest may have.
pub(super) const MAX_TRADES: usize = 1_000_000;

/// Checks trades and numbers them in the order of their exits.
pub(super) fn trades(
    recorded: &[RecordedTrade],
    equity: &EquityCurve,
    timeframe: Timeframe,
) -> Result<Vec<Trade>, RecordError> {
    if recorded.len() > MAX_TRADES {
        return Err(RecordError::TooManyTrades);
    }
    for (number, trade) in (1..).zip(recorded) {
        check(trade).map_err(|(key, range)| RecordError::Trade { number, key, range })?;
        check_times(number, trade, equity, timeframe)?;
    }
    let mut order: Vec<&RecordedTrade> = recorded.iter().collect();
    order.sort_by_key(|trade| (trade.exit_time, trade.entry_time));
    Ok((1..)
        .zip(order)
        .map(|(number, trade)| closed(number, trade))
        .collect())
}

fn check(trade: &RecordedTrade) -> Result<(), (&'static str, &'static str)> {
    let positive = [
        ("units", trade.units),
        ("entry_price", trade.entry_price),
        ("exit_price", trade.exit_price),
    ];
    for (key, number) in positive {
        if !(number.is_finite() && number > 0.0) {
            return Err((key, "above 0"));
        }
    }
    if !trade.costs.is_finite() {
        return Err(("costs", "a finite number"));
    }
    if trade.exit_time < trade.entry_time {
        return Err(("exit_time", "at `entry_time` or later"));
    }
    Ok(())
}

/// Refuses a trade of which the equity tells nothing. A point of the equity stands for the time up to its neighbours:
/// of a curve that was thinned to days, a day's first or last bar may have been kept.
fn check_times(
    number: usize,
    trade: &RecordedTrade,
    equity: &EquityCurve,
    timeframe: Timeframe,
) -> Result<(), RecordError> {
    let time = equity.time();
    let (Some(first), Some(last)) = (time.first(), time.last()) else {
        return Err(RecordError::NoEquity);
    };
    let step = |points: Option<&[i64]>| match points {
        Some([earlier, later]) => timeframe.nominal_micros().max(later.saturating_sub(*earlier)),
        _ => timeframe.nominal_micros(),
    };
    let from = first.saturating_sub(step(time.get(..2)));
    let to = last.saturating_add(step(
        time.len().checked_sub(2).and_then(|start| time.get(start..)),
    ));
    for (key, at) in [("entry_time", trade.entry_time), ("exit_time", trade.exit_time)] {
        if !(from..=to).contains(&at.micros()) {
            return Err(RecordError::Outside {
                number,
                key,
                time: at,
                first: Timestamp::saturating(*first),
                last: Timestamp::saturating(*last),
            });
        }
    }
    Ok(())
}

fn closed(number: u32, trade: &RecordedTrade) -> Trade {
    let gross = trade.side.sign() * (trade.exit_price - trade.entry_price) * trade.units;
    let net = gross - trade.costs;
    Trade {
        number,
        side: trade.side,
        units: trade.units,
        entry_time: trade.entry_time,
        entry_price: trade.entry_price,
        exit_time: trade.exit_time,
        exit_price: trade.exit_price,
        exit_reason: trade.exit_reason.unwrap_or(ExitReason::Unknown),
        gross,
        costs: trade.costs,
        net,
        net_return: net / (trade.units * trade.entry_price),
    }
}
