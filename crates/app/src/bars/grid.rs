//! What bars that a program writes must keep to besides the rules of bars: the grid of their series, and the present.

use domain::market::{Bars, SeriesKey, Timeframe, Timestamp};

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;
/// No zone is further ahead of UTC: there, a date has begun so much earlier.
const FURTHEST_AHEAD: i64 = 14 * HOUR;

/// A bar that can't belong to a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    /// Its place among the bars, from 0.
    pub index: usize,
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

/// Finds the bars that lie off the grid or in the future; `stored` is the time of any stored bar, µs since the epoch.
///
/// Days and longer bars are dates. Bars of up to an hour open at one phase, that of the stored bars or of the first one;
/// longer ones may keep local hours, so that their phase changes with the clocks.
pub fn misplaced(key: &SeriesKey, bars: &Bars, stored: Option<i64>, now: Timestamp) -> Vec<Misplaced> {
    let timeframe = key.timeframe;
    let latest = if timeframe.is_intraday() {
        now.micros()
    } else {
        now.micros().saturating_add(FURTHEST_AHEAD)
    };
    let grid = grid(timeframe, stored.or_else(|| bars.first_time()));
    let fault = |(index, time): (usize, &i64)| {
        let at = Timestamp::saturating(*time);
        if *time > latest {
            let message = format!("the bar opens at {at}, which is in the future");
            return Some(Misplaced {
                index,
                rule: "in-future",
                message,
            });
        }
        let (length, phase) = grid?;
        if time.rem_euclid(length) == phase {
            return None;
        }
        let message = if timeframe.is_intraday() {
            format!("the bar opens at {at}, where no {timeframe} bar of this series does")
        } else {
            format!("the bar opens at {at}; bars of {timeframe} are dates, such as 2024-05-01")
        };
        Some(Misplaced {
            index,
            rule: "off-grid",
            message,
        })
    };
    bars.time().iter().enumerate().filter_map(fault).collect()
}

/// Returns the length and the phase of the grid, µs.
fn grid(timeframe: Timeframe, reference: Option<i64>) -> Option<(i64, i64)> {
    if !timeframe.is_intraday() {
        return Some((DAY, 0));
    }
    let length = timeframe.micros()?.min(HOUR);
    Some((length, reference?.rem_euclid(length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{key, rising};

    fn rules(key_text: &str, start: &str, step: i64, stored: Option<i64>) -> Vec<(usize, &'static str)> {
        let now = "2024-06-01T12:00".parse().unwrap();
        let found = misplaced(&key(key_text), &rising(start, step, 3), stored, now);
        found.into_iter().map(|fault| (fault.index, fault.rule)).collect()
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(rules("X:A/1d", "2024-01-01", DAY, None), []);
        assert_eq!(rules("X:A/1d", "2024-01-01T09:30", DAY, None).len(), 3);
    }

    #[test]
    fn bars_of_up_to_an_hour_keep_one_phase() {
        assert_eq!(rules("X:A/1h", "2024-01-01T09:30", HOUR, None), []);
        assert_eq!(rules("X:A/1h", "2024-01-01T09:30", HOUR, Some(0)).len(), 3);
        assert_eq!(
            rules("X:A/1m", "2024-01-01T09:30", 61_000_000, None),
            [(1, "off-grid"), (2, "off-grid")]
        );
    }

    #[test]
    fn nothing_lies_in_the_future_but_a_date_that_has_begun_somewhere() {
        assert_eq!(
            rules("X:A/1h", "2024-06-01T11:00", HOUR, None),
            [(2, "in-future")]
        );
        assert_eq!(rules("X:A/1d", "2024-05-31", DAY, None), []);
        assert_eq!(rules("X:A/1d", "2024-06-01", DAY, None), [(2, "in-future")]);
    }
}
