//! The calendar that a series itself shows, and the bars that it lacks by it.

mod pieces;
#[cfg(test)]
mod tests;
mod week;

use serde::{Deserialize, Serialize};

use super::{Timeframe, TimeframeUnit, Timestamp, Zone};
use pieces::OffsetPieces;
use week::{WEEK, Week};

/// Bars that follow each other without a hole: `count` of them, the first at `start` (µs since the epoch).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridRun {
    /// When the first bar opens, µs since the epoch.
    pub start: i64,
    /// How many bars there are.
    pub count: u64,
}

/// Splits ascending times into runs without a hole.
pub fn grid_runs(times: &[i64], timeframe: Timeframe) -> Vec<GridRun> {
    let mut runs: Vec<GridRun> = Vec::new();
    let mut expected = None;
    for &time in times {
        match runs.last_mut() {
            Some(run) if expected == Some(time) => run.count += 1,
            _ => runs.push(GridRun {
                start: time,
                count: 1,
            }),
        }
        expected = Some(timeframe.next_open(time));
    }
    runs
}

/// A hole: bars that are expected between two stored ones and are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// When the first missing bar would open.
    pub first: Timestamp,
    /// When the last missing bar would open.
    pub last: Timestamp,
    /// How many bars are missing.
    pub missing: u64,
}

/// The grid times that a series is expected to fill.
///
/// Of frames up to a day, a grid time is expected if its weekday and time of day (in the instrument's zone; daily
/// bars are dates) has bars in at least half of the weeks that the series spans. Of longer frames every grid time
/// is expected. A frame that does not divide a week, such as 11s, has no calendar and no gaps.
#[derive(Debug)]
pub struct TradingCalendar {
    timeframe: Timeframe,
    zone: Zone,
    slots: Expected,
}

#[derive(Debug)]
enum Expected {
    Nothing,
    Everything,
    Weekly(Week),
}

impl TradingCalendar {
    /// Learns the calendar of a series from its runs, in order.
    pub fn learn(timeframe: Timeframe, zone: &Zone, runs: &[GridRun]) -> Self {
        let zone = if timeframe.is_intraday() {
            zone.clone()
        } else {
            Zone::UTC
        };
        let slots = match timeframe.micros() {
            Some(step) if timeframe.is_intraday() || timeframe == Timeframe::DAY => {
                let week = (WEEK % step == 0)
                    .then(|| Week::learn(step, &zone, runs))
                    .flatten();
                week.map_or(Expected::Nothing, Expected::Weekly)
            }
            _ => Expected::Everything,
        };
        Self {
            timeframe,
            zone,
            slots,
        }
    }

    /// Returns the holes between `runs`, in order.
    pub fn gaps(&self, runs: &[GridRun]) -> Vec<Gap> {
        let mut pieces = OffsetPieces::new(&self.zone);
        let holes = runs.windows(2).filter_map(|pair| {
            let from = self.end_of(pair[0]);
            (from < pair[1].start)
                .then(|| self.gap_within(from, pair[1].start, &mut pieces))
                .flatten()
        });
        holes.collect()
    }

    /// Counts the bars that are missing between `runs`.
    pub fn missing(&self, runs: &[GridRun]) -> u64 {
        self.gaps(runs).iter().map(|gap| gap.missing).sum()
    }

    fn end_of(&self, run: GridRun) -> i64 {
        match self.timeframe.micros() {
            Some(step) => run.start.saturating_add(step.saturating_mul(run.count as i64)),
            None => (0..run.count).fold(run.start, |time, _| self.timeframe.next_open(time)),
        }
    }

    fn gap_within(&self, from: i64, to: i64, pieces: &mut OffsetPieces<'_>) -> Option<Gap> {
        let (first, last, missing) = match &self.slots {
            Expected::Nothing => return None,
            Expected::Everything => self.every_time_within(from, to),
            Expected::Weekly(week) => {
                let step = self.timeframe.nominal_micros();
                let grid = GridRun {
                    start: from,
                    count: ((to - from) as u64).div_ceil(step as u64),
                };
                let mut found = None;
                pieces.split(grid, step, |piece| {
                    if let Some((first, last, missing)) = week.expected_in(piece) {
                        let (begin, _, before) = found.unwrap_or((first, last, 0));
                        found = Some((begin, last, before + missing));
                    }
                });
                found?
            }
        };
        let (first, last) = (Timestamp::saturating(first), Timestamp::saturating(last));
        (missing > 0).then_some(Gap { first, last, missing })
    }

    fn every_time_within(&self, from: i64, to: i64) -> (i64, i64, u64) {
        let (mut time, mut last, mut missing) = (from, from, 0);
        while time < to {
            last = time;
            missing += 1;
            time = self.timeframe.next_open(time);
        }
        (from, last, missing)
    }
}

impl Timeframe {
    /// Returns the zone in which bars of this timeframe are counted: the instrument's for frames shorter than a
    /// day, UTC for dates.
    #[must_use]
    pub fn counting_zone(self, instrument: &Zone) -> Zone {
        match self.unit() {
            TimeframeUnit::Day | TimeframeUnit::Week | TimeframeUnit::Month => Zone::UTC,
            _ => instrument.clone(),
        }
    }
}
