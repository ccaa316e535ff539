//! The names of series: `VENUE:SYMBOL/timeframe`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Timeframe;

/// A text does not name a venue, a symbol or a series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a venue.
    #[error("`{0}` is not a venue; use 1 to 32 letters, digits, `.`, `_` or `-`, such as NASDAQ or BINANCE")]
    Venue(String),
    /// Not a symbol.
    #[error(
        "`{0}` is not a symbol; use 1 to 64 printable characters without spaces, such as AAPL or BTC/USDT"
    )]
    Symbol(String),
    /// Not a series.
    #[error(
        "`{text}` does not name a series: {reason}; write VENUE:SYMBOL/TIMEFRAME, such as BINANCE:BTCUSDT/1m"
    )]
    Series {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Where an instrument trades: 1 to 32 ASCII letters, digits, `.`, `_` or `-`, as given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Venue(String);

impl Venue {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Venue {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyError::Venue(text.to_owned()))
        }
    }
}

/// What an instrument is called at its venue: 1 to 64 printable characters without white space, as given.
/// `/` and `:` may occur.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(String);

impl Symbol {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Symbol {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let printable = text.chars().all(|c| !c.is_control() && !c.is_whitespace());
        if (1..=64).contains(&text.chars().count()) && printable {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyError::Symbol(text.to_owned()))
        }
    }
}

/// Names a series: the venue, the symbol and the length of its bars, written `BINANCE:BTCUSDT/1m`.
///
/// Texts are split at the first `:` and the last `/`, so that symbols may hold both. Keys are ordered by venue,
/// symbol (both by code point) and timeframe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// Where the instrument trades.
    pub venue: Venue,
    /// What it is called there.
    pub symbol: Symbol,
    /// How long a bar lasts.
    pub timeframe: Timeframe,
}

impl SeriesKey {
    /// Puts a key together.
    pub fn new(venue: Venue, symbol: Symbol, timeframe: Timeframe) -> Self {
        Self {
            venue,
            symbol,
            timeframe,
        }
    }

    /// Tells whether two different keys are told apart by case alone, which some file systems can't.
    pub fn differs_by_case_alone(&self, other: &Self) -> bool {
        let fold = |key: &Self| (key.venue.0.to_lowercase(), key.symbol.0.to_lowercase());
        (&self.venue, &self.symbol) != (&other.venue, &other.symbol) && fold(self) == fold(other)
    }
}

impl FromStr for SeriesKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let error = |reason: String| KeyError::Series {
            text: text.to_owned(),
            reason,
        };
        let (venue, rest) = text
            .split_once(':')
            .ok_or_else(|| error("it has no `:`".to_owned()))?;
        let (symbol, timeframe) = rest
            .rsplit_once('/')
            .ok_or_else(|| error("it has no `/` before a timeframe".to_owned()))?;
        let first_line = |cause: &dyn fmt::Display| error(cause.to_string());
        Ok(Self {
            venue: venue.parse().map_err(|cause: KeyError| first_line(&cause))?,
            symbol: symbol.parse().map_err(|cause: KeyError| first_line(&cause))?,
            timeframe: timeframe
                .parse()
                .map_err(|cause: super::TimeframeError| first_line(&cause))?,
        })
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.venue, self.symbol, self.timeframe)
    }
}

macro_rules! text_serde {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }
    };
}

text_serde!(Venue);
text_serde!(Symbol);
text_serde!(SeriesKey);

impl fmt::Display for Venue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("BINANCE:BTCUSDT/1m", "BINANCE", "BTCUSDT", "1m")]
    #[case("KRAKEN:BTC/USD/1d", "KRAKEN", "BTC/USD", "1d")]
    #[case("X:A:B/1M", "X", "A:B", "1M")]
    fn keys_are_split_at_the_first_colon_and_the_last_slash(
        #[case] text: &str,
        #[case] venue: &str,
        #[case] symbol: &str,
        #[case] timeframe: &str,
    ) {
        let key: SeriesKey = text.parse().unwrap();
        assert_eq!((key.venue.as_str(), key.symbol.as_str()), (venue, symbol));
        assert_eq!(key.timeframe.to_string(), timeframe);
        assert_eq!(key.to_string(), text);
    }

    #[test]
    fn refuses_what_names_no_series() {
        for text in [
            "",
            "AAPL",
            "NASDAQ:AAPL",
            "NASDAQ:/1d",
            ":AAPL/1d",
            "NAS DAQ:AAPL/1d",
            "N:A\n/1d",
            "N:A/1x",
        ] {
            assert!(text.parse::<SeriesKey>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn sees_keys_that_differ_by_case_alone() {
        let key = |text: &str| text.parse::<SeriesKey>().unwrap();
        assert!(key("X:AAPL/1d").differs_by_case_alone(&key("X:aapl/1m")));
        assert!(!key("X:AAPL/1d").differs_by_case_alone(&key("X:AAPL/1m")));
        assert!(!key("X:AAPL/1d").differs_by_case_alone(&key("X:MSFT/1d")));
    }
}
