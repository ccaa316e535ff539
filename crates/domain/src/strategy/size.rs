//! How much a strategy buys or sells short.

use serde::{Deserialize, Serialize};

/// What the size of a position is measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SizeBasis {
    /// A fraction of the equity at the moment of the fill, above 0 and at most 1; the entry's costs fit into it.
    Fraction(f64),
    /// An amount of the account's currency, above 0; the entry's costs fit into it.
    Cash(f64),
    /// A number of units of the instrument, above 0.
    Units(f64),
}

/// The size of each position. The cash at hand always bounds it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SizeKeys", into = "SizeKeys")]
pub struct Size {
    basis: SizeBasis,
    whole_units: bool,
}

/// A size contradicts itself or lies out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// More than one basis was given.
    #[error("a size has one of `fraction`, `cash` and `units`")]
    NotOneBasis,
    /// The fraction lies out of range.
    #[error("`fraction` must be above 0 and at most 1")]
    Fraction,
    /// The amount of cash is not a positive number.
    #[error("`cash` must be above 0")]
    Cash,
    /// The number of units is not a positive number, or not whole where `whole_units` asks for it.
    #[error("`units` must be above 0, and whole with `whole_units`")]
    Units,
}

impl Size {
    /// Checks a size.
    ///
    /// # Errors
    /// [`SizeError`] when the number lies out of range.
    pub fn new(basis: SizeBasis, whole_units: bool) -> Result<Self, SizeError> {
        let positive = |number: f64| number.is_finite() && number > 0.0;
        match basis {
            SizeBasis::Fraction(fraction) if !(positive(fraction) && fraction <= 1.0) => {
                Err(SizeError::Fraction)
            }
            SizeBasis::Cash(cash) if !positive(cash) => Err(SizeError::Cash),
            SizeBasis::Units(units) if !positive(units) || (whole_units && units.fract() != 0.0) => {
                Err(SizeError::Units)
            }
            _ => Ok(Self { basis, whole_units }),
        }
    }

    /// Chooses the basis among the three keys of a document; none of them is the whole equity.
    ///
    /// # Errors
    /// [`SizeError`] when more than one is given, or a number lies out of range.
    pub fn from_keys(
        fraction: Option<f64>,
        cash: Option<f64>,
        units: Option<f64>,
        whole_units: bool,
    ) -> Result<Self, SizeError> {
        let basis = match (fraction, cash, units) {
            (None, None, None) => SizeBasis::Fraction(1.0),
            (Some(fraction), None, None) => SizeBasis::Fraction(fraction),
            (None, Some(cash), None) => SizeBasis::Cash(cash),
            (None, None, Some(units)) => SizeBasis::Units(units),
            _ => return Err(SizeError::NotOneBasis),
        };
        Self::new(basis, whole_units)
    }

    /// Returns what the size is measured by.
    pub fn basis(&self) -> SizeBasis {
        self.basis
    }

    /// Tells whether a position has whole units alone; a fractional rest is cut off.
    pub fn whole_units(&self) -> bool {
        self.whole_units
    }

    /// Tells whether this is the size of a document that names none: the whole equity.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The whole equity, in fractional units.
impl Default for Size {
    fn default() -> Self {
        Self {
            basis: SizeBasis::Fraction(1.0),
            whole_units: false,
        }
    }
}

/// The keys of `[size]`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SizeKeys {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fraction: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cash: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    units: Option<f64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    whole_units: bool,
}

impl TryFrom<SizeKeys> for Size {
    type Error = SizeError;

    fn try_from(keys: SizeKeys) -> Result<Self, SizeError> {
        Self::from_keys(keys.fraction, keys.cash, keys.units, keys.whole_units)
    }
}

impl From<Size> for SizeKeys {
    fn from(size: Size) -> Self {
        let mut keys = Self {
            fraction: None,
            cash: None,
            units: None,
            whole_units: size.whole_units,
        };
        match size.basis {
            SizeBasis::Fraction(fraction) => keys.fraction = Some(fraction),
            SizeBasis::Cash(cash) => keys.cash = Some(cash),
            SizeBasis::Units(units) => keys.units = Some(units),
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_one_basis_within_its_range() {
        assert_eq!(Size::from_keys(None, None, None, false).unwrap(), Size::default());
        assert_eq!(
            Size::from_keys(Some(0.5), Some(1.0), None, false),
            Err(SizeError::NotOneBasis)
        );
        assert_eq!(
            Size::from_keys(Some(1.5), None, None, false),
            Err(SizeError::Fraction)
        );
        assert_eq!(
            Size::from_keys(None, Some(f64::NAN), None, false),
            Err(SizeError::Cash)
        );
        assert_eq!(
            Size::from_keys(None, None, Some(1.5), true),
            Err(SizeError::Units)
        );
    }

    #[test]
    fn sizes_are_read_and_written_as_their_keys() {
        let text = r#"{"units":10.0,"whole_units":true}"#;
        let size: Size = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&size).unwrap(), text);
        assert!(serde_json::from_str::<Size>(r#"{"unit":10}"#).is_err());
    }
}
