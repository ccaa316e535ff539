//! Reading times as files write them: bytes in, no allocation.

use domain::market::Timestamp;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// A way to write a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// Digits: s, ms, µs or ns since 1970, told apart by magnitude.
    Epoch,
    /// `2024-01-02`, `2024/01/02 09:30`, `2024.01.02T09:30:00.5+01:00`.
    Iso,
    /// `20240102`, `20240102 0930`, `20240102 09:30:00`, `20240102093000`, `20240102 09:30:00 US/Eastern`.
    Compact,
    /// `19-Sep-03`, `19-Sep-2003`.
    DayMonthName,
    /// `03.11.2025`, `03.11.2025 00:00:00.000`, `03.11.2025 00:00:00.000 GMT+0100`.
    DayMonthYear,
    /// `12/13/2024`.
    MonthDayYear,
}

/// A time as it is written, before its zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrittenTime {
    /// A point in time without a place: µs since the epoch.
    Instant(i64),
    /// A point in time, and how far local time is ahead of UTC there, in seconds.
    Offset { micros: i64, ahead: i32 },
    /// A date alone: µs of its midnight, taken as UTC.
    Date(i64),
    /// A local date and time: µs since the epoch, taken as UTC.
    Local(i64),
    /// A local date and time of the zone that the last word names: µs since the epoch, taken as UTC.
    Zoned(i64),
}

impl TimeForm {
    /// Reads `text`; `None` when it is not written this way.
    #[inline]
    pub(crate) fn read(self, text: &[u8]) -> Option<WrittenTime> {
        match self {
            Self::Epoch => epoch(text),
            Self::Iso => iso(text),
            Self::Compact => compact(text),
            Self::DayMonthName => day_month_name(text),
            Self::DayMonthYear => day_month_year(text),
            Self::MonthDayYear => month_day_year(text),
        }
    }
}

/// Reads a time of day in a column of its own, `09:30`, `09:30:00.5` or `093000`, as µs since midnight.
pub(crate) fn clock(text: &[u8]) -> Option<i64> {
    match time_of_day(text)? {
        (micros, []) => Some(micros),
        _ => None,
    }
}

/// Reads `20240102` as µs of that date's midnight, taken as UTC.
pub(crate) fn compact_date(text: &[u8]) -> Option<i64> {
    if text.len() != 8 {
        return None;
    }
    midnight(number(&text[..4])?, number(&text[4..6])?, number(&text[6..])?)
}

/// Reads ms since midnight, as µs.
pub(crate) fn millis_of_day(text: &[u8]) -> Option<i64> {
    let millis = number(text).filter(|_| text.len() <= 8)?;
    (millis < 86_400_000).then_some(millis * 1000)
}

fn epoch(text: &[u8]) -> Option<WrittenTime> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    // Tools that hold numbers as floats write `1601510340.0`.
    let digits = match digits.iter().position(|byte| *byte == b'.') {
        Some(point) if digits[point + 1..].iter().all(|byte| *byte == b'0') => &digits[..point],
        Some(_) => return None,
        None => digits,
    };
    let number = number(digits).filter(|_| digits.len() <= 18 || digits.len() == 19 && digits[0] < b'9')?;
    Timestamp::from_epoch_number(if negative { -number } else { number })
        .map(|time| WrittenTime::Instant(time.micros()))
}

fn iso(text: &[u8]) -> Option<WrittenTime> {
    let (date, rest) = text.split_first_chunk()?;
    after_date(iso_date(date)?, rest)
}

/// Reads `2024-01-02` as µs of that date's midnight, taken as UTC.
#[inline]
pub(super) fn iso_date(text: &[u8; 10]) -> Option<i64> {
    let [y0, y1, y2, y3, a, m0, m1, b, d0, d1] = *text;
    if a != b || !b"-/.".contains(&a) {
        return None;
    }
    midnight(two(y0, y1)? * 100 + two(y2, y3)?, two(m0, m1)?, two(d0, d1)?)
}

fn compact(text: &[u8]) -> Option<WrittenTime> {
    let (date, rest) = text.split_at_checked(8)?;
    let date = compact_date(date)?;
    // Without a separator the rest must be the six digits of a time: longer numbers are epochs.
    match rest.first() {
        Some(byte) if byte.is_ascii_digit() && rest.len() != 6 => None,
        _ => after_date(date, rest).or_else(|| zoned(date, rest)),
    }
}

/// Reads a time of day and the name of its zone. Names in capitals are left out: `EST` means clocks with summer time
/// to some and without to others.
fn zoned(date: i64, rest: &[u8]) -> Option<WrittenTime> {
    let (of_day, name) = rest.split_at_checked(rest.iter().rposition(|byte| *byte == b' ')?)?;
    if !name.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    match after_date(date, of_day.trim_ascii_end())? {
        WrittenTime::Local(local) => Some(WrittenTime::Zoned(local)),
        _ => None,
    }
}

/// Reads what follows a date: nothing, or a time of day with or without offset.
#[inline]
pub(super) fn after_date(date: i64, rest: &[u8]) -> Option<WrittenTime> {
    let rest = match rest {
        [] => return Some(WrittenTime::Date(date)),
        [b'T' | b't' | b' ', rest @ ..] => rest,
        _ => rest,
    };
    let (of_day, rest) = time_of_day(rest)?;
    let local = date + of_day;
    let rest = rest.trim_ascii_start();
    match rest {
        [] => Some(WrittenTime::Local(local)),
        b"Z" | b"z" | b"UTC" | b"GMT" => Some(WrittenTime::Offset {
            micros: local,
            ahead: 0,
        }),
        _ => {
            let ahead = offset(rest.strip_prefix(b"GMT").unwrap_or(rest))?;
            Some(WrittenTime::Offset {
                micros: local - i64::from(ahead) * SECOND,
                ahead,
            })
        }
    }
}

/// Reads `+01:00`, `-0530`, `+01` or `+01:00:00` as seconds ahead of UTC.
fn offset(text: &[u8]) -> Option<i32> {
    let (sign, rest) = match text {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [h0, h1] => (two(*h0, *h1)?, 0),
        [h0, h1, m0, m1] | [h0, h1, b':', m0, m1] => (two(*h0, *h1)?, two(*m0, *m1)?),
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60) as i32)
}

/// Reads `09:30`, `09:30:00`, `09:30:00.123456789`, `0930` or `093000`; returns µs since midnight and the rest.
#[inline]
fn time_of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (hours, minutes, rest, colons) = match text {
        [h0, h1, b':', m0, m1, rest @ ..] => (two(*h0, *h1)?, two(*m0, *m1)?, rest, true),
        [h0, h1, m0, m1, rest @ ..] => (two(*h0, *h1)?, two(*m0, *m1)?, rest, false),
        _ => return None,
    };
    let (seconds, rest) = match rest {
        [b':', s0, s1, rest @ ..] if colons => (two(*s0, *s1)?, rest),
        [s0, s1, rest @ ..] if !colons && s0.is_ascii_digit() => (two(*s0, *s1)?, rest),
        _ => (0, rest),
    };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let whole = (hours * 3600 + minutes * 60 + seconds) * SECOND;
    match rest {
        [b'.' | b',', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 || digits > 9 {
                return None;
            }
            let kept = digits.min(6);
            let scale = [1, 100_000, 10_000, 1_000, 100, 10, 1][kept];
            Some((whole + number(&rest[..kept])? * scale, &rest[digits..]))
        }
        _ => Some((whole, rest)),
    }
}

fn day_month_name(text: &[u8]) -> Option<WrittenTime> {
    let mut parts = text.split(|byte| *byte == b'-');
    let (day, name, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !(1..=2).contains(&day.len()) || !matches!(year.len(), 2 | 4) {
        return None;
    }
    let names = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
    ];
    let month = names.iter().position(|month| name.eq_ignore_ascii_case(*month))? as i64 + 1;
    let year = match (year.len(), number(year)?) {
        (2, short @ 69..) => 1900 + short,
        (2, short) => 2000 + short,
        (_, year) => year,
    };
    midnight(year, month, number(day)?).map(WrittenTime::Date)
}

fn day_month_year(text: &[u8]) -> Option<WrittenTime> {
    let ([d0, d1, b'.', m0, m1, b'.', year @ ..], rest) = text.split_first_chunk::<10>()? else {
        return None;
    };
    after_date(midnight(number(year)?, two(*m0, *m1)?, two(*d0, *d1)?)?, rest)
}

fn month_day_year(text: &[u8]) -> Option<WrittenTime> {
    let [m0, m1, b'/', d0, d1, b'/', year @ ..] = text.as_array::<10>()? else {
        return None;
    };
    midnight(number(year)?, two(*m0, *m1)?, two(*d0, *d1)?).map(WrittenTime::Date)
}

/// Reads two digits.
#[inline]
fn two(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

/// Reads digits alone.
fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value = 0_i64;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(i64::from(byte - b'0'));
    }
    Some(value)
}

/// Returns µs of the midnight that begins a date, taken as UTC; `None` for dates that don't exist.
#[inline]
fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil: years begin in March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some((era * 146_097 + day_of_era - 719_468) * DAY)
}

#[cfg(test)]
mod tests;
