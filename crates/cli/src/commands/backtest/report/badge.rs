//! What has become of the data since they were read.

use app::backtest::{DataState, InputFreshness};

/// Tells that an input is no longer what it was.
pub(in crate::commands) fn badge(input: &InputFreshness) -> Option<String> {
    let InputFreshness { series, pinned, .. } = input;
    let newest = input.newest.unwrap_or_default();
    let newer = format!("newer data: {series} has version {newest}, this one read {pinned};");
    match input.state() {
        DataState::Unchanged => None,
        DataState::NewerElsewhere => Some(format!("{newer} no bar of its period changed")),
        DataState::Changed if newest > *pinned => Some(format!("{newer} bars of its period changed")),
        DataState::Changed => Some(format!(
            "other data: {series} was made anew up to version {newest}; the bars of version {pinned}, which this one \
             read, are no longer there"
        )),
        DataState::Gone => Some(format!("data gone: {series} is no longer there")),
    }
}

#[cfg(test)]
mod tests {
    use domain::market::Version;

    use super::*;

    fn told(newest: Option<u64>, changed: bool) -> Option<String> {
        badge(&InputFreshness {
            series: "X:A/1d".parse().unwrap(),
            pinned: Version(3),
            newest: newest.map(Version),
            changed,
        })
    }

    #[test]
    fn a_badge_tells_whether_newer_data_matter() {
        assert_eq!(told(Some(3), false), None);
        let text = told(Some(5), true).unwrap();
        assert!(
            text.contains("version 5, this one read 3; bars of its period changed"),
            "{text}"
        );
        assert!(told(Some(5), false).unwrap().contains("no bar"));
        assert!(told(None, false).unwrap().contains("no longer there"));
    }

    #[test]
    fn a_series_that_was_made_anew_with_other_bars_is_told_at_whatever_version() {
        for newest in [2, 3] {
            let text = told(Some(newest), true).unwrap();
            let said = format!("other data: X:A/1d was made anew up to version {newest};");
            assert!(text.starts_with(&said), "{text}");
        }
        assert_eq!(told(Some(2), false), None, "the bars are the same");
    }
}
