//! How far apart the rows of a series are, and what timeframe that means.

use std::collections::HashMap;

use domain::market::{Timeframe, TimeframeUnit};

use super::{row::Row, scan::ALWAYS_ALLOWED, time::DAY};

/// The most different spacings that are counted one by one; bars have few.
const KINDS: usize = 1 << 16;
/// From this median on, bars are counted in dates.
const LONG: i64 = 20 * DAY / 24;
/// 1970-01-02 was a Friday.
const FRIDAY: i64 = 1;

/// Counts of spacings, in µs.
#[derive(Debug, Default)]
struct Histogram {
    counts: HashMap<i64, u64>,
    last: (i64, u64),
    total: u64,
}

impl Histogram {
    fn add(&mut self, spacing: i64) {
        self.total += 1;
        if spacing == self.last.0 {
            self.last.1 += 1;
            return;
        }
        self.flush();
        self.last = (spacing, 1);
    }

    fn flush(&mut self) {
        let (spacing, count) = self.last;
        if count > 0 && (self.counts.len() < KINDS || self.counts.contains_key(&spacing)) {
            *self.counts.entry(spacing).or_default() += count;
        }
        self.last.1 = 0;
    }

    /// Returns the median; `None` without any, or when there are more kinds than can be counted.
    fn median(&mut self) -> Option<i64> {
        self.flush();
        let counted: u64 = self.counts.values().sum();
        if counted == 0 || counted != self.total {
            return None;
        }
        let mut kinds: Vec<(i64, u64)> = self
            .counts
            .iter()
            .map(|(spacing, count)| (*spacing, *count))
            .collect();
        kinds.sort_unstable();
        let mut before = 0;
        kinds.into_iter().find_map(|(spacing, count)| {
            before += count;
            (before * 2 >= counted).then_some(spacing)
        })
    }

    /// Counts the spacings that `accepts` takes.
    fn count(&mut self, accepts: impl Fn(i64) -> bool) -> u64 {
        self.flush();
        self.counts
            .iter()
            .filter(|(spacing, _)| accepts(**spacing))
            .map(|(_, count)| count)
            .sum()
    }
}

/// The spacings of a series, as moments and as dates.
#[derive(Debug, Default)]
pub(super) struct Spacings {
    moments: Histogram,
    dates: Histogram,
    /// How many steps lead from a Friday to the next Monday.
    weekends: u64,
    last: Option<(i64, i64)>,
    pub(super) rows: u64,
}

/// What the spacings say of a timeframe that was declared.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Agrees,
    /// They are too few to tell.
    TooFew,
    Differs,
}

impl Spacings {
    /// Takes the next row in the order of time.
    pub(super) fn add(&mut self, row: &Row) {
        let date = (row.time + row.clue.ahead_micros()).div_euclid(DAY);
        self.rows += 1;
        if let Some((time, day)) = self.last {
            if row.time != time {
                self.moments.add(row.time - time);
            }
            // Two times of one date are a spacing too, of no days: such rows are no daily bars.
            if date != day || row.time != time {
                self.dates.add((date - day) * DAY);
                self.weekends += u64::from(date - day == 3 && day.rem_euclid(7) == FRIDAY);
            }
        }
        self.last = Some((row.time, date));
    }

    /// Guesses the timeframe by the median spacing.
    pub(super) fn guess(&mut self) -> Option<Timeframe> {
        let moments = self.moments.median()?;
        if moments < LONG {
            return Timeframe::from_micros(moments);
        }
        let median = self.dates.median()?;
        let days = median / DAY;
        // Two or three bars around a weekend are days, not steps of three days.
        if days == 3 && self.dates.count(|spacing| spacing == 3 * DAY) == self.weekends {
            return Some(Timeframe::DAY);
        }
        match days {
            26..=35 => Some(Timeframe::MONTH),
            88..=95 => Timeframe::new(3, TimeframeUnit::Month).ok(),
            360..=370 => Timeframe::new(12, TimeframeUnit::Month).ok(),
            6 | 8 => Some(Timeframe::WEEK),
            _ => Timeframe::from_micros(median),
        }
    }

    /// Compares the spacings with a timeframe: 99 % must be multiples of it, and 1 % equal it. Of short series, as
    /// many spacings may differ as rows that always may be turned away can break.
    pub(super) fn judge(&mut self, timeframe: Timeframe) -> Verdict {
        self.compare(timeframe, true)
    }

    /// Compares as [`Self::judge`] does, but for the spacings that equal the timeframe: an instrument that trades
    /// once an hour has no two bars of a minute in a row.
    pub(super) fn judge_sparse(&mut self, timeframe: Timeframe) -> Verdict {
        self.compare(timeframe, false)
    }

    fn compare(&mut self, timeframe: Timeframe, neighbours: bool) -> Verdict {
        let length = timeframe.nominal_micros();
        let weekends = if timeframe == Timeframe::DAY {
            self.weekends
        } else {
            0
        };
        let histogram = if timeframe.is_intraday() {
            &mut self.moments
        } else {
            &mut self.dates
        };
        let total = histogram.total;
        if total == 0 {
            return Verdict::TooFew;
        }
        // Weeks and months take the dates given, such as the first session of each.
        let slack = match timeframe.unit() {
            TimeframeUnit::Month => 5 * DAY,
            TimeframeUnit::Week => 3 * DAY,
            _ => 0,
        };
        let steps = |spacing: i64| (spacing + length / 2).div_euclid(length);
        let near = |spacing: i64, steps: i64| (spacing - steps * length).abs() <= slack;
        let multiples = histogram.count(|spacing| steps(spacing) > 0 && near(spacing, steps(spacing)));
        let equal = histogram.count(|spacing| near(spacing, 1)) + weekends;
        let spared = (2 * ALWAYS_ALLOWED).max(total / 100).min(total / 2);
        let met = !neighbours || equal > 0 && equal * 100 >= total;
        let agrees = total - multiples <= spared && met;
        if agrees { Verdict::Agrees } else { Verdict::Differs }
    }

    /// Describes the median spacing, for people.
    pub(super) fn describe(&mut self) -> String {
        match self.guess() {
            Some(timeframe) => timeframe.to_string(),
            None => match self.moments.median() {
                Some(median) => format!("{} s", median as f64 / 1e6),
                None => "irregular".to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::market::Timestamp;
    use rstest::rstest;

    use super::*;
    use crate::read::row::Clue;

    fn spacings(times: &[&str]) -> Spacings {
        let mut spacings = Spacings::default();
        for time in times {
            let time = time.parse::<Timestamp>().unwrap().micros();
            spacings.add(&Row {
                series: 0,
                file: 0,
                place: 1,
                clue: Clue::ahead(0),
                time,
                values: [1.0; 5],
            });
        }
        spacings
    }

    #[rstest]
    #[case(&["2024-01-02T09:30", "2024-01-02T09:31", "2024-01-02T09:32", "2024-01-02T09:35"], Some("1m"))]
    #[case(&["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"], Some("1d"))]
    #[case(&["2024-01-05", "2024-01-08"], Some("1d"))]
    #[case(&["2024-01-05T14:30", "2024-01-08T14:30"], Some("1d"))]
    #[case(&["2024-01-01", "2024-01-08", "2024-01-16"], Some("1w"))]
    #[case(&["2024-01-31", "2024-02-29", "2024-03-28", "2024-04-30"], Some("1M"))]
    #[case(&["2024-01-01", "2024-01-04", "2024-01-07"], Some("3d"))]
    #[case(&["2024-01-01"], None)]
    fn the_median_spacing_guesses_the_timeframe(#[case] times: &[&str], #[case] expected: Option<&str>) {
        let guess = spacings(times).guess();
        assert_eq!(guess.map(|timeframe| timeframe.to_string()).as_deref(), expected);
        if let Some(guess) = guess {
            assert_eq!(spacings(times).judge(guess), Verdict::Agrees);
        }
    }

    #[rstest]
    #[case(&["2024-01-02T09:30", "2024-01-02T10:30", "2024-01-02T11:30"], "1m", Verdict::Differs)]
    #[case(&["2024-01-02T09:30", "2024-01-02T09:31", "2024-01-02T09:32"], "1h", Verdict::Differs)]
    #[case(&["2024-01-02", "2024-01-03", "2024-01-04"], "1w", Verdict::Differs)]
    #[case(&["2024-01-02", "2024-01-09", "2024-01-16"], "1M", Verdict::Differs)]
    #[case(&["2024-01-02T09:30", "2024-01-02T10:30", "2024-01-02T11:30", "2024-01-03T09:30"], "1d", Verdict::Differs)]
    #[case(&["2024-01-02"], "1m", Verdict::TooFew)]
    #[case(&["2024-01-02T09:30", "2024-01-02T09:31", "2024-01-02T09:32", "2024-01-02T09:32:30", "2024-01-02T09:33"],
        "1m", Verdict::Agrees)]
    fn a_declared_timeframe_must_fit(
        #[case] times: &[&str],
        #[case] declared: &str,
        #[case] expected: Verdict,
    ) {
        assert_eq!(spacings(times).judge(declared.parse().unwrap()), expected);
    }

    #[test]
    fn sparse_bars_need_no_neighbours_but_multiples() {
        let timeframe = "1m".parse().unwrap();
        let times = ["2024-01-02T09:30", "2024-01-02T09:37", "2024-01-02T11:12"];
        assert_eq!(spacings(&times).judge(timeframe), Verdict::Differs);
        assert_eq!(spacings(&times).judge_sparse(timeframe), Verdict::Agrees);
        let seconds = [
            "2024-01-02T09:30:00",
            "2024-01-02T09:30:07",
            "2024-01-02T09:30:31",
        ];
        assert_eq!(spacings(&seconds).judge_sparse(timeframe), Verdict::Differs);
    }
}
