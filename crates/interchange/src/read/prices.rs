//! How prices are written, beyond the style of their numbers.

use super::{columns::ColumnPlan, sniff::Beginning};

/// The least digits of an integer that can stand for a price in small units; prices themselves are shorter.
const SCALED_DIGITS: usize = 7;

/// How the prices of a dialect are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum PriceForm {
    /// As numbers.
    Plain,
    /// As numbers, mostly with a `$` in front.
    Dollars,
    /// As numbers, or all of a file's as integers that count so many to the unit.
    PlainOrScaled(f64),
}

/// How the prices of one file are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PriceReading {
    dollars: bool,
    divisor: Option<f64>,
    /// Whether a price with a point would be in another unit than the others.
    integers: bool,
}

impl PriceForm {
    /// Finds how the prices of a file are read; its first row decides whether they are scaled. What `path` says they
    /// are divided by holds for every dialect.
    pub(super) fn of_file(self, plan: &ColumnPlan, beginning: &Beginning, path: Option<f64>) -> PriceReading {
        let scale = match self {
            Self::PlainOrScaled(scale) if holds_integers(plan, beginning) => Some(scale),
            _ => None,
        };
        PriceReading {
            dollars: self == Self::Dollars,
            divisor: path.or(scale),
            integers: scale.is_some(),
        }
    }
}

fn holds_integers(plan: &ColumnPlan, beginning: &Beginning) -> bool {
    let Some(row) = beginning.rows.first() else {
        return false;
    };
    let mut prices = plan.groups.iter().flat_map(|group| group.prices);
    prices.all(|at| {
        let digits = row.get(at).map_or(&b""[..], |field| field.trim_ascii());
        let digits = digits.strip_prefix(b"-").unwrap_or(digits);
        digits.len() >= SCALED_DIGITS && digits.iter().all(u8::is_ascii_digit)
    })
}

impl PriceReading {
    /// Returns the number that a field holds, without the sign of the currency.
    #[inline]
    pub(super) fn number_of<'a>(&self, field: &'a [u8]) -> &'a [u8] {
        if !self.dollars {
            return field;
        }
        let text = field.trim_ascii();
        text.strip_prefix(b"$").unwrap_or(text)
    }

    /// Returns the price that a number stands for.
    ///
    /// # Errors
    /// Says why the number, written as `field`, is in another unit than the file's prices.
    #[inline]
    pub(super) fn value(&self, number: f64, field: &[u8]) -> Result<f64, String> {
        let Some(divisor) = self.divisor else {
            return Ok(number);
        };
        let is_integer = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
        if self.integers && !field.trim_ascii().iter().all(is_integer) {
            let shown = String::from_utf8_lossy(field);
            return Err(format!(
                "`{shown}` is no integer, but the prices of this file are integers that count {divisor} to the unit"
            ));
        }
        Ok(number / divisor)
    }
}
