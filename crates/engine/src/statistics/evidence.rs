//! What figures are computed from, gathered in one walk over the bars.

use domain::{
    backtest::Trade,
    market::{Timeframe, TimeframeUnit},
};

use super::{drawdown::Drawdowns, numbers};
use crate::simulation::Totals;

const DAY: i64 = 86_400_000_000;

/// What a run gave, and what its figures depend on besides.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// When the bars open, µs since the epoch.
    pub(crate) time: &'a [i64],
    /// The closes of the bars.
    pub(crate) close: &'a [f64],
    pub(crate) equity: &'a [f64],
    pub(crate) trades: &'a [Trade],
    pub(crate) totals: Totals,
    pub(crate) cash: f64,
    pub(crate) timeframe: Timeframe,
    pub(crate) sessions_per_year: f64,
    /// The yearly rate of money without risk, as a fraction.
    pub(crate) risk_free: f64,
    /// Whether several cores may work on it.
    pub(crate) alone: bool,
}

/// What figures are computed from.
pub(crate) struct Evidence<'a> {
    pub(super) cash: f64,
    /// The equity at the last close; `None` without bars.
    pub(super) last_equity: Option<f64>,
    /// The mean of the equities at the closes; `None` without bars.
    pub(super) mean_equity: Option<f64>,
    /// The first and the last close of the bars.
    pub(super) closes: Option<(f64, f64)>,
    /// From the first bar's open to the last bar's close, days.
    pub(super) days: f64,
    pub(super) bars: usize,
    /// Periods a year.
    pub(super) periods: f64,
    /// Whether the periods are bars; else they are UTC days.
    pub(super) per_bar: bool,
    /// The rate of money without risk in one period.
    pub(super) risk_free: f64,
    /// Returns of the equity by period; `None` when it fell to zero or below, where returns end.
    pub(super) returns: Option<Vec<f64>>,
    /// The same, ascending.
    pub(super) ascending: Option<Vec<f64>>,
    /// Returns of the closes by period, one fewer: the first period has no close before it. `None` where a close
    /// is zero or below.
    pub(super) market_returns: Option<Vec<f64>>,
    pub(super) drawdowns: Drawdowns,
    pub(super) trades: &'a [Trade],
    /// The net profits of the trades.
    pub(super) profits: Vec<f64>,
    pub(super) totals: Totals,
}

/// One period's last equity and close.
struct Period {
    equity: f64,
    close: f64,
}

impl<'a> Evidence<'a> {
    pub(crate) fn gather(sources: &Sources<'a>) -> Self {
        let per_bar = !sources.timeframe.is_intraday();
        let drawdowns = || Drawdowns::of(sources.cash, sources.time, sources.equity);
        let others = || (mean_equity(sources.equity), periods(sources, per_bar));
        let (drawdowns, (mean_equity, periods)) = if sources.alone {
            rayon::join(drawdowns, others)
        } else {
            (drawdowns(), others())
        };
        let equities = periods.iter().map(|period| period.equity);
        let returns = returns(std::iter::once(sources.cash).chain(equities));
        let mut ascending = returns.clone();
        if let Some(returns) = &mut ascending {
            returns.sort_by(f64::total_cmp);
        }
        let first_time = sources.time.first();
        let days = sources.time.last().zip(first_time).map_or(0.0, |(last, first)| {
            (sources.timeframe.next_open(*last) - first) as f64 / DAY as f64
        });
        let per_year = periods_per_year(sources.timeframe, sources.sessions_per_year);
        Self {
            cash: sources.cash,
            last_equity: sources.equity.last().copied(),
            mean_equity,
            closes: sources.close.first().copied().zip(sources.close.last().copied()),
            days,
            bars: sources.time.len(),
            periods: per_year,
            per_bar,
            risk_free: sources.risk_free / per_year,
            returns,
            ascending,
            market_returns: self::returns(periods.iter().map(|period| period.close)),
            drawdowns,
            trades: sources.trades,
            profits: sources.trades.iter().map(|trade| trade.net).collect(),
            totals: sources.totals,
        }
    }
}

fn mean_equity(equity: &[f64]) -> Option<f64> {
    (!equity.is_empty()).then(|| numbers::lane_sum(equity) / equity.len() as f64)
}

fn periods(sources: &Sources<'_>, per_bar: bool) -> Vec<Period> {
    let period = |bar: usize| Period {
        equity: sources.equity[bar],
        close: sources.close[bar],
    };
    if per_bar {
        return (0..sources.time.len()).map(period).collect();
    }
    let mut periods = Vec::new();
    let mut bar = 0;
    while let Some(time) = sources.time.get(bar) {
        let midnight = (time.div_euclid(DAY) + 1) * DAY;
        bar += day_length(&sources.time[bar..], midnight);
        periods.push(period(bar - 1));
    }
    periods
}

/// Counts the bars before `midnight` by doubling steps: a day of minutes is not walked bar by bar.
fn day_length(times: &[i64], midnight: i64) -> usize {
    let mut step = 1;
    while step < times.len() && times[step] < midnight {
        step *= 2;
    }
    let (from, to) = (step / 2, step.min(times.len()));
    from + times[from..to].partition_point(|time| *time < midnight)
}

/// Returns the returns between values that follow each other; `None` when one to be divided by is zero or below.
fn returns(values: impl Iterator<Item = f64>) -> Option<Vec<f64>> {
    let mut before: Option<f64> = None;
    let mut returns = Vec::with_capacity(values.size_hint().0);
    for value in values {
        match before {
            Some(before) if before > 0.0 => returns.push(value / before - 1.0),
            Some(_) => return None,
            None => {}
        }
        before = Some(value);
    }
    Some(returns)
}

/// Returns N: sessions for bars up to a day, 52 weeks, 12 months, divided by how many of them a bar lasts.
fn periods_per_year(timeframe: Timeframe, sessions_per_year: f64) -> f64 {
    let count = f64::from(timeframe.count());
    match timeframe.unit() {
        TimeframeUnit::Second | TimeframeUnit::Minute | TimeframeUnit::Hour => sessions_per_year,
        TimeframeUnit::Day => sessions_per_year / count,
        TimeframeUnit::Week => 52.0 / count,
        TimeframeUnit::Month => 12.0 / count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_however_many_bars_it_has() {
        for bars in 1..40 {
            let times: Vec<i64> = (0..bars).chain([100, 101, 102]).collect();
            assert_eq!(day_length(&times, 100), bars as usize);
            assert_eq!(day_length(&times[..bars as usize], 100), bars as usize);
        }
    }

    #[test]
    fn returns_end_where_nothing_is_left() {
        assert_eq!(returns([1.0, 2.0, 1.0].into_iter()), Some(vec![1.0, -0.5]));
        assert_eq!(returns([1.0, 0.0, 1.0].into_iter()), None);
        assert_eq!(returns([1.0, -0.5].into_iter()), Some(vec![-1.5]));
    }

    #[test]
    fn longer_bars_have_fewer_periods() {
        let periods = |text: &str| periods_per_year(text.parse().unwrap(), 252.0);
        let found = ["1m", "4h", "1d", "2d", "1w", "1M", "3M"].map(periods);
        assert_eq!(found, [252.0, 252.0, 252.0, 126.0, 52.0, 12.0, 4.0]);
    }
}
