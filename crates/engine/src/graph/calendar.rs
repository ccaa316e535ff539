//! Hours, minutes, weekdays and months of bars.

use domain::market::{Timeframe, Timestamp, Zone};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// A part of a bar's opening time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    Hour,
    Minute,
    Weekday,
    Month,
}

impl Field {
    /// Every field, with the name that rules call it by.
    pub(crate) const NAMES: [(&'static str, Self); 4] = [
        ("hour", Self::Hour),
        ("minute", Self::Minute),
        ("weekday", Self::Weekday),
        ("month", Self::Month),
    ];

    /// Returns the field of a local time, µs: hour 0 to 23, minute 0 to 59, weekday 1 (Monday) to 7, month 1 to 12.
    fn of(self, local: i64) -> f64 {
        let day = local.div_euclid(DAY);
        let number = match self {
            Self::Hour => local.rem_euclid(DAY) / HOUR,
            Self::Minute => local.rem_euclid(HOUR) / (60 * SECOND),
            // 1970-01-01 was a Thursday.
            Self::Weekday => (day + 3).rem_euclid(7) + 1,
            Self::Month => month_of(day),
        };
        number as f64
    }
}

/// Computes a field of every bar's opening time in `zone`. The times of bars of a day and longer are dates, which
/// no zone moves.
pub(super) fn field(field: Field, times: &[i64], timeframe: Timeframe, zone: &Zone) -> Vec<f64> {
    if zone.is_utc() || !timeframe.is_intraday() {
        return times.iter().map(|time| field.of(*time)).collect();
    }
    let mut offsets = Offsets::new(zone);
    times
        .iter()
        .map(|time| field.of(time + offsets.at(*time)))
        .collect()
}

/// The offsets of a zone from UTC, looked up once between two of its changes.
struct Offsets<'a> {
    zone: &'a Zone,
    offset: i64,
    /// The time of the next change, µs; the offset holds before it.
    until: i64,
}

impl<'a> Offsets<'a> {
    fn new(zone: &'a Zone) -> Self {
        let (offset, until) = (0, i64::MIN);
        Self { zone, offset, until }
    }

    /// Returns the offset at a time, µs; times must not descend.
    fn at(&mut self, time: i64) -> i64 {
        if time >= self.until {
            let clamped = Timestamp::saturating(time).micros();
            let at = jiff::Timestamp::from_microsecond(clamped).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
            let rules = self.zone.rules();
            self.offset = i64::from(rules.to_offset(at).seconds()) * SECOND;
            let next = rules.following(at).next();
            self.until = next.map_or(i64::MAX, |change| change.timestamp().as_microsecond());
        }
        self.offset
    }
}

/// Returns the month of a day since 1970-01-01, in the proleptic Gregorian calendar (Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn month_of(day: i64) -> i64 {
    let day_of_era = (day + 719_468).rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(texts: &[&str]) -> Vec<i64> {
        let micros = |text: &&str| text.parse::<Timestamp>().unwrap().micros();
        texts.iter().map(micros).collect()
    }

    #[test]
    fn fields_are_those_of_the_local_time() {
        let times = at(&[
            "2024-03-10T06:59:00Z",
            "2024-03-10T07:00:00Z",
            "2024-11-03T05:59:00Z",
            "2024-11-03T06:30:00Z",
        ]);
        let zone: Zone = "America/New_York".parse().unwrap();
        let hours = field(Field::Hour, &times, Timeframe::MINUTE, &zone);
        assert_eq!(hours, [1.0, 3.0, 1.0, 1.0]);
        assert_eq!(
            field(Field::Hour, &times, Timeframe::MINUTE, &Zone::UTC),
            [6.0, 7.0, 5.0, 6.0]
        );
        assert_eq!(
            field(Field::Minute, &times, Timeframe::MINUTE, &zone),
            [59.0, 0.0, 59.0, 30.0]
        );
    }

    #[test]
    fn daily_bars_keep_their_date_in_every_zone() {
        let times = at(&["2024-03-04", "2024-03-10", "1969-12-31", "2024-02-29"]);
        let zone: Zone = "America/New_York".parse().unwrap();
        assert_eq!(
            field(Field::Weekday, &times, Timeframe::DAY, &zone),
            [1.0, 7.0, 3.0, 4.0]
        );
        assert_eq!(
            field(Field::Month, &times, Timeframe::DAY, &zone),
            [3.0, 3.0, 12.0, 2.0]
        );
    }

    #[test]
    fn months_agree_with_the_calendar() {
        for day in (-800_000..800_000).step_by(11) {
            let time = Timestamp::from_micros(day * DAY).unwrap().to_string();
            let month: i64 = time.rsplit('-').nth(1).unwrap().parse().unwrap();
            assert_eq!(month_of(day), month, "{time}");
        }
    }
}
