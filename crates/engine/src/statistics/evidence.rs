//! What figures are computed from, gathered in one walk over the bars.

use domain::{
    backtest::{ROUNDING, Trade},
    market::{Timeframe, TimeframeUnit},
};

use super::{drawdown::Drawdowns, numbers::LaneSum};
use crate::simulation::Totals;

const DAY: i64 = 86_400_000_000;

/// What figures depend on besides bars and equity.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) trades: &'a [Trade],
    pub(crate) totals: Totals,
    pub(crate) timeframe: Timeframe,
    pub(crate) sessions_per_year: f64,
    /// The yearly rate of money without risk, as a fraction.
    pub(crate) risk_free: f64,
}

/// What a walk over bars and equity finds, some bars at a time.
#[derive(Debug)]
pub(crate) struct Walk {
    cash: f64,
    per_bar: bool,
    bars: usize,
    /// The first and the last time, µs since the epoch.
    times: Option<(i64, i64)>,
    closes: Option<(f64, f64)>,
    last_equity: Option<f64>,
    equities: LaneSum,
    drawdowns: Drawdowns,
    periods: Vec<Period>,
    /// The end of the last period, which more bars may still belong to.
    midnight: i64,
    /// How many bars the last day has so far.
    day: usize,
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
#[derive(Debug)]
struct Period {
    equity: f64,
    close: f64,
}

impl Walk {
    /// Begins before the first bar.
    pub(crate) fn new(cash: f64, timeframe: Timeframe) -> Self {
        Self {
            cash,
            per_bar: timeframe.nominal_micros() >= DAY,
            bars: 0,
            times: None,
            closes: None,
            last_equity: None,
            equities: LaneSum::default(),
            drawdowns: Drawdowns::new(cash),
            periods: Vec::new(),
            midnight: i64::MIN,
            day: 1,
        }
    }

    /// Walks over the bars that follow: when they open, µs since the epoch, their closes and the equity at these.
    pub(crate) fn take(&mut self, time: &[i64], close: &[f64], equity: &[f64]) {
        let ends = (time.first(), time.last(), close.first(), close.last());
        let (Some(first), Some(last), Some(first_close), Some(last_close)) = ends else {
            return;
        };
        self.bars += time.len();
        self.times = Some((self.times.map_or(*first, |(first, _)| first), *last));
        self.closes = Some((self.closes.map_or(*first_close, |(first, _)| first), *last_close));
        self.last_equity = equity.last().copied();
        self.equities.take(equity);
        self.drawdowns.take(time, equity);
        if self.per_bar {
            let bars = equity.iter().zip(close);
            self.periods.extend(bars.map(|(equity, close)| Period {
                equity: *equity,
                close: *close,
            }));
        } else {
            self.days(time, close, equity);
        }
    }

    fn days(&mut self, time: &[i64], close: &[f64], equity: &[f64]) {
        let mut bar = 0;
        while let Some(first) = time.get(bar) {
            if *first < self.midnight {
                self.periods.pop();
            }
            self.midnight = (first.div_euclid(DAY) + 1) * DAY;
            self.day = day_length(&time[bar..], self.midnight, self.day);
            bar += self.day;
            self.periods.push(Period {
                equity: equity[bar - 1],
                close: close[bar - 1],
            });
        }
    }
}

impl<'a> Evidence<'a> {
    /// Takes what a walk over all bars found.
    pub(crate) fn of(walk: Walk, sources: &Sources<'a>) -> Self {
        let equities = walk.periods.iter().map(|period| period.equity);
        let returns = returns(std::iter::once(walk.cash).chain(equities));
        let mut ascending = returns.clone();
        if let Some(returns) = &mut ascending {
            returns.sort_by(f64::total_cmp);
        }
        let days = walk.times.map_or(0.0, |(first, last)| {
            (sources.timeframe.next_open(last) - first) as f64 / DAY as f64
        });
        let per_year = periods_per_year(sources.timeframe, sources.sessions_per_year);
        Self {
            cash: walk.cash,
            last_equity: walk.last_equity,
            mean_equity: walk.equities.mean(),
            closes: walk.closes,
            days,
            bars: walk.bars,
            periods: per_year,
            per_bar: walk.per_bar,
            risk_free: sources.risk_free / per_year,
            returns,
            ascending,
            market_returns: self::returns(walk.periods.iter().map(|period| period.close)),
            drawdowns: walk.drawdowns.finish(),
            trades: sources.trades,
            profits: sources.trades.iter().map(|trade| trade.net).collect(),
            totals: sources.totals,
        }
    }
}

/// Counts the bars before `midnight`: as many as the day before has, or else by doubling steps. A day of minutes is
/// not walked bar by bar.
fn day_length(times: &[i64], midnight: i64, before: usize) -> usize {
    if times.get(before - 1).is_some_and(|time| *time < midnight)
        && times.get(before).is_none_or(|time| *time >= midnight)
    {
        return before;
    }
    let mut step = 1;
    while step < times.len() && times[step] < midnight {
        step *= 2;
    }
    let (from, to) = (step / 2, step.min(times.len()));
    from + times[from..to].partition_point(|time| *time < midnight)
}

/// Returns the returns between values that follow each other, zero where rounding alone makes them differ; `None` when
/// one to be divided by is zero or below.
fn returns(values: impl Iterator<Item = f64>) -> Option<Vec<f64>> {
    let mut before: Option<f64> = None;
    let mut returns = Vec::with_capacity(values.size_hint().0);
    for value in values {
        match before {
            Some(before) if before > 0.0 => {
                let change = value / before - 1.0;
                returns.push(if change.abs() > ROUNDING { change } else { 0.0 });
            }
            Some(_) => return None,
            None => {}
        }
        before = Some(value);
    }
    Some(returns)
}

/// Returns N: sessions for bars up to a day, 52 weeks, 12 months, divided by how many of them a bar lasts. Hours that
/// come to more than a day are that part of days.
fn periods_per_year(timeframe: Timeframe, sessions_per_year: f64) -> f64 {
    let count = f64::from(timeframe.count());
    match timeframe.unit() {
        TimeframeUnit::Second | TimeframeUnit::Minute | TimeframeUnit::Hour => {
            sessions_per_year / (timeframe.nominal_micros() as f64 / DAY as f64).max(1.0)
        }
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
            for before in 1..50 {
                assert_eq!(day_length(&times, 100, before), bars as usize);
                assert_eq!(day_length(&times[..bars as usize], 100, before), bars as usize);
            }
        }
    }

    #[test]
    fn returns_end_where_nothing_is_left() {
        assert_eq!(returns([1.0, 2.0, 1.0].into_iter()), Some(vec![1.0, -0.5]));
        assert_eq!(returns([1.0, 0.0, 1.0].into_iter()), None);
        assert_eq!(returns([1.0, -0.5].into_iter()), Some(vec![-1.5]));
        let cash = 10_000.05_f64;
        assert_eq!(returns([cash, cash.next_down()].into_iter()), Some(vec![0.0]));
    }

    #[test]
    fn longer_bars_have_fewer_periods() {
        let periods = |text: &str| periods_per_year(text.parse().unwrap(), 252.0);
        let found = ["1m", "4h", "1d", "36h", "48h", "2d", "1w", "1M", "3M"].map(periods);
        assert_eq!(found, [252.0, 252.0, 252.0, 168.0, 126.0, 126.0, 52.0, 12.0, 4.0]);
    }
}
