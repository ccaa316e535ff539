//! One bar, and the rules that it keeps to.

use super::Timestamp;

/// The one NaN that stands for an unknown volume.
pub const CANONICAL_NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0000);

/// One bar. It is a view for rules and tests; everything that moves bars moves [`Bars`](super::Bars).
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    /// When the bar opens, µs since the Unix epoch, UTC.
    pub time: i64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// What was traded; NaN when unknown.
    pub volume: f64,
}

impl Bar {
    /// Returns open, high, low, close and volume as bits.
    pub fn value_bits(&self) -> [u64; 5] {
        [self.open, self.high, self.low, self.close, self.volume].map(f64::to_bits)
    }

    /// Checks the bar: finite prices, high and low that bound the others, a volume that is unknown or not
    /// negative.
    ///
    /// # Errors
    /// [`BarsError`] names the first rule that is broken.
    pub fn check(&self) -> Result<(), BarsError> {
        let broken = |rule| {
            Err(BarsError {
                time: self.time,
                rule,
            })
        };
        let prices = [self.open, self.high, self.low, self.close];
        if !prices.iter().all(|price| price.is_finite()) {
            return broken("a price is not a finite number");
        }
        if self.high < self.open.max(self.close).max(self.low) {
            return broken("high is below open, close or low");
        }
        if self.low > self.open.min(self.close) {
            return broken("low is above open or close");
        }
        if self.volume < 0.0 || self.volume.is_infinite() {
            return broken("volume is negative or infinite");
        }
        Ok(())
    }
}

/// Equality of bits, as in digests: an unknown volume equals an unknown volume.
impl PartialEq for Bar {
    fn eq(&self, other: &Self) -> bool {
        self.time == other.time && self.value_bits() == other.value_bits()
    }
}

/// Columns do not make valid bars.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bar at {}: {rule}", Timestamp::saturating(*time))]
pub struct BarsError {
    /// The time of the bar that breaks the rule, µs since the epoch.
    pub time: i64,
    /// The rule.
    pub rule: &'static str,
}
