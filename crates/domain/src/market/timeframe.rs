//! How long a bar lasts.

use std::{fmt, num::NonZeroU32, str::FromStr};

use jiff::{ToSpan, civil, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Timestamp, Zone};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const WEEK: i64 = 7 * DAY;
/// 1970-01-05 was a Monday.
const FIRST_MONDAY: i64 = 4 * DAY;

/// The unit of a timeframe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeframeUnit {
    /// Seconds, `s`.
    Second,
    /// Minutes, `m`.
    Minute,
    /// Hours, `h`.
    Hour,
    /// Days, `d`.
    Day,
    /// Weeks that begin on Monday, `w`.
    Week,
    /// Calendar months, `M`.
    Month,
}

/// How long a bar lasts: a count and a unit, written `1s`, `5m`, `4h`, `1d`, `1w`, `1M`.
///
/// `60s` is `1m` and `60m` is `1h`: equal timeframes have one text. `24h` is not `1d`, as days are cut in the
/// instrument's zone. On disk, where case may not count, a month is `1mo`; both are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timeframe {
    unit: TimeframeUnit,
    count: NonZeroU32,
}

/// A text is not a timeframe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a timeframe; write a count and a unit of s, m, h, d, w or M: 1m, 4h, 1d, 1M")]
pub struct TimeframeError(String);

impl Timeframe {
    /// One minute.
    pub const MINUTE: Self = Self {
        unit: TimeframeUnit::Minute,
        count: NonZeroU32::MIN,
    };
    /// One hour.
    pub const HOUR: Self = Self {
        unit: TimeframeUnit::Hour,
        count: NonZeroU32::MIN,
    };
    /// One day.
    pub const DAY: Self = Self {
        unit: TimeframeUnit::Day,
        count: NonZeroU32::MIN,
    };
    /// One week.
    pub const WEEK: Self = Self {
        unit: TimeframeUnit::Week,
        count: NonZeroU32::MIN,
    };
    /// One month.
    pub const MONTH: Self = Self {
        unit: TimeframeUnit::Month,
        count: NonZeroU32::MIN,
    };

    /// Makes the timeframe of `count` units and folds whole minutes and hours (`60s` is `1m`).
    ///
    /// # Errors
    /// [`TimeframeError`] when `count` is zero or the bar would last longer than about 100 years.
    pub fn new(count: u32, unit: TimeframeUnit) -> Result<Self, TimeframeError> {
        use TimeframeUnit::{Hour, Minute, Second};
        let (mut count, mut unit) = (count, unit);
        if unit == Second && count > 0 && count.is_multiple_of(60) {
            (count, unit) = (count / 60, Minute);
        }
        if unit == Minute && count > 0 && count.is_multiple_of(60) {
            (count, unit) = (count / 60, Hour);
        }
        let error = || TimeframeError(format!("{count}{}", suffix(unit)));
        let timeframe = Self {
            unit,
            count: NonZeroU32::new(count).ok_or_else(error)?,
        };
        let length = unit_micros(unit)
            .checked_mul(i64::from(count))
            .ok_or_else(error)?;
        if length > 36_525 * DAY {
            Err(error())
        } else {
            Ok(timeframe)
        }
    }

    /// Returns the timeframe that lasts exactly `micros`, with the largest unit up to days that divides it.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let units = [
            (WEEK, TimeframeUnit::Week),
            (DAY, TimeframeUnit::Day),
            (3600 * SECOND, TimeframeUnit::Hour),
            (60 * SECOND, TimeframeUnit::Minute),
            (SECOND, TimeframeUnit::Second),
        ];
        let (length, unit) = units
            .into_iter()
            .find(|(length, _)| micros > 0 && micros % length == 0)?;
        Self::new(u32::try_from(micros / length).ok()?, unit).ok()
    }

    /// Returns how many units a bar lasts.
    pub fn count(self) -> u32 {
        self.count.get()
    }

    /// Returns the unit.
    pub fn unit(self) -> TimeframeUnit {
        self.unit
    }

    /// Returns the length in µs; `None` for months, which have no fixed one.
    pub fn micros(self) -> Option<i64> {
        (self.unit != TimeframeUnit::Month).then(|| self.nominal_micros())
    }

    /// Returns the length in µs, a month counted as a twelfth of 365.25 days.
    pub fn nominal_micros(self) -> i64 {
        unit_micros(self.unit) * i64::from(self.count.get())
    }

    /// Tells whether a bar is shorter than a day: then its time is a moment, else a date of the exchange.
    pub fn is_intraday(self) -> bool {
        matches!(
            self.unit,
            TimeframeUnit::Second | TimeframeUnit::Minute | TimeframeUnit::Hour
        )
    }

    /// Returns the text that names the timeframe in a path, where a month is `mo`.
    pub fn path_text(self) -> String {
        let suffix = if self.unit == TimeframeUnit::Month {
            "mo"
        } else {
            suffix(self.unit)
        };
        format!("{}{suffix}", self.count)
    }

    /// Returns the time at which the bar of this timeframe that holds `micros` opens.
    ///
    /// Frames shorter than a day align to the epoch, UTC. Days, weeks and months are cut in `zone`; the result
    /// is the local date's midnight taken as UTC, the way daily bars are stored. Weeks begin on Monday, counts
    /// above one align to 1970-01-01 (weeks to 1970-01-05).
    pub fn open_of(self, micros: i64, zone: &Zone) -> i64 {
        if self.is_intraday() {
            let length = self.nominal_micros();
            return micros.div_euclid(length) * length;
        }
        let local = micros + offset_micros(micros, zone);
        let day = local.div_euclid(DAY) * DAY;
        let count = i64::from(self.count.get());
        match self.unit {
            TimeframeUnit::Week => {
                FIRST_MONDAY + (day - FIRST_MONDAY).div_euclid(count * WEEK) * count * WEEK
            }
            TimeframeUnit::Month => month_start(month_number(day).div_euclid(count) * count),
            _ => day.div_euclid(count * DAY) * count * DAY,
        }
    }

    /// Returns the time at which the bar that opens at `open` ends and the next one opens; for days and longer,
    /// both are dates (midnight UTC).
    pub fn next_open(self, open: i64) -> i64 {
        match self.unit {
            TimeframeUnit::Month => {
                let day = open.rem_euclid(DAY);
                let number = month_number(open - day);
                let into_month = open - day - month_start(number);
                month_start(number + i64::from(self.count.get())) + into_month + day
            }
            _ => open + self.nominal_micros(),
        }
    }
}

/// Returns the offset of `zone` from UTC at `micros`, in µs.
pub(crate) fn offset_micros(micros: i64, zone: &Zone) -> i64 {
    if zone.is_utc() {
        return 0;
    }
    let offset = zone.rules().to_offset(Timestamp::saturating(micros).to_jiff());
    i64::from(offset.seconds()) * SECOND
}

fn utc_date(midnight: i64) -> civil::Date {
    Timestamp::saturating(midnight)
        .to_jiff()
        .to_zoned(TimeZone::UTC)
        .date()
}

/// Counts months since 1970-01.
fn month_number(midnight: i64) -> i64 {
    let date = utc_date(midnight);
    (i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1
}

fn month_start(number: i64) -> i64 {
    let first = civil::date(1970, 1, 1);
    let date = first.saturating_add(number.months());
    let days = (date - first).get_days();
    i64::from(days) * DAY
}

fn unit_micros(unit: TimeframeUnit) -> i64 {
    match unit {
        TimeframeUnit::Second => SECOND,
        TimeframeUnit::Minute => 60 * SECOND,
        TimeframeUnit::Hour => 3600 * SECOND,
        TimeframeUnit::Day => DAY,
        TimeframeUnit::Week => WEEK,
        TimeframeUnit::Month => 2_629_800 * SECOND,
    }
}

fn suffix(unit: TimeframeUnit) -> &'static str {
    match unit {
        TimeframeUnit::Second => "s",
        TimeframeUnit::Minute => "m",
        TimeframeUnit::Hour => "h",
        TimeframeUnit::Day => "d",
        TimeframeUnit::Week => "w",
        TimeframeUnit::Month => "M",
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, suffix(self.unit))
    }
}

impl FromStr for Timeframe {
    type Err = TimeframeError;

    fn from_str(text: &str) -> Result<Self, TimeframeError> {
        let error = || TimeframeError(text.to_owned());
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
        let (count, unit) = text.split_at(split);
        let unit = match unit {
            "s" | "S" => TimeframeUnit::Second,
            "m" | "min" => TimeframeUnit::Minute,
            "h" | "H" => TimeframeUnit::Hour,
            "d" | "D" => TimeframeUnit::Day,
            "w" | "W" => TimeframeUnit::Week,
            "M" | "mo" => TimeframeUnit::Month,
            _ => return Err(error()),
        };
        Self::new(count.parse().map_err(|_| error())?, unit).map_err(|_| error())
    }
}

impl Serialize for Timeframe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timeframe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().micros()
    }

    #[rstest::rstest]
    #[case("60s", "1m")]
    #[case("120m", "2h")]
    #[case("24h", "24h")]
    #[case("7d", "7d")]
    #[case("1mo", "1M")]
    #[case("1M", "1M")]
    #[case("90s", "90s")]
    fn equal_timeframes_have_one_text(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(text.parse::<Timeframe>().unwrap().to_string(), canonical);
    }

    #[test]
    fn refuses_what_is_no_timeframe() {
        for text in [
            "",
            "m",
            "0m",
            "1x",
            "1.5m",
            "-1m",
            "1 m",
            "99999999999m",
            "4000000000w",
        ] {
            assert!(text.parse::<Timeframe>().is_err(), "{text}");
        }
    }

    #[rstest::rstest]
    #[case("1h", "UTC", "2024-03-10T07:59:00Z", "2024-03-10T07:00:00Z")]
    #[case("1d", "America/New_York", "2024-03-11T03:59:00Z", "2024-03-10T00:00:00Z")]
    #[case("1d", "America/New_York", "2024-03-11T04:00:00Z", "2024-03-11T00:00:00Z")]
    #[case("1w", "UTC", "2024-03-10T23:00:00Z", "2024-03-04T00:00:00Z")]
    #[case("1M", "UTC", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z")]
    #[case("3M", "UTC", "1969-12-31T12:00:00Z", "1969-10-01T00:00:00Z")]
    fn a_time_belongs_to_the_bar_that_opens_before_it(
        #[case] timeframe: &str,
        #[case] zone: &str,
        #[case] time: &str,
        #[case] open: &str,
    ) {
        let timeframe: Timeframe = timeframe.parse().unwrap();
        let zone: Zone = zone.parse().unwrap();
        assert_eq!(timeframe.open_of(micros(time), &zone), micros(open));
    }

    #[test]
    fn months_end_where_the_next_one_begins() {
        let next = Timeframe::MONTH.next_open(micros("2024-01-01"));
        assert_eq!(next, micros("2024-02-01"));
        assert_eq!(Timeframe::MONTH.next_open(next), micros("2024-03-01"));
    }

    #[test]
    fn a_length_finds_its_timeframe() {
        assert_eq!(Timeframe::from_micros(60 * SECOND), Some(Timeframe::MINUTE));
        assert_eq!(Timeframe::from_micros(DAY), Some(Timeframe::DAY));
        assert_eq!(Timeframe::from_micros(1), None);
    }
}
