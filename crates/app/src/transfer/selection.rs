//! Which series are transferred.

use std::{fmt, str::FromStr};

use domain::market::SeriesKey;
use wildmatch::WildMatch;

/// A pattern over the names of series, `VENUE:SYMBOL/TF`: `*` stands for any text, `?` for any one character.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesGlob(WildMatch);

/// A text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the pattern is empty; write part of VENUE:SYMBOL/TF with `*` and `?`, such as NASDAQ:*/1d")]
pub struct SeriesGlobError;

impl SeriesGlob {
    /// Tells whether a series is meant.
    pub fn accepts(&self, key: &SeriesKey) -> bool {
        self.0.matches(&key.to_string())
    }
}

impl FromStr for SeriesGlob {
    type Err = SeriesGlobError;

    fn from_str(text: &str) -> Result<Self, SeriesGlobError> {
        if text.trim().is_empty() {
            Err(SeriesGlobError)
        } else {
            Ok(Self(WildMatch::new(text.trim())))
        }
    }
}

impl fmt::Display for SeriesGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("*", "NASDAQ:GOOG/1d", true)]
    #[case("NASDAQ:*", "NASDAQ:GOOG/1d", true)]
    #[case("NASDAQ:*/1d", "NASDAQ:GOOG/1m", false)]
    #[case("BINANCE:*/1h", "BINANCE:BTC/USDT/1h", true)]
    #[case("NASDAQ:GOO?/1d", "NASDAQ:GOOG/1d", true)]
    #[case("NASDAQ:GOOG/1d", "NASDAQ:GOOG/1d", true)]
    #[case("GOOG", "NASDAQ:GOOG/1d", false)]
    fn stars_stand_for_any_text(#[case] glob: &str, #[case] key: &str, #[case] accepted: bool) {
        let glob: SeriesGlob = glob.parse().unwrap();
        assert_eq!(glob.accepts(&key.parse().unwrap()), accepted);
    }

    #[test]
    fn an_empty_pattern_is_refused() {
        assert!(" ".parse::<SeriesGlob>().is_err());
    }
}
