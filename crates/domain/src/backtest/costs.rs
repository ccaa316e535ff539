//! What trading costs.

use serde::{Deserialize, Serialize};

/// The costs of each fill: an entry and an exit both pay them. The default is free.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// Commission in basis points (1/10,000) of the value filled.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub commission_bps: f64,
    /// Commission per fill, in the account's currency.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub commission_per_trade: f64,
    /// Slippage in basis points of the price, against the trader.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slippage_bps: f64,
}

/// A cost lies out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` must be {range}")]
pub struct CostsError {
    /// The key of the cost.
    pub key: &'static str,
    /// What it may be.
    pub range: &'static str,
}

impl Costs {
    /// Tells whether trading costs nothing.
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that every cost is a number of zero or above, and that neither rate takes the whole value.
    ///
    /// # Errors
    /// [`CostsError`] naming the first cost that lies out of range.
    pub fn check(&self) -> Result<(), CostsError> {
        let rates = [
            ("commission_bps", self.commission_bps),
            ("slippage_bps", self.slippage_bps),
        ];
        for (key, rate) in rates {
            if !(0.0..10_000.0).contains(&rate) {
                let range = "at least 0 and below 10000";
                return Err(CostsError { key, range });
            }
        }
        if self.commission_per_trade.is_finite() && self.commission_per_trade >= 0.0 {
            Ok(())
        } else {
            Err(CostsError {
                key: "commission_per_trade",
                range: "at least 0",
            })
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_numbers_of_zero_and_above() {
        assert!(Costs::default().check().is_ok());
        for number in [-1.0, f64::NAN, f64::INFINITY, 10_000.0] {
            let costs = Costs {
                slippage_bps: number,
                ..Costs::default()
            };
            assert_eq!(costs.check().unwrap_err().key, "slippage_bps", "{number}");
        }
    }
}
