//! The trades as a table.

use std::io::{self, Write};

use domain::backtest::Trade;

use super::Clock;
use crate::output::{
    counted,
    figures::percent,
    numbers::{self, decimal, shortest},
    table::{Column, Table},
};

pub(super) fn write(out: &mut dyn Write, trades: &[Trade], most: usize, clock: Clock) -> io::Result<()> {
    if trades.is_empty() {
        return writeln!(out, "\nNothing was traded.");
    }
    let earlier = trades.len().saturating_sub(most);
    let trades = &trades[earlier..];
    let columns = [
        Column::Right("trade"),
        Column::Left("side"),
        Column::Right("units"),
        Column::Left("entry (UTC)"),
        Column::Right("price"),
        Column::Left("exit (UTC)"),
        Column::Right("price"),
        Column::Left("why"),
        Column::Right("costs"),
        Column::Right("net"),
        Column::Right("return"),
    ];
    let mut table = Table::new(&columns);
    let prices: Vec<f64> = trades
        .iter()
        .flat_map(|trade| [trade.entry_price, trade.exit_price])
        .map(rounded)
        .collect();
    for (trade, prices) in trades.iter().zip(numbers::prices(&prices).chunks_exact(2)) {
        table.row([
            trade.number.to_string(),
            trade.side.to_string(),
            shortest(trade.units, 4),
            clock.show(trade.entry_time),
            prices[0].clone(),
            clock.show(trade.exit_time),
            prices[1].clone(),
            trade.exit_reason.to_string().replace('_', " "),
            decimal(trade.costs, 2),
            decimal(trade.net, 2),
            percent(trade.net_return),
        ]);
    }
    write!(out, "\n{table}")?;
    if earlier > 0 {
        writeln!(
            out,
            "… after {}: --trades shows all",
            counted(earlier as u64, "earlier trade")
        )
    } else {
        Ok(())
    }
}

/// Slippage makes prices of many digits; those that nobody trades at are left out.
fn rounded(price: f64) -> f64 {
    let scale = if price.abs() >= 1.0 { 1e4 } else { 1e10 };
    let rounded = (price * scale).round() / scale;
    if rounded.is_finite() { rounded } else { price }
}
