//! What backtests and sweeps refer to, and what holds a series.

use domain::{
    backtest::{Backtest, BacktestInput, StrategyRef, Sweep},
    error::StoreError,
    market::SeriesKey,
};

use super::index::with_index;
use crate::{market, store::Shared, strategy};

fn check(shared: &Shared, of: Option<&StrategyRef>, inputs: &[BacktestInput]) -> Result<(), StoreError> {
    if let Some(of) = of {
        let version = strategy::read(shared, &of.name, of.version)?;
        let version = version.ok_or_else(|| StoreError::NotFound(of.entity()))?;
        of.check_contents(&version.digest)?;
    }
    inputs
        .iter()
        .try_for_each(|input| market::check_version(shared, input))
}

/// Checks that what a backtest refers to is there.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] when an input has other contents than those that are pinned.
pub(crate) fn check_backtest(shared: &Shared, backtest: &Backtest) -> Result<(), StoreError> {
    check(shared, backtest.strategy.as_ref(), &backtest.inputs)
}

/// Checks that what a sweep refers to is there.
///
/// # Errors
/// As [`check_backtest`].
pub(crate) fn check_sweep(shared: &Shared, sweep: &Sweep) -> Result<(), StoreError> {
    check(shared, Some(&sweep.strategy), &sweep.inputs)
}

/// Checks that nothing holds a series.
///
/// # Errors
/// [`StoreError::Conflict`] naming one that does, or one that may because it can't be read.
pub(crate) fn check_purge(shared: &Shared, key: &SeriesKey) -> Result<(), StoreError> {
    let held = |inputs: &[BacktestInput]| inputs.iter().find(|input| input.series == *key).cloned();
    with_index(shared, |index| {
        let holder = index.backtests().find_map(|entry| {
            let backtest = &entry.backtest;
            let input = held(&backtest.inputs)?;
            Some(input.pinned_by(&backtest.entity()))
        });
        if let Some(error) = holder {
            return Err(error);
        }
        for sweep in index.sweep_heads(shared, None, usize::MAX)? {
            if let Some(input) = held(&sweep.inputs) {
                return Err(input.pinned_by(&sweep.entity()));
            }
        }
        index.damages().check_purge(key)
    })?
}
