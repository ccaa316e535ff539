//! Whether the data of a backtest have changed since.

use domain::{
    backtest::{Backtest, BacktestInput, BacktestSettings, Origin},
    error::StoreError,
    market::{Changes, SeriesHead, TimeRange, Timestamp, Version},
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

/// What has become of the data that a run has read, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataState {
    /// The newest version is the one that was read, or a series that was made anew has the same bars.
    Unchanged,
    /// There are newer versions, in which no bar of the run's period is another one.
    NewerElsewhere,
    /// Bars of the period were inserted, changed or deleted since.
    Changed,
    /// The series is no longer there.
    Gone,
}

impl InputFreshness {
    /// Tells in one word what has become of the input.
    pub fn state(&self) -> DataState {
        match self.newest {
            None => DataState::Gone,
            Some(_) if self.changed => DataState::Changed,
            Some(newest) if newest > self.pinned => DataState::NewerElsewhere,
            Some(_) => DataState::Unchanged,
        }
    }
}

/// The newest version of each input of a run.
#[derive(Debug)]
pub struct NewestInputs<'a> {
    inputs: Vec<(&'a BacktestInput, Option<SeriesHead>)>,
}

/// Tells of each input whether newer data exist. An input whose pinned version is no longer there counts as changed
/// when its digest is another one now.
///
/// # Errors
/// Those of the store.
pub async fn freshness(stores: &Stores, backtest: &Backtest) -> Result<Vec<InputFreshness>, StoreError> {
    let newest = NewestInputs::look(stores, &backtest.inputs).await?;
    newest.freshness(stores, &period_of(backtest)).await
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
    let period = TimeRange::new(settings.start, settings.end);
    NewestInputs::look(stores, pinned)
        .await?
        .freshness(stores, &period)
        .await
}

/// Returns the period that a backtest read.
pub fn period_of(backtest: &Backtest) -> TimeRange {
    match (&backtest.origin, backtest.span) {
        // Its settings name no period: what the tool traded is what its equity reaches over.
        (Origin::Recorded { .. }, Some(span)) => {
            let behind = Timestamp::saturating(span.last.micros().saturating_add(1));
            TimeRange::new(Some(span.first), Some(behind))
        }
        _ => TimeRange::new(backtest.settings.start, backtest.settings.end),
    }
}

impl<'a> NewestInputs<'a> {
    /// Looks at the newest versions alone, which is quick.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn look(stores: &Stores, pinned: &'a [BacktestInput]) -> Result<Self, StoreError> {
        let mut inputs = Vec::with_capacity(pinned.len());
        for input in pinned {
            inputs.push((input, stores.prices.head(&input.series).await?));
        }
        Ok(Self { inputs })
    }

    /// Tells whether an input has other contents than were pinned: what changed is then to be read.
    pub fn differ(&self) -> bool {
        let mut inputs = self.inputs.iter();
        inputs.any(|(input, head)| differing(input, head.as_ref()).is_some())
    }

    /// Tells of each input whether newer data of `period` exist, as [`freshness`] does.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn freshness(
        self,
        stores: &Stores,
        period: &TimeRange,
    ) -> Result<Vec<InputFreshness>, StoreError> {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for (input, head) in self.inputs {
            let changed = match differing(input, head.as_ref()) {
                // A series that was made anew may be at a lower version.
                Some(newest) => {
                    newest <= input.version || changed_within(stores, input, newest, period).await?
                }
                None => false,
            };
            inputs.push(InputFreshness {
                series: input.series.clone(),
                pinned: input.version,
                newest: head.map(|head| head.version),
                changed,
            });
        }
        Ok(inputs)
    }
}

/// Returns the newest version of an input if it has other contents than the pinned one.
fn differing(input: &BacktestInput, head: Option<&SeriesHead>) -> Option<Version> {
    let other = head.filter(|head| head.digest != input.digest);
    other.map(|head| head.version)
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
