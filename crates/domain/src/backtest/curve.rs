//! The equity curve.

use serde::{Deserialize, Serialize};

use crate::market::Times;

/// The part of an amount that rounding may add to it or take from it: what differs by no more is the same. Buying and
/// selling at one price leaves the cash a last digit off; that is no loss.
pub const ROUNDING: f64 = 1e-12;

/// What an account was worth at each bar's close, costs included.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Columns", into = "Columns")]
pub struct EquityCurve {
    time: Times,
    equity: Vec<f64>,
}

/// Columns do not make an equity curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CurveError {
    /// The columns differ in length.
    #[error("the columns of an equity curve differ in length")]
    Lengths,
    /// The times do not strictly ascend.
    #[error("the times of an equity curve do not strictly ascend")]
    Order,
    /// An equity is not a number.
    #[error("an equity is not a finite number")]
    NotFinite,
}

impl EquityCurve {
    /// Checks and takes columns: `time` in µs since the epoch, UTC, of the bar's open; `equity` in the account's
    /// currency at the bar's close.
    ///
    /// # Errors
    /// [`CurveError`] when lengths differ, times do not strictly ascend or an equity is not finite.
    pub fn new(time: Vec<i64>, equity: Vec<f64>) -> Result<Self, CurveError> {
        if time.len() == equity.len() {
            Self::at(Times::new(time).ok_or(CurveError::Order)?, equity)
        } else {
            Err(CurveError::Lengths)
        }
    }

    /// Checks and takes the equity at times that bars share.
    ///
    /// # Errors
    /// [`CurveError`] when lengths differ or an equity is not finite.
    pub fn at(time: Times, equity: Vec<f64>) -> Result<Self, CurveError> {
        if time.len() != equity.len() {
            Err(CurveError::Lengths)
        } else if !equity.chunks(512).all(all_finite) {
            Err(CurveError::NotFinite)
        } else {
            Ok(Self { time, equity })
        }
    }

    /// Returns how many points there are: one a bar.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Returns the opening times of the bars, µs since the epoch, UTC.
    pub fn time(&self) -> &[i64] {
        &self.time
    }

    /// Returns the equity at each bar's close, in the account's currency.
    pub fn equity(&self) -> &[f64] {
        &self.equity
    }

    /// Returns how far each equity lies below the highest one until then, as a fraction of that: 0 or less; `None`
    /// where that is nothing. `cash`, at the beginning, is the first peak, as in the figure `max_drawdown`; what lies
    /// below a peak by [`ROUNDING`] alone has reached it.
    pub fn drawdowns(&self, cash: f64) -> impl Iterator<Item = Option<f64>> {
        self.equity.iter().scan(cash, |peak, equity| {
            *peak = peak.max(*equity);
            Some((*peak > 0.0).then(|| {
                let below = equity / *peak - 1.0;
                if below < -ROUNDING { below } else { 0.0 }
            }))
        })
    }
}

fn all_finite(values: &[f64]) -> bool {
    values
        .iter()
        .fold(true, |finite, value| finite & value.is_finite())
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    time: Vec<i64>,
    equity: Vec<f64>,
}

impl TryFrom<Columns> for EquityCurve {
    type Error = CurveError;

    fn try_from(columns: Columns) -> Result<Self, CurveError> {
        Self::new(columns.time, columns.equity)
    }
}

impl From<EquityCurve> for Columns {
    fn from(curve: EquityCurve) -> Self {
        Self {
            time: curve.time.into_vec(),
            equity: curve.equity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawdowns_are_measured_from_the_cash_on() {
        let drawdowns = |cash, equity: Vec<f64>| -> Vec<Option<f64>> {
            let time = (0..equity.len() as i64).collect();
            EquityCurve::new(time, equity).unwrap().drawdowns(cash).collect()
        };
        let below = |equity: f64, peak: f64| Some(equity / peak - 1.0);
        assert_eq!(
            drawdowns(10_000.0, vec![9_000.0, 9_500.0, 12_000.0, 9_000.0]),
            [
                below(9_000.0, 10_000.0),
                below(9_500.0, 10_000.0),
                Some(0.0),
                Some(-0.25)
            ]
        );
        assert_eq!(drawdowns(0.0, vec![-5.0, 2.0]), [None, Some(0.0)]);
        let cash = 10_000.05_f64;
        assert_eq!(drawdowns(cash, vec![cash.next_down()]), [Some(0.0)]);
    }

    #[test]
    fn a_curve_has_a_finite_equity_at_each_of_its_ascending_times() {
        assert_eq!(EquityCurve::new(vec![1, 2], vec![1.0, 2.0]).unwrap().len(), 2);
        assert_eq!(EquityCurve::new(vec![1], vec![]), Err(CurveError::Lengths));
        assert_eq!(
            EquityCurve::new(vec![1, 1], vec![1.0, 1.0]),
            Err(CurveError::Order)
        );
        assert_eq!(
            EquityCurve::new(vec![1], vec![f64::NAN]),
            Err(CurveError::NotFinite)
        );
    }
}
