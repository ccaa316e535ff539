//! The daily roll-up of a series: one row a day, in the zone of its instrument, kept with each commit.

use domain::market::{Bar, Bars, DayCutter, Timeframe, Zone};

/// Days before 4713 BC, the first that the database knows, have no row.
const FIRST_DAY: i64 = -2_440_588;
const DAY_MICROS: i64 = 86_400_000_000;

/// What happened on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DayRow {
    /// Days since 1970-01-01.
    pub(super) day: i64,
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) close: f64,
    /// NaN when a bar of the day has an unknown volume.
    pub(super) volume: f64,
}

impl DayRow {
    fn of(day: i64, bar: &Bar) -> Self {
        Self {
            day,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
        }
    }

    /// Adds what came later on the same day.
    fn then(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.volume += later.volume;
    }
}

/// Tells whether series of a timeframe are rolled up: up to daily ones, which enter unchanged.
pub(super) fn is_rolled_up(timeframe: Timeframe) -> bool {
    timeframe.is_intraday() || timeframe == Timeframe::DAY
}

/// Returns the zone in which the days of a series are counted: daily bars are dates already.
pub(super) fn zone_of(timeframe: Timeframe, zone: &Zone) -> Zone {
    timeframe.counting_zone(zone)
}

/// Rolls bars up; `zone` is that of [`zone_of`].
pub(super) fn roll_up(bars: &Bars, zone: &Zone) -> Vec<DayRow> {
    let mut cutter = DayCutter::new(zone);
    let mut rows: Vec<DayRow> = Vec::new();
    for bar in bars.rows() {
        let row = DayRow::of(cutter.day_of(bar.time), &bar);
        push(&mut rows, row);
    }
    rows
}

fn push(rows: &mut Vec<DayRow>, row: DayRow) {
    match rows.last_mut() {
        Some(last) if last.day == row.day => last.then(&row),
        _ => rows.push(row),
    }
}

/// Puts the days of stretches that follow each other in one row.
pub(super) fn join(parts: impl IntoIterator<Item = DayRow>) -> Vec<DayRow> {
    let mut rows = Vec::new();
    for row in parts {
        push(&mut rows, row);
    }
    rows.retain(|row| row.day >= FIRST_DAY);
    rows
}

/// Days, as ranges that include both ends, ascending and apart from each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Days(pub(super) Vec<(i64, i64)>);

impl Days {
    /// Puts days and ranges in order.
    pub(super) fn of(ranges: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut ranges: Vec<(i64, i64)> = ranges.into_iter().filter(|(from, to)| from <= to).collect();
        ranges.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (from, to) in ranges {
            match joined.last_mut() {
                Some(last) if from <= last.1 + 1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    /// Tells whether a day is among them.
    pub(super) fn contains(&self, day: i64) -> bool {
        self.touch(day, day)
    }

    /// Tells whether a day from `from` to `to` is among them.
    pub(super) fn touch(&self, from: i64, to: i64) -> bool {
        let index = self.0.partition_point(|range| range.1 < from);
        self.0.get(index).is_some_and(|range| range.0 <= to)
    }

    /// Returns the times (µs since the epoch) that surely hold all bars of the days, whatever the zone.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        let (first, last) = (self.0.first()?, self.0.last()?);
        let from = first.0.saturating_sub(1).saturating_mul(DAY_MICROS);
        Some((from, last.1.saturating_add(2).saturating_mul(DAY_MICROS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_meet_are_one_range() {
        let days = Days::of([(5, 6), (1, 2), (3, 3), (9, 8), (6, 7), (20, 20)]);
        assert_eq!(days.0, [(1, 3), (5, 7), (20, 20)]);
        assert!(days.contains(2) && !days.contains(4) && days.contains(20) && !days.contains(21));
        assert!(days.touch(8, 20) && !days.touch(8, 19));
    }

    #[test]
    fn parts_of_a_day_are_put_together() {
        let row = |day, price, volume| DayRow {
            day,
            open: price,
            high: price + 1.0,
            low: price - 1.0,
            close: price,
            volume,
        };
        let joined = join([
            row(1, 5.0, 1.0),
            row(1, 9.0, 2.0),
            row(2, 1.0, f64::NAN),
            row(2, 1.0, 1.0),
        ]);
        assert_eq!(
            joined[0],
            DayRow {
                day: 1,
                open: 5.0,
                high: 10.0,
                low: 4.0,
                close: 9.0,
                volume: 3.0
            }
        );
        assert!(joined[1].volume.is_nan());
    }
}
