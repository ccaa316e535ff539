//! What backtests and sweeps refer to, and what holds a series.

use domain::{
    backtest::{Backtest, BacktestInput, StrategyRef, Sweep},
    error::StoreError,
    market::SeriesKey,
};

use super::{find_sweep, index::with_index};
use crate::{market, store::Shared, strategy};

fn check(shared: &Shared, of: Option<&StrategyRef>, inputs: &[BacktestInput]) -> Result<(), StoreError> {
    if let Some(of) = of {
        let version = strategy::read(shared, &of.name, of.version)?;
        version.ok_or_else(|| StoreError::NotFound(of.entity()))?;
    }
    inputs
        .iter()
        .try_for_each(|input| market::check_version(shared, input))
}

/// Checks that what a backtest refers to is there.
///
/// # Errors
/// [`StoreError::NotFound`].
pub(crate) fn check_backtest(shared: &Shared, backtest: &Backtest) -> Result<(), StoreError> {
    check(shared, backtest.strategy.as_ref(), &backtest.inputs)
}

/// Checks that what a sweep refers to is there.
///
/// # Errors
/// [`StoreError::NotFound`].
pub(crate) fn check_sweep(shared: &Shared, sweep: &Sweep) -> Result<(), StoreError> {
    check(shared, Some(&sweep.strategy), &sweep.inputs)
}

/// Checks that nothing holds a series.
///
/// # Errors
/// [`StoreError::Conflict`] naming one that does.
pub(crate) fn check_purge(shared: &Shared, key: &SeriesKey) -> Result<(), StoreError> {
    let held = |inputs: &[BacktestInput]| inputs.iter().find(|input| input.series == *key).cloned();
    let (holder, sweeps) = with_index(shared, |index| {
        let holder = index.backtests().find_map(|entry| {
            let backtest = &entry.backtest;
            held(&backtest.inputs).map(|input| input.pinned_by(&backtest.entity()))
        });
        (holder, index.sweeps().collect::<Vec<_>>())
    })?;
    if let Some(error) = holder {
        return Err(error);
    }
    for id in sweeps {
        if let Some(sweep) = find_sweep(shared, id)?
            && let Some(input) = held(&sweep.inputs)
        {
            return Err(input.pinned_by(&sweep.entity()));
        }
    }
    Ok(())
}
