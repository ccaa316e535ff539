//! Backtests side by side.

mod settings;
#[cfg(test)]
mod tests;

use domain::{
    backtest::Backtest,
    error::{EntityRef, StoreError},
    id::BacktestId,
};
use engine::{Better, MetricDefinition, metric_definitions};

pub use self::settings::{ComparedSetting, SettingValue};
use super::error::BacktestError;
use crate::stores::Stores;

/// How many backtests can be compared at once.
pub const MAX_COMPARED: usize = 20;

/// Some backtests side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The backtests, in the order that was asked for.
    pub backtests: Vec<Backtest>,
    /// Each figure that at least one of them has.
    pub figures: Vec<ComparedFigure>,
    /// The parameters that are not the same in all of them, with each one's value.
    pub parameters: Vec<(String, Vec<Option<f64>>)>,
    /// What else is not the same in all of them.
    pub settings: Vec<ComparedSetting>,
    /// Whether all of them are known to have read the same bars: series, contents of the version, and the bars of it.
    pub same_data: bool,
}

/// One figure of several backtests.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedFigure {
    /// Its name.
    pub name: &'static str,
    /// Each backtest's value.
    pub values: Vec<Option<f64>>,
    /// The places of the best value; none when fewer than two differ, or no value is better than another one.
    pub best: Vec<usize>,
}

/// Puts backtests side by side.
///
/// # Errors
/// [`BacktestError::Compared`] when there are fewer than two or too many; [`BacktestError::Store`] when one is not there
/// or is not done.
pub async fn compare(stores: &Stores, ids: &[BacktestId]) -> Result<Comparison, BacktestError> {
    if !(2..=MAX_COMPARED).contains(&ids.len()) {
        return Err(BacktestError::Compared(ids.len()));
    }
    let mut backtests = Vec::with_capacity(ids.len());
    for id in ids {
        let found = stores.backtests.backtest(*id).await?;
        let backtest = found.ok_or(StoreError::NotFound(EntityRef::Backtest(*id)))?;
        if backtest.digest.is_none() {
            let reason = format!("it is {}; there is no result to compare", backtest.status);
            return Err(StoreError::conflict(EntityRef::Backtest(*id), reason).into());
        }
        backtests.push(backtest);
    }
    let figures = metric_definitions()
        .map(|definition| compared(definition, &backtests))
        .filter(|figure| figure.values.iter().any(Option::is_some))
        .collect();
    Ok(Comparison {
        figures,
        parameters: differing_parameters(&backtests),
        settings: settings::differing(&backtests),
        same_data: have_same_data(&backtests),
        backtests,
    })
}

fn compared(definition: &MetricDefinition, backtests: &[Backtest]) -> ComparedFigure {
    let value = |backtest: &Backtest| backtest.metrics.value(definition.name);
    let values: Vec<Option<f64>> = backtests.iter().map(value).collect();
    let known = || values.iter().flatten().copied();
    let best = match definition.better {
        Better::Higher => known().max_by(f64::total_cmp),
        Better::Lower => known().min_by(f64::total_cmp),
    };
    let differ = !definition.only_describes() && known().any(|value| Some(value) != best);
    let places = values
        .iter()
        .enumerate()
        .filter(|(_, value)| differ && **value == best);
    ComparedFigure {
        name: definition.name,
        best: places.map(|(place, _)| place).collect(),
        values,
    }
}

fn differing_parameters(backtests: &[Backtest]) -> Vec<(String, Vec<Option<f64>>)> {
    let names: std::collections::BTreeSet<&String> = backtests
        .iter()
        .flat_map(|backtest| backtest.settings.parameters.keys())
        .collect();
    let values = |name: &String| -> Vec<Option<f64>> {
        let value = |backtest: &Backtest| backtest.settings.parameters.get(name).copied();
        backtests.iter().map(value).collect()
    };
    names
        .into_iter()
        .map(|name| (name.clone(), values(name)))
        .filter(|(_, values)| values.iter().any(|value| *value != values[0]))
        .collect()
}

fn have_same_data(backtests: &[Backtest]) -> bool {
    // One that names no series may have read anything.
    let are_named = backtests.iter().all(|backtest| !backtest.inputs.is_empty());
    are_named
        && backtests
            .windows(2)
            .all(|pair| data_of(&pair[0]) == data_of(&pair[1]))
}

/// Returns what a backtest has read. The period that it asked for does not count: other bounds may hold the same bars.
fn data_of(backtest: &Backtest) -> impl PartialEq {
    let inputs = backtest.inputs.iter();
    let contents: Vec<_> = inputs.map(|input| (&input.series, input.digest)).collect();
    let span = backtest.span.map(|span| (span.first, span.last, span.bars));
    (contents, span)
}
