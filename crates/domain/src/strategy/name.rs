//! What a strategy is called.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The name of a strategy: 1 to 64 of `a-z`, `0-9`, `-` and `_`, of which the first is a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StrategyName(String);

/// A text names no strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not name a strategy; use 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit")]
pub struct StrategyNameError(String);

impl StrategyName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StrategyName {
    type Err = StrategyNameError;

    fn from_str(text: &str) -> Result<Self, StrategyNameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = text.as_bytes();
        let fits = (1..=64).contains(&bytes.len())
            && plain(bytes[0])
            && bytes
                .iter()
                .all(|byte| plain(*byte) || matches!(byte, b'-' | b'_'));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            // A hostile name may be a megabyte; its beginning says enough.
            Err(StrategyNameError(text.chars().take(80).collect()))
        }
    }
}

impl fmt::Display for StrategyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for StrategyName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for StrategyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_paths_and_urls() {
        for text in ["sma-cross", "a", "9_lives"] {
            assert_eq!(text.parse::<StrategyName>().unwrap().as_str(), text);
        }
        for text in ["", "-a", "_a", "SMA", "a b", "a/b", "..", "ä", &"a".repeat(65)] {
            assert!(text.parse::<StrategyName>().is_err(), "{text}");
        }
    }
}
