//! Times as RFC 3339 text, UTC.

use std::io::Write;

use domain::market::Timestamp;

use super::WriteError;

const DAY_MICROS: i64 = 86_400_000_000;
/// 0000-01-01, days since 1970-01-01.
const FIRST_FAST_DAY: i64 = -719_528;
/// 9999-12-29, the last day that is kept as a whole.
const LAST_FAST_DAY: i64 = 2_932_894;

/// Appends `micros` (µs since the Unix epoch, UTC) such as `2024-01-02T00:00:00Z`, with as many digits of the second
/// as it needs.
///
/// # Errors
/// [`WriteError::Time`] outside the years −9999 to 9999.
pub(super) fn push_time(out: &mut Vec<u8>, micros: i64) -> Result<(), WriteError> {
    let day = micros.div_euclid(DAY_MICROS);
    if !(FIRST_FAST_DAY..=LAST_FAST_DAY).contains(&day) {
        // Outside the years 0 to 9999 years have a sign and six digits.
        write!(out, "{}", Timestamp::from_micros(micros)?)?;
        return Ok(());
    }
    let within = micros.rem_euclid(DAY_MICROS) as u64;
    let (year, month, day) = civil_date(day);
    let (seconds, fraction) = (within / 1_000_000, within % 1_000_000);
    let mut text = *b"0000-00-00T00:00:00";
    put_two(&mut text, 0, year / 100);
    put_two(&mut text, 2, year % 100);
    put_two(&mut text, 5, month);
    put_two(&mut text, 8, day);
    put_two(&mut text, 11, seconds / 3_600);
    put_two(&mut text, 14, seconds / 60 % 60);
    put_two(&mut text, 17, seconds % 60);
    out.extend_from_slice(&text);
    if fraction != 0 {
        push_fraction(out, fraction);
    }
    out.push(b'Z');
    Ok(())
}

/// Puts the two digits of `number`, which is below 100, at `place`.
fn put_two(text: &mut [u8; 19], place: usize, number: u64) {
    text[place] = b'0' + (number / 10) as u8;
    text[place + 1] = b'0' + (number % 10) as u8;
}

/// Appends a point and the digits of `micros`, which is from 1 to 999,999, without trailing zeros.
fn push_fraction(out: &mut Vec<u8>, micros: u64) {
    let mut digits = [b'.'; 7];
    let mut rest = micros;
    for place in digits[1..].iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let used = digits
        .iter()
        .rposition(|digit| *digit != b'0')
        .map_or(0, |last| last + 1);
    out.extend_from_slice(&digits[..used]);
}

/// Returns year, month and day of a day since 1970-01-01, which must not lie before the year 0.
///
/// Years begin on 1 March, so that the leap day is their last, and are counted within eras of 400 years: Howard
/// Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
fn civil_date(days_since_1970: i64) -> (u64, u64, u64) {
    // One era earlier than Hinnant's: January and February of the year 0 belong to the March year before it.
    let days = (days_since_1970 + 719_468 + 146_097) as u64;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2) - 400;
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(micros: i64) -> String {
        let mut out = Vec::new();
        push_time(&mut out, micros).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[rstest::rstest]
    #[case("2024-01-02T00:00:00Z")]
    #[case("2024-02-29T23:59:59.999999Z")]
    #[case("1969-12-31T23:59:59.5Z")]
    #[case("1970-01-01T00:00:00.00001Z")]
    #[case("2000-02-29T12:34:56.789Z")]
    #[case("1900-02-28T00:00:00Z")]
    #[case("0000-01-01T00:00:00Z")]
    #[case("9999-12-30T21:59:59Z")]
    #[case("-000001-12-31T23:59:59.999999Z")]
    fn times_are_written_as_rfc_3339(#[case] expected: &str) {
        let time: Timestamp = expected.parse().unwrap();
        assert_eq!(text(time.micros()), expected);
    }

    #[test]
    fn times_that_no_calendar_has_are_refused() {
        assert!(push_time(&mut Vec::new(), i64::MAX).is_err());
        assert!(push_time(&mut Vec::new(), i64::MIN).is_err());
    }

    #[test]
    fn every_day_of_ten_thousand_years_follows_the_one_before() {
        let is_leap =
            |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let (mut year, mut month, mut day) = (0, 1, 1);
        for days_since_1970 in FIRST_FAST_DAY..=LAST_FAST_DAY {
            assert_eq!(civil_date(days_since_1970), (year, month, day));
            let last = match month {
                2 => 28 + u64::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
        assert_eq!((year, month, day), (9999, 12, 30));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_fast_way_agrees_with_the_calendar_library(
            micros in Timestamp::MIN.micros()..=Timestamp::MAX.micros(),
            step in prop::sample::select(vec![1_i64, 1_000, 1_000_000, 60_000_000, 86_400_000_000]),
        ) {
            let micros = (micros - micros.rem_euclid(step)).max(Timestamp::MIN.micros());
            prop_assert_eq!(text(micros), Timestamp::saturating(micros).to_string());
        }
    }
}
