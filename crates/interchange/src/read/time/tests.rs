use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().micros()
}

#[rstest]
#[case(TimeForm::Iso, "2024-02-29", WrittenTime::Date(micros("2024-02-29")))]
#[case(
    TimeForm::Iso,
    "2024/02/29 09:30",
    WrittenTime::Local(micros("2024-02-29T09:30:00"))
)]
#[case(
    TimeForm::Iso,
    "2024.02.29 09:30:01.5",
    WrittenTime::Local(micros("2024-02-29T09:30:01.5"))
)]
#[case(TimeForm::Iso, "2024-01-02T03:04:05.123456789Z",
    WrittenTime::Offset { micros: micros("2024-01-02T03:04:05.123456Z"), ahead: 0 })]
#[case(TimeForm::Iso, "2024-01-02 00:00:00-05:00",
    WrittenTime::Offset { micros: micros("2024-01-02T05:00:00Z"), ahead: -18_000 })]
#[case(TimeForm::Iso, "2024-01-02T00:00+0530",
    WrittenTime::Offset { micros: micros("2024-01-01T18:30:00Z"), ahead: 19_800 })]
#[case(TimeForm::Compact, "20240102", WrittenTime::Date(micros("2024-01-02")))]
#[case(
    TimeForm::Compact,
    "20131001 09:00",
    WrittenTime::Local(micros("2013-10-01T09:00:00"))
)]
#[case(
    TimeForm::Compact,
    "20131001 090001",
    WrittenTime::Local(micros("2013-10-01T09:00:01"))
)]
#[case(
    TimeForm::Compact,
    "20131001090001",
    WrittenTime::Local(micros("2013-10-01T09:00:01"))
)]
#[case(TimeForm::DayMonthName, "19-Sep-03", WrittenTime::Date(micros("2003-09-19")))]
#[case(
    TimeForm::Compact,
    "20131001 09:00:00 US/Eastern",
    WrittenTime::Zoned(micros("2013-10-01T09:00:00"))
)]
#[case(TimeForm::DayMonthYear, "03.11.2025", WrittenTime::Date(micros("2025-11-03")))]
#[case(
    TimeForm::DayMonthYear,
    "03.11.2025 01:00:00.500",
    WrittenTime::Local(micros("2025-11-03T01:00:00.5"))
)]
#[case(TimeForm::DayMonthYear, "03.11.2025 01:00:00.000 GMT+0100",
    WrittenTime::Offset { micros: micros("2025-11-03T00:00:00Z"), ahead: 3600 })]
#[case(TimeForm::DayMonthYear, "03.11.2025 01:00:00.000 GMT",
    WrittenTime::Offset { micros: micros("2025-11-03T01:00:00Z"), ahead: 0 })]
#[case(TimeForm::MonthDayYear, "12/13/2024", WrittenTime::Date(micros("2024-12-13")))]
#[case(TimeForm::DayMonthName, "1-jan-69", WrittenTime::Date(micros("1969-01-01")))]
#[case(
    TimeForm::Epoch,
    "1601510340",
    WrittenTime::Instant(micros("2020-09-30T23:59:00Z"))
)]
#[case(
    TimeForm::Epoch,
    "1601510340000",
    WrittenTime::Instant(micros("2020-09-30T23:59:00Z"))
)]
#[case(
    TimeForm::Epoch,
    "1601510340000000",
    WrittenTime::Instant(micros("2020-09-30T23:59:00Z"))
)]
#[case(
    TimeForm::Epoch,
    "1601510340000000000",
    WrittenTime::Instant(micros("2020-09-30T23:59:00Z"))
)]
#[case(
    TimeForm::Epoch,
    "1601510340.0",
    WrittenTime::Instant(micros("2020-09-30T23:59:00Z"))
)]
fn times_are_read_as_they_are_written(
    #[case] form: TimeForm,
    #[case] text: &str,
    #[case] expected: WrittenTime,
) {
    assert_eq!(form.read(text.as_bytes()), Some(expected));
}

#[rstest]
#[case(TimeForm::Iso, "2024-02-30")]
#[case(TimeForm::Iso, "2023-02-29")]
#[case(TimeForm::Iso, "2024-13-01")]
#[case(TimeForm::Iso, "2024-01/02")]
#[case(TimeForm::Iso, "2024-01-02T24:00")]
#[case(TimeForm::Iso, "2024-01-02T09:60")]
#[case(TimeForm::Iso, "2024-01-02T09:30 nonsense")]
#[case(TimeForm::Iso, "2024-01-02x")]
#[case(TimeForm::Compact, "1601510340000")]
#[case(TimeForm::Compact, "2024010")]
#[case(TimeForm::Compact, "20131001 09:00:00 EST")]
#[case(TimeForm::Compact, "20131001 US/Eastern")]
#[case(TimeForm::Compact, "20131001 09:00:00 +01:00 US/Eastern")]
#[case(TimeForm::DayMonthYear, "11/03/2025")]
#[case(TimeForm::DayMonthYear, "3.11.2025")]
#[case(TimeForm::DayMonthYear, "31.11.2025")]
#[case(TimeForm::DayMonthYear, "03.11.2025 01:00:00 GMT+")]
#[case(TimeForm::DayMonthYear, "03.11.2025 01:00:00 GMTx")]
#[case(TimeForm::MonthDayYear, "13/12/2024")]
#[case(TimeForm::MonthDayYear, "12/13/24")]
#[case(TimeForm::MonthDayYear, "12/13/2024 09:30")]
#[case(TimeForm::DayMonthName, "19-Sept-03")]
#[case(TimeForm::DayMonthName, "31-Feb-03")]
#[case(TimeForm::Epoch, "12x")]
#[case(TimeForm::Epoch, "")]
#[case(TimeForm::Epoch, "99999999999999999999")]
fn what_is_no_time_is_not_read(#[case] form: TimeForm, #[case] text: &str) {
    assert_eq!(form.read(text.as_bytes()), None);
}

#[test]
fn times_of_day_stand_alone_or_count_milliseconds() {
    assert_eq!(clock(b"09:30"), Some(34_200 * SECOND));
    assert_eq!(clock(b"093000"), Some(34_200 * SECOND));
    assert_eq!(clock(b"9:30"), None);
    assert_eq!(millis_of_day(b"15300000"), Some(15_300 * SECOND));
    assert_eq!(millis_of_day(b"86400000"), None);
}

proptest! {
    #[test]
    fn dates_agree_with_the_calendar_library(days in -700_000_i64..2_900_000) {
        let time = Timestamp::saturating(days * DAY);
        let text = time.to_string();
        prop_assume!(text.len() == 20);
        prop_assert_eq!(TimeForm::Iso.read(&text.as_bytes()[..10]), Some(WrittenTime::Date(days * DAY)));
    }
}
