//! When the synthetic instruments trade.

use domain::market::Timestamp;

pub(super) const MINUTE: i64 = 60_000_000;
pub(super) const DAY: i64 = 1_440 * MINUTE;
/// 1970-01-05 was a Monday.
const FIRST_MONDAY: i64 = 4 * DAY;

/// The first date of the daily bars.
pub(super) const DAYS_FROM: &str = "2021-06-01";
/// The first date of the minute bars, a Monday.
pub(super) const MINUTES_FROM: &str = "2024-05-06";
/// The end of both, a Saturday; the minutes lie within one summer, so that local hours are fixed hours of UTC.
pub(super) const UNTIL: &str = "2024-06-01";

/// The hours in which an instrument trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hours {
    /// Monday to Friday, 09:30 to 16:00 in New York, but for three holidays.
    NewYorkSession,
    /// Always.
    RoundTheClock,
    /// From Sunday 17:00 to Friday 17:00 in New York.
    SundayEveningToFriday,
}

impl Hours {
    /// Returns whether the instrument trades in the minute that begins at `time`, which lies in the summer.
    pub(super) fn trades_at(self, time: i64) -> bool {
        let minute = time.rem_euclid(DAY) / MINUTE;
        let weekday = weekday(time);
        match self {
            Self::NewYorkSession => weekday < 5 && (13 * 60 + 30..20 * 60).contains(&minute),
            Self::RoundTheClock => true,
            Self::SundayEveningToFriday => match weekday {
                6 => minute >= 21 * 60,
                5 => false,
                4 => minute < 21 * 60,
                _ => true,
            },
        }
    }

    /// Returns what share of a full trading day the date `day` (midnight UTC) has; 0 when nothing trades.
    pub(super) fn share_of_day(self, day: i64) -> f64 {
        match (self, weekday(day)) {
            (Self::NewYorkSession, 5 | 6) | (Self::SundayEveningToFriday, 5) => 0.0,
            (Self::NewYorkSession, _) => f64::from(u8::from(!is_holiday(day))),
            (Self::SundayEveningToFriday, 6) => 0.125,
            (Self::SundayEveningToFriday, 4) => 0.875,
            (Self::RoundTheClock | Self::SundayEveningToFriday, _) => 1.0,
        }
    }

    /// Returns how many minutes a full trading day has.
    pub(super) fn minutes_a_day(self) -> u16 {
        match self {
            Self::NewYorkSession => 390,
            Self::RoundTheClock | Self::SundayEveningToFriday => 1440,
        }
    }
}

/// Returns 0 for Monday to 6 for Sunday.
fn weekday(time: i64) -> i64 {
    (time - FIRST_MONDAY).div_euclid(DAY).rem_euclid(7)
}

fn is_holiday(day: i64) -> bool {
    let date = Timestamp::saturating(day).to_string();
    ["-01-01T", "-07-04T", "-12-25T"]
        .iter()
        .any(|holiday| date.contains(holiday))
}
