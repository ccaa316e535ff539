//! The digest that proves two sets of bars equal.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use xxhash_rust::xxh3::xxh3_128;

use super::{Bar, Bars};

/// The digest of a set of bars: the wrapping 128-bit sum of each bar's hash.
///
/// A bar's hash is XXH3-128 with seed 0 over 48 little-endian bytes: the time (i64, µs), then the bits of open,
/// high, low, close and volume. A sum does not depend on order or on how the set is cut into chunks, and follows a
/// change in time proportional to the bars that changed. It shows damage and difference, not malice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SetDigest(u128);

/// A text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest; a digest is 32 hexadecimal digits")]
pub struct DigestError(String);

impl SetDigest {
    /// The digest of no bars.
    pub const EMPTY: Self = Self(0);

    /// Returns the digest of `bars`.
    pub fn of(bars: &Bars) -> Self {
        let mut digest = Self::EMPTY;
        for index in 0..bars.len() {
            digest.add(&bars.bar(index));
        }
        digest
    }

    /// Adds one bar to the set.
    pub fn add(&mut self, bar: &Bar) {
        self.0 = self.0.wrapping_add(hash(bar));
    }

    /// Takes one bar out of the set.
    pub fn remove(&mut self, bar: &Bar) {
        self.0 = self.0.wrapping_sub(hash(bar));
    }

    /// Returns the digest of this set and `other` together; the two must not share a bar.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// Returns the digest of this set without `other`, a part of it.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    /// Wraps the number of a digest that was taken before.
    pub fn from_u128(number: u128) -> Self {
        Self(number)
    }

    /// Returns the number behind the digest.
    pub fn to_u128(self) -> u128 {
        self.0
    }
}

fn hash(bar: &Bar) -> u128 {
    let mut bytes = [0_u8; 48];
    bytes[..8].copy_from_slice(&bar.time.to_le_bytes());
    let values = [bar.open, bar.high, bar.low, bar.close, bar.volume];
    for (place, value) in bytes[8..].chunks_exact_mut(8).zip(values) {
        place.copy_from_slice(&value.to_bits().to_le_bytes());
    }
    xxh3_128(&bytes)
}

impl fmt::Display for SetDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for SetDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetDigest({self})")
    }
}

impl FromStr for SetDigest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = if hexadecimal {
            u128::from_str_radix(text, 16).ok()
        } else {
            None
        };
        number.map(Self).ok_or_else(|| DigestError(text.to_owned()))
    }
}

impl Serialize for SetDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SetDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}
