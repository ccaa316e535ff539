//! Parts of a whole, as people write them.

use std::{fmt, str::FromStr};

/// A part of a whole: `0.1%` or `0.001`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fraction(pub f64);

/// A text is no part of a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a part of a whole; write 0.1% or 0.001")]
pub struct FractionError(String);

impl FromStr for Fraction {
    type Err = FractionError;

    fn from_str(text: &str) -> Result<Self, FractionError> {
        let (number, scale) = match text.trim().strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 100.0),
            None => (text.trim(), 1.0),
        };
        let fraction = number.parse::<f64>().map(|number| number / scale).ok();
        let fraction = fraction.filter(|fraction| (0.0..=1.0).contains(fraction));
        fraction.map(Self).ok_or_else(|| FractionError(text.to_owned()))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ten digits hide what dividing by 100 has left behind.
        let percent = format!("{:.10}", self.0 * 100.0);
        write!(f, "{}%", percent.trim_end_matches('0').trim_end_matches('.'))
    }
}
