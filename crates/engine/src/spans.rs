//! The bars of a recorded equity curve, of which it tells when they open.

use domain::{
    backtest::{ExitReason, Trade},
    market::{Bars, Timeframe},
};

/// The points of an equity curve and how long each one's bar lasts.
pub(crate) struct Spans<'a> {
    /// When the bars open, µs since the epoch.
    times: &'a [i64],
    timeframe: Timeframe,
    /// The least distance of two points, µs.
    step: i64,
}

impl<'a> Spans<'a> {
    pub(crate) fn of(times: &'a [i64], timeframe: Timeframe) -> Self {
        let steps = times.windows(2).map(|pair| pair[1] - pair[0]);
        Self {
            times,
            timeframe,
            step: steps.min().unwrap_or_default(),
        }
    }

    /// Returns when a bar ends that opens at `time`. A curve may have fewer points than the timeframe says; then its
    /// bars last from point to point, but not over a weekend.
    fn end(&self, time: i64) -> i64 {
        self.timeframe.next_open(time).max(time.saturating_add(self.step))
    }

    /// Returns the close of the series at the end of each bar; `None` when the series begins later, or ends more than
    /// a bar earlier.
    pub(crate) fn closes(&self, bars: &Bars) -> Option<Vec<f64>> {
        let (last, end) = (self.times.last()?, self.end(*bars.time().last()?));
        if *last > end {
            return None;
        }
        let mut bar = 0;
        let mut closes = Vec::with_capacity(self.times.len());
        for time in self.times {
            let end = self.end(*time);
            while bar < bars.len() && bars.time()[bar] < end {
                bar += 1;
            }
            closes.push(*bars.close().get(bar.checked_sub(1)?)?);
        }
        Some(closes)
    }

    /// Returns the first bar during which a trade was held, and the first one behind it.
    pub(crate) fn held(&self, trade: &Trade) -> (usize, usize) {
        let (entry, exit) = (trade.entry_time.micros(), trade.exit_time.micros());
        let opened = self.times.partition_point(|bar| *bar <= entry);
        let entered = match opened.checked_sub(1) {
            Some(last) if entry < self.end(self.times[last]) => last,
            _ => opened,
        };
        let left = match trade.exit_reason {
            // Prices inside the bar, or its close.
            ExitReason::StopLoss
            | ExitReason::TakeProfit
            | ExitReason::TrailingStop
            | ExitReason::Ruin
            | ExitReason::EndOfData => self.times.partition_point(|bar| *bar <= exit),
            // The bar's open, as far as anybody knows.
            _ => self.times.partition_point(|bar| *bar < exit),
        };
        (entered, left)
    }
}

#[cfg(test)]
mod tests {
    use domain::{backtest::Side, market::Timestamp};

    use super::*;

    const HOUR: i64 = 3_600_000_000;
    const DAY: i64 = 24 * HOUR;

    fn trade(entry: i64, exit: i64) -> Trade {
        Trade {
            number: 1,
            side: Side::Long,
            units: 1.0,
            entry_time: Timestamp::saturating(entry),
            entry_price: 10.0,
            exit_time: Timestamp::saturating(exit),
            exit_price: 11.0,
            exit_reason: ExitReason::Unknown,
            gross: 1.0,
            costs: 0.0,
            net: 1.0,
            net_return: 0.1,
        }
    }

    fn bars(times: impl Iterator<Item = i64>) -> Bars {
        let time: Vec<i64> = times.collect();
        let prices: Vec<f64> = (0..time.len()).map(|bar| 100.0 + bar as f64).collect();
        let volume = vec![1.0; time.len()];
        Bars::new(
            time,
            prices.clone(),
            prices.clone(),
            prices.clone(),
            prices,
            volume,
        )
        .unwrap()
    }

    #[test]
    fn a_trade_inside_a_bar_holds_that_bar() {
        let days: Vec<i64> = (0..10).map(|day| day * DAY).collect();
        for timeframe in [Timeframe::DAY, "1h".parse().unwrap()] {
            let spans = Spans::of(&days, timeframe);
            let held = |entry, exit| spans.held(&trade(entry, exit));
            assert_eq!(held(3 * DAY + HOUR, 3 * DAY + 23 * HOUR), (3, 4));
            assert_eq!(held(3 * DAY + HOUR, 5 * DAY + HOUR), (3, 6));
            assert_eq!(held(3 * DAY, 5 * DAY), (3, 5));
            assert_eq!(held(9 * DAY + HOUR, 9 * DAY + 2 * HOUR), (9, 10));
            assert_eq!(held(-HOUR, DAY), (0, 1));
        }
    }

    #[test]
    fn a_trade_that_begins_when_the_market_has_closed_holds_the_next_bar() {
        let week: Vec<i64> = [0, 1, 2, 3, 4, 7, 8].map(|day| day * DAY).to_vec();
        let spans = Spans::of(&week, Timeframe::DAY);
        assert_eq!(spans.held(&trade(5 * DAY, 7 * DAY)), (5, 5));
        assert_eq!(spans.held(&trade(5 * DAY, 8 * DAY)), (5, 6));
    }

    #[test]
    fn a_bar_that_is_longer_than_those_of_the_series_ends_with_the_last_of_them() {
        let days = [0, DAY];
        let spans = Spans::of(&days, "1h".parse().unwrap());
        let hours = bars((0..48).map(|hour| hour * HOUR));
        assert_eq!(spans.closes(&hours), Some(vec![123.0, 147.0]));
    }

    #[test]
    fn a_series_that_does_not_reach_over_the_equity_has_no_closes() {
        let days: Vec<i64> = (2..8).map(|day| day * DAY).collect();
        let spans = Spans::of(&days, Timeframe::DAY);
        let closes = |first: i64, last: i64| spans.closes(&bars((first..=last).map(|day| day * DAY)));
        assert_eq!(closes(0, 9).unwrap(), [102.0, 103.0, 104.0, 105.0, 106.0, 107.0]);
        assert!(closes(2, 6).is_some(), "the last bar is not there yet");
        assert_eq!(closes(2, 5), None);
        assert_eq!(closes(3, 7), None);
        assert_eq!(spans.closes(&Bars::default()), None);
    }
}
