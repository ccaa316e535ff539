//! The calendar that a series itself shows, and the bars that it lacks by it.

use serde::{Deserialize, Serialize};

use super::{Timeframe, TimeframeUnit, Timestamp, Zone, timeframe::offset_micros};

const WEEK: i64 = 7 * 86_400_000_000;
/// Offsets from UTC are multiples of a quarter of an hour, since zones became standard.
const OFFSET_STEP: i64 = 900_000_000;

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
    /// Of each class of slots, how many of the first 0, 1, 2, … are expected.
    Weekly {
        layout: WeekLayout,
        prefix: Vec<u64>,
    },
}

/// How a week is cut: slots of `resolution` µs; a bar lasts `stride` of them. Slots that are whole bars apart form a
/// class and lie side by side, so that a run of bars is a range.
#[derive(Debug, Clone, Copy)]
struct WeekLayout {
    resolution: i64,
    stride: usize,
    class_len: usize,
}

impl WeekLayout {
    fn place(self, local: i64) -> (usize, usize) {
        let slot = (local.rem_euclid(WEEK) / self.resolution) as usize;
        (slot % self.stride, slot / self.stride)
    }
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
                if WEEK % step == 0 {
                    learn_week(step, &zone, runs)
                } else {
                    Expected::Nothing
                }
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
            Expected::Weekly { layout, prefix } => {
                let step = self.timeframe.nominal_micros();
                let grid = GridRun {
                    start: from,
                    count: ((to - from) as u64).div_ceil(step as u64),
                };
                let mut found = None;
                pieces.split(grid, step, |piece| {
                    if let Some((first, last, missing)) = expected_in(*layout, prefix, step, piece) {
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

fn learn_week(step: i64, zone: &Zone, runs: &[GridRun]) -> Expected {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        return Expected::Nothing;
    };
    let resolution = if zone.is_utc() {
        step
    } else {
        greatest_common_divisor(step, OFFSET_STEP)
    };
    let layout = WeekLayout {
        resolution,
        stride: (step / resolution) as usize,
        class_len: (WEEK / step) as usize,
    };
    let end = last.start + step * last.count as i64;
    let span = GridRun {
        start: first.start,
        count: ((end - first.start) as u64).div_ceil(step as u64),
    };
    let stored = tally(layout, step, zone, runs);
    let possible = tally(layout, step, zone, &[span]);
    let mut prefix = Vec::with_capacity(stored.len() + layout.stride);
    for (stored, possible) in stored
        .chunks(layout.class_len)
        .zip(possible.chunks(layout.class_len))
    {
        let mut sum = 0;
        prefix.push(0);
        for (stored, possible) in stored.iter().zip(possible) {
            sum += u64::from(*stored > 0 && stored * 2 >= *possible);
            prefix.push(sum);
        }
    }
    // A unit expands to one week less one sum per class when the prefix sums are read back.
    Expected::Weekly { layout, prefix }
}

/// Counts, per slot of the week, class by class, how many grid times of the runs fall on it.
fn tally(layout: WeekLayout, step: i64, zone: &Zone, runs: &[GridRun]) -> Vec<u64> {
    let len = layout.class_len;
    let mut counts = vec![0_u64; len * layout.stride];
    // Differences between neighbouring slots first, sums at the end: a run costs the same however long it is.
    let mut steps = vec![0_i64; (len + 1) * layout.stride];
    let mut pieces = OffsetPieces::new(zone);
    for run in runs {
        pieces.split(*run, step, |piece| {
            let (class, place) = layout.place(piece.local);
            let steps = &mut steps[class * (len + 1)..][..=len];
            let (weeks, rest) = (piece.count / len as u64, (piece.count % len as u64) as usize);
            steps[0] += weeks as i64;
            let end = place + rest;
            steps[place] += 1;
            steps[end.min(len)] -= 1;
            if end > len {
                steps[0] += 1;
                steps[end - len] -= 1;
            }
        });
    }
    for (counts, steps) in counts.chunks_mut(len).zip(steps.chunks(len + 1)) {
        let mut sum = 0;
        for (count, step) in counts.iter_mut().zip(steps) {
            sum += step;
            *count = sum as u64;
        }
    }
    counts
}

/// Finds the first and the last expected grid time of a piece, and how many there are.
fn expected_in(layout: WeekLayout, prefix: &[u64], step: i64, piece: Piece) -> Option<(i64, i64, u64)> {
    let (class, place) = layout.place(piece.local);
    let len = layout.class_len;
    let prefix = &prefix[class * (len + 1)..][..=len];
    // How many of the first `n` grid times, counted from the Monday-based start of the class, are expected.
    let before = |n: u64| n / len as u64 * prefix[len] + prefix[(n % len as u64) as usize];
    let (from, to) = (place as u64, place as u64 + piece.count);
    let missing = before(to) - before(from);
    if missing == 0 {
        return None;
    }
    let expected = |n: &u64| before(n + 1) > before(*n);
    let first = (from..to).find(expected)?;
    let last = (from..to).rev().find(expected)?;
    let time = |n: u64| piece.start + (n - from) as i64 * step;
    Some((time(first), time(last), missing))
}

/// A part of a run during which the zone's offset stands still.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: i64,
    local: i64,
    count: u64,
}

/// Splits runs where the zone changes its offset, remembering the stretch that the last one lay in.
struct OffsetPieces<'a> {
    zone: &'a Zone,
    from: i64,
    until: i64,
    offset: i64,
}

impl<'a> OffsetPieces<'a> {
    fn new(zone: &'a Zone) -> Self {
        let until = if zone.is_utc() { i64::MAX } else { i64::MIN };
        Self {
            zone,
            from: i64::MIN,
            until,
            offset: 0,
        }
    }

    fn find(&mut self, time: i64) {
        if (self.from..self.until).contains(&time) {
            return;
        }
        let next = self
            .zone
            .rules()
            .following(Timestamp::saturating(time).to_jiff())
            .next();
        self.from = time;
        self.until = next.map_or(i64::MAX, |transition| transition.timestamp().as_microsecond());
        self.offset = offset_micros(time, self.zone);
    }

    fn split(&mut self, run: GridRun, step: i64, mut each: impl FnMut(Piece)) {
        let (mut start, mut left) = (run.start, run.count);
        while left > 0 {
            self.find(start);
            let until = self.until.saturating_sub(start) as u64;
            let count = left.min(until.div_ceil(step as u64)).max(1);
            each(Piece {
                start,
                local: start.saturating_add(self.offset),
                count,
            });
            start = start.saturating_add(step.saturating_mul(count as i64));
            left -= count;
        }
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

/// Tells whether a timeframe's bars are dates of the exchange rather than moments.
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

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;
    const DAY: i64 = 1440 * MINUTE;

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().micros()
    }

    fn gaps(timeframe: Timeframe, zone: &Zone, times: &[i64]) -> Vec<(String, String, u64)> {
        let runs = grid_runs(times, timeframe);
        let calendar = TradingCalendar::learn(timeframe, zone, &runs);
        let found = calendar.gaps(&runs);
        assert_eq!(
            calendar.missing(&runs),
            found.iter().map(|gap| gap.missing).sum::<u64>()
        );
        found
            .iter()
            .map(|gap| (gap.first.to_string(), gap.last.to_string(), gap.missing))
            .collect()
    }

    /// The definition, word for word: count every grid time by its local weekday and time of day.
    fn missing_by_definition(step: i64, zone: &Zone, times: &[i64]) -> u64 {
        use std::collections::{BTreeMap, BTreeSet};
        let slot = |time: i64| (time + offset_micros(time, zone)).rem_euclid(WEEK);
        let stored: BTreeSet<i64> = times.iter().copied().collect();
        let grid: Vec<i64> = (times[0]..=times[times.len() - 1])
            .step_by(step as usize)
            .collect();
        let mut possible: BTreeMap<i64, u64> = BTreeMap::new();
        let mut present: BTreeMap<i64, u64> = BTreeMap::new();
        for time in &grid {
            *possible.entry(slot(*time)).or_default() += 1;
            *present.entry(slot(*time)).or_default() += u64::from(stored.contains(time));
        }
        let expected =
            |time: i64| present[&slot(time)] > 0 && present[&slot(time)] * 2 >= possible[&slot(time)];
        grid.iter()
            .filter(|time| !stored.contains(time) && expected(**time))
            .count() as u64
    }

    #[test]
    fn weekends_are_no_gaps_and_a_missing_weekday_is_one() {
        let monday = micros("2024-01-01");
        let weekdays = (0..70)
            .map(|day| monday + day * DAY)
            .filter(|time| (time - monday) / DAY % 7 < 5);
        let mut times: Vec<i64> = weekdays.collect();
        assert_eq!(gaps(Timeframe::DAY, &Zone::UTC, &times), []);
        times.retain(|time| *time != micros("2024-01-10") && *time != micros("2024-01-11"));
        let expected = (
            "2024-01-10T00:00:00Z".to_owned(),
            "2024-01-11T00:00:00Z".to_owned(),
            2,
        );
        assert_eq!(gaps(Timeframe::DAY, &Zone::UTC, &times), [expected]);
    }

    #[test]
    fn a_session_keeps_its_local_hours_when_the_clocks_change() {
        let zone: Zone = "America/New_York".parse().unwrap();
        let start = micros("2024-01-01");
        let minutes = (0..120 * 1440).map(|minute| start + minute * MINUTE);
        let session = |time: &i64| {
            let local = time + offset_micros(*time, &zone);
            let minute = local.rem_euclid(DAY) / MINUTE;
            (570..960).contains(&minute) && (local - start).div_euclid(DAY) % 7 < 5
        };
        let times: Vec<i64> = minutes.filter(session).collect();
        assert_eq!(gaps(Timeframe::MINUTE, &zone, &times), []);
        let holey: Vec<i64> = times
            .iter()
            .copied()
            .filter(|time| !(700..=710).contains(&(time / MINUTE % 1000)))
            .collect();
        let runs = grid_runs(&holey, Timeframe::MINUTE);
        let missing = TradingCalendar::learn(Timeframe::MINUTE, &zone, &runs).missing(&runs);
        assert_eq!(missing, missing_by_definition(MINUTE, &zone, &holey));
        assert!(missing > 0);
    }

    #[test]
    fn longer_frames_expect_every_grid_time() {
        let times: Vec<i64> = ["2024-01-01", "2024-02-01", "2024-05-01"].map(micros).into();
        let expected = (
            "2024-03-01T00:00:00Z".to_owned(),
            "2024-04-01T00:00:00Z".to_owned(),
            2,
        );
        assert_eq!(gaps(Timeframe::MONTH, &Zone::UTC, &times), [expected]);
    }

    proptest::proptest! {
        #[test]
        fn counting_by_runs_agrees_with_the_definition(
            keep in proptest::collection::vec(proptest::bool::weighted(0.7), 400..900),
            frame in proptest::sample::select(vec!["15m", "1h", "4h", "45m"]),
            zone in proptest::sample::select(vec!["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
        ) {
            let (frame, zone): (Timeframe, Zone) = (frame.parse().unwrap(), zone.parse().unwrap());
            let step = frame.nominal_micros();
            let start = micros("2024-03-01").div_euclid(step) * step;
            let grid = keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(index, _)| start + index as i64 * step);
            let times: Vec<i64> = grid.collect();
            proptest::prop_assume!(!times.is_empty());
            if WEEK % step == 0 {
                let runs = grid_runs(&times, frame);
                let missing = TradingCalendar::learn(frame, &zone, &runs).missing(&runs);
                proptest::prop_assert_eq!(missing, missing_by_definition(step, &zone, &times));
            }
        }
    }
}
