//! Times for people: as short as the timeframe allows, always UTC.

use domain::market::{Timeframe, Timestamp};

/// Prints the time of a bar: its date for days and longer, else date and time of day.
pub(crate) fn bar_time(time: Timestamp, timeframe: Timeframe) -> String {
    let text = time.to_string();
    match text.split_once('T') {
        Some((date, "00:00:00Z")) if !timeframe.is_intraday() => date.to_owned(),
        _ => moment(time),
    }
}

/// Prints the time of a bar that may not be there.
pub(crate) fn maybe_bar_time(time: Option<Timestamp>, timeframe: Timeframe) -> String {
    time.map_or_else(|| "–".to_owned(), |time| bar_time(time, timeframe))
}

/// Prints a moment without the seconds that are zero: `2024-05-01 13:30`.
pub(crate) fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    let text = text.trim_end_matches('Z').replacen('T', " ", 1);
    match text.strip_suffix(":00") {
        Some(minutes)
            if minutes
                .split_once(' ')
                .is_some_and(|(_, clock)| clock.contains(':')) =>
        {
            minutes.to_owned()
        }
        _ => text,
    }
}

/// Prints when something happened, to the second.
pub(crate) fn happened(time: Timestamp) -> String {
    let text = time.to_string();
    let seconds = text
        .split_once('.')
        .map_or(text.trim_end_matches('Z'), |(seconds, _)| seconds);
    seconds.replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("2024-05-01T00:00:00Z", "1d", "2024-05-01")]
    #[case("2024-05-01T00:00:00Z", "1m", "2024-05-01 00:00")]
    #[case("2024-05-01T13:30:00Z", "1m", "2024-05-01 13:30")]
    #[case("2024-05-01T13:30:05Z", "1s", "2024-05-01 13:30:05")]
    #[case("2024-05-01T13:30:00Z", "1d", "2024-05-01 13:30")]
    fn a_bar_shows_what_its_timeframe_needs(#[case] time: &str, #[case] timeframe: &str, #[case] text: &str) {
        assert_eq!(bar_time(time.parse().unwrap(), timeframe.parse().unwrap()), text);
    }

    #[test]
    fn what_happened_is_told_to_the_second() {
        assert_eq!(
            happened("2024-05-01T13:30:05.123456Z".parse().unwrap()),
            "2024-05-01 13:30:05"
        );
        assert_eq!(
            happened("2024-05-01T13:30:00Z".parse().unwrap()),
            "2024-05-01 13:30:00"
        );
    }
}
