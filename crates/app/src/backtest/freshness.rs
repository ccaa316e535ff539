//! Whether the data of a backtest have changed since.

use domain::{
    backtest::{Backtest, BacktestInput, BacktestSettings, Origin},
    error::StoreError,
    market::{Changes, TimeRange, Timestamp, Version},
};
use futures::TryStreamExt;
use serde::Serialize;

use crate::stores::Stores;

/// What has become of an input since it was pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputFreshness {
    /// The series.
    pub series: domain::market::SeriesKey,
    /// The version that was read.
    pub pinned: Version,
    /// The newest version; `None` when the series is no longer there.
    pub newest: Option<Version>,
    /// Whether bars of the backtest's period were inserted, changed or deleted since.
    pub changed: bool,
}

/// Tells of each input whether newer data exist. An input whose pinned version is no longer there counts as changed
/// when its digest is another one now.
///
/// # Errors
/// Those of the store.
pub async fn freshness(stores: &Stores, backtest: &Backtest) -> Result<Vec<InputFreshness>, StoreError> {
    let settings = &backtest.settings;
    let range = match (&backtest.origin, backtest.span) {
        // Its settings name no period: what the tool traded is what its equity reaches over.
        (Origin::Recorded { .. }, Some(span)) => {
            let behind = Timestamp::saturating(span.last.micros().saturating_add(1));
            TimeRange::new(Some(span.first), Some(behind))
        }
        _ => TimeRange::new(settings.start, settings.end),
    };
    within(stores, &backtest.inputs, &range).await
}

/// As [`freshness`], of the inputs of a sweep, whose runs read what `settings` name.
///
/// # Errors
/// Those of the store.
pub async fn input_freshness(
    stores: &Stores,
    pinned: &[BacktestInput],
    settings: &BacktestSettings,
) -> Result<Vec<InputFreshness>, StoreError> {
    within(stores, pinned, &TimeRange::new(settings.start, settings.end)).await
}

async fn within(
    stores: &Stores,
    pinned: &[BacktestInput],
    range: &TimeRange,
) -> Result<Vec<InputFreshness>, StoreError> {
    let mut inputs = Vec::with_capacity(pinned.len());
    for input in pinned {
        let head = stores.prices.head(&input.series).await?;
        let newest = head.as_ref().map(|head| head.version);
        let changed = match head {
            Some(head) if head.digest != input.digest => {
                // A series that was made anew may be at a lower version.
                head.version <= input.version || changed_within(stores, input, head.version, range).await?
            }
            _ => false,
        };
        inputs.push(InputFreshness {
            series: input.series.clone(),
            pinned: input.version,
            newest,
            changed,
        });
    }
    Ok(inputs)
}

async fn changed_within(
    stores: &Stores,
    input: &BacktestInput,
    newest: Version,
    range: &TimeRange,
) -> Result<bool, StoreError> {
    let mut changes = stores.prices.diff(&input.series, input.version, newest);
    let touches = |changes: &Changes| {
        let parts = [&changes.inserted, &changes.after, &changes.deleted];
        parts.into_iter().any(|bars| !bars.index_range(range).is_empty())
    };
    loop {
        match changes.try_next().await {
            Ok(Some(batch)) if touches(&batch) => return Ok(true),
            Ok(Some(_)) => {}
            Ok(None) => return Ok(false),
            Err(StoreError::Gone(_) | StoreError::NotFound(_)) => return Ok(true),
            Err(error) => return Err(error),
        }
    }
}
