//! Points and ranges in time.

use std::{fmt, str::FromStr};

use jiff::{civil, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time: µs since the Unix epoch, UTC.
///
/// It prints as RFC 3339 with as many digits of the second as it needs, and covers the years −9999 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text is not a time, or a number lies outside the years that are kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The text could not be read.
    #[error(
        "`{0}` is not a time; give a date (2024-05-01), a time with its offset (2024-05-01T13:30:00Z) \
         or epoch seconds, ms, µs or ns"
    )]
    Unreadable(String),
    /// The time lies outside the years −9999 to 9999.
    #[error("{0} µs since 1970 lies outside the years -9999 to 9999")]
    OutOfRange(i64),
}

impl Timestamp {
    /// The first time that is kept.
    pub const MIN: Self = Self(-377_705_023_201_000_000);
    /// The last time that is kept.
    pub const MAX: Self = Self(253_402_207_200_999_999);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// Checks `micros`, µs since the Unix epoch, UTC.
    ///
    /// # Errors
    /// [`TimestampError::OutOfRange`] outside the years −9999 to 9999.
    pub fn from_micros(micros: i64) -> Result<Self, TimestampError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(TimestampError::OutOfRange(micros))
        }
    }

    /// Takes `micros` and moves it to the nearest time that is kept when it lies outside.
    pub fn saturating(micros: i64) -> Self {
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Returns µs since the Unix epoch, UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Tells the unit of a bare epoch number by its magnitude (1e9 s, 1e12 ms, 1e15 µs, 1e18 ns; years 1973 to
    /// 5138 are told apart that way), and cuts ns to µs.
    pub fn from_epoch_number(number: i64) -> Option<Self> {
        let micros = match number.unsigned_abs() {
            0..100_000_000_000 => number.checked_mul(1_000_000)?,
            100_000_000_000..100_000_000_000_000 => number.checked_mul(1_000)?,
            100_000_000_000_000..100_000_000_000_000_000 => number,
            _ => number.div_euclid(1_000),
        };
        Self::from_micros(micros).ok()
    }

    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        // `MIN` and `MAX` are jiff's own bounds, so the fallback is out of reach.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_jiff().fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339, a date (midnight UTC), a date and time without offset (UTC), or an epoch number.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let unreadable = || TimestampError::Unreadable(text.to_owned());
        let trimmed = text.trim();
        let digits = trimmed.strip_prefix('-').unwrap_or(trimmed);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = trimmed.parse().map_err(|_| unreadable())?;
            return Self::from_epoch_number(number).ok_or_else(unreadable);
        }
        if let Ok(time) = trimmed.parse::<jiff::Timestamp>() {
            return Self::from_micros(time.as_microsecond());
        }
        let civil: civil::DateTime = trimmed.parse().map_err(|_| unreadable())?;
        let zoned = TimeZone::UTC.to_zoned(civil).map_err(|_| unreadable())?;
        Self::from_micros(zoned.timestamp().as_microsecond())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A half-open range of time: `start` belongs to it, `end` does not; a missing bound is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first time inside.
    pub start: Option<Timestamp>,
    /// The first time behind.
    pub end: Option<Timestamp>,
}

impl TimeRange {
    /// The range that holds every time.
    pub const ALL: Self = Self {
        start: None,
        end: None,
    };

    /// The range from `start` (inside) to `end` (outside).
    pub fn new(start: Option<Timestamp>, end: Option<Timestamp>) -> Self {
        Self { start, end }
    }

    /// Tells whether `micros` (µs since the epoch) lies inside.
    pub fn contains(&self, micros: i64) -> bool {
        self.first_micros() <= micros && micros <= self.last_micros()
    }

    /// Tells whether no time can lie inside.
    pub fn is_empty(&self) -> bool {
        self.first_micros() > self.last_micros()
    }

    /// Tells whether the closed span `first..=last` (µs) shares a time with this range.
    pub fn touches(&self, first: i64, last: i64) -> bool {
        self.first_micros() <= last && first <= self.last_micros()
    }

    /// Returns the first µs inside.
    pub fn first_micros(&self) -> i64 {
        self.start.map_or(i64::MIN, Timestamp::micros)
    }

    /// Returns the last µs inside.
    pub fn last_micros(&self) -> i64 {
        self.end.map_or(i64::MAX, |end| end.micros() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_calendar_library() {
        assert_eq!(Timestamp::MIN.0, jiff::Timestamp::MIN.as_microsecond());
        assert_eq!(Timestamp::MAX.0, jiff::Timestamp::MAX.as_microsecond());
    }

    #[rstest::rstest]
    #[case("2024-05-01", "2024-05-01T00:00:00Z")]
    #[case("2024-05-01T13:30:00-04:00", "2024-05-01T17:30:00Z")]
    #[case("2024-05-01 13:30", "2024-05-01T13:30:00Z")]
    #[case("1601510340", "2020-09-30T23:59:00Z")]
    #[case("1601510340000", "2020-09-30T23:59:00Z")]
    #[case("1601510340000000", "2020-09-30T23:59:00Z")]
    #[case("1601510340000000000", "2020-09-30T23:59:00Z")]
    #[case("2024-05-01T00:00:00.000001Z", "2024-05-01T00:00:00.000001Z")]
    fn reads_what_people_write(#[case] text: &str, #[case] expected: &str) {
        let time: Timestamp = text.parse().unwrap();
        assert_eq!(time.to_string(), expected);
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "yesterday", "2024-13-01", "99999999999999999999"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_holds_its_start_and_not_its_end() {
        let at = |micros| Some(Timestamp::saturating(micros));
        let range = TimeRange::new(at(10), at(20));
        assert!(range.contains(10) && range.contains(19) && !range.contains(20) && !range.contains(9));
        assert!(TimeRange::new(at(10), at(10)).is_empty());
        assert!(TimeRange::ALL.contains(i64::MIN) && TimeRange::ALL.contains(i64::MAX));
    }
}
