//! The equity, drawn, and its worst drawdowns.

use std::io::{self, Write};

use domain::{backtest::EquityCurve, market::Timestamp};
use engine::Drawdown;

use super::Clock;
use crate::output::{
    chart::chart,
    figures::{duration, percent},
    numbers::decimal,
    sparkline::sparkline,
    table::{Column, Table},
};

/// How many characters the line of the equity has.
const WIDTH: usize = 60;
/// How large the equity is drawn when that is asked for.
const CHART: (usize, usize) = (88, 12);

pub(super) fn write_curve(
    out: &mut dyn Write,
    curve: &EquityCurve,
    clock: Clock,
    large: bool,
) -> io::Result<()> {
    let equity = curve.equity();
    let (Some(first), Some(last)) = (equity.first(), equity.last()) else {
        return Ok(());
    };
    if large {
        writeln!(out, "\nequity\n{}", chart(equity, CHART.0, CHART.1).join("\n"))?;
    } else {
        writeln!(out, "\nequity  {}", sparkline(equity, WIDTH))?;
    }
    let extreme = |better: fn(f64, f64) -> bool| {
        let points = curve.time().iter().zip(equity);
        points.reduce(|best, point| if better(*point.1, *best.1) { point } else { best })
    };
    let at = |point: Option<(&i64, &f64)>| {
        point.map_or_else(String::new, |(time, equity)| {
            format!(
                "{} ({})",
                decimal(*equity, 2),
                clock.show(Timestamp::saturating(*time))
            )
        })
    };
    writeln!(
        out,
        "        first {}, low {}, high {}, last {}",
        decimal(*first, 2),
        at(extreme(|a, b| a < b)),
        at(extreme(|a, b| a > b)),
        decimal(*last, 2)
    )
}

pub(super) fn write_drawdowns(out: &mut dyn Write, drawdowns: &[Drawdown], clock: Clock) -> io::Result<()> {
    if drawdowns.is_empty() {
        return writeln!(out, "\nThe equity never fell below a peak.");
    }
    let columns = [
        Column::Right("drawdown"),
        Column::Left("from"),
        Column::Left("trough"),
        Column::Left("recovered"),
        Column::Right("lasted"),
    ];
    let mut table = Table::new(&columns);
    for drawdown in drawdowns {
        table.row([
            percent(drawdown.depth),
            clock.show(drawdown.peak),
            clock.show(drawdown.trough),
            drawdown
                .recovered
                .map_or_else(|| "not yet".to_owned(), |time| clock.show(time)),
            duration(drawdown.days),
        ]);
    }
    write!(out, "\n{table}")
}
