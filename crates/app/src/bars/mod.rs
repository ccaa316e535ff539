//! Pages of bars: of one version, either way through time, as they are or as longer bars.

mod grid;
mod longer;

use domain::{
    error::{EntityRef, StoreError},
    id::SeriesId,
    market::{
        AsOf, BarFrame, BarsQuery, Column, ColumnSet, Order, SeriesKey, TimeRange, Timeframe, Timestamp,
        Version,
    },
};
use futures::TryStreamExt;

pub use self::grid::{Misplaced, misplaced};
use crate::{resample::ResampledReadError, stores::Stores};

/// One state of one series, which never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The identity of the series, which a purge ends.
    pub series: SeriesId,
    /// The version; 0 is the empty state before the first commit.
    pub version: Version,
}

/// Finds the state that `as_of` means at this moment.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such series or version.
pub async fn state(stores: &Stores, key: &SeriesKey, as_of: AsOf) -> Result<State, StoreError> {
    let head = stores.prices.head(key).await?;
    let head = head.ok_or_else(|| StoreError::NotFound(EntityRef::Series(key.clone())))?;
    let version = match as_of {
        AsOf::Head => head.version,
        AsOf::Version(version) if version > head.version => {
            return Err(StoreError::NotFound(EntityRef::Version(key.clone(), version)));
        }
        AsOf::Version(version) => version,
        AsOf::Time(_) => {
            let commit = stores.prices.commit_at(key, as_of).await?;
            commit.map_or(Version::EMPTY, |commit| commit.version)
        }
    };
    Ok(State {
        series: head.id,
        version,
    })
}

/// Asks for a page of bars.
#[derive(Debug, Clone)]
pub struct BarsPageQuery {
    /// Of which series.
    pub key: SeriesKey,
    /// Of which version.
    pub version: Version,
    /// Bars that open in this range.
    pub range: TimeRange,
    /// Which columns.
    pub columns: ColumnSet,
    /// As bars of this longer timeframe.
    pub resample: Option<Timeframe>,
    /// Oldest or newest first.
    pub order: Order,
    /// At most how many bars.
    pub limit: usize,
}

/// A page of bars.
#[derive(Debug, Clone, Default)]
pub struct BarsPage {
    /// The bars, in the order that was asked for.
    pub frame: BarFrame,
    /// Of each bar whether it is complete, where longer bars were asked for.
    pub complete: Option<Vec<bool>>,
    /// Whether the range holds more bars behind these.
    pub more: bool,
}

impl BarsPage {
    /// Returns the range that the next page reads, when there is one.
    pub fn rest(&self, range: &TimeRange, order: Order) -> Option<TimeRange> {
        let last = self.frame.time.last().filter(|_| self.more)?;
        Some(match order {
            Order::Ascending => TimeRange::new(Some(Timestamp::saturating(last + 1)), range.end),
            Order::Descending => TimeRange::new(range.start, Some(Timestamp::saturating(*last))),
        })
    }

    fn cut(&mut self, limit: usize) {
        self.more = self.frame.len() > limit;
        self.frame.time.truncate(limit);
        for values in self.frame.columns.iter_mut().flatten() {
            values.truncate(limit);
        }
        if let Some(complete) = &mut self.complete {
            complete.truncate(limit);
        }
    }
}

/// Reads a page.
///
/// # Errors
/// [`ResampledReadError::Frames`] when the longer timeframe is not made of whole bars of the series;
/// [`ResampledReadError::Store`] as [`domain::market::PriceStore::bars`] fails.
pub async fn page(stores: &Stores, query: BarsPageQuery) -> Result<BarsPage, ResampledReadError> {
    if let Some(target) = query.resample {
        return longer::page(stores, query, target).await;
    }
    let limit = query.limit;
    let mut frames = stores.prices.bars(BarsQuery {
        key: query.key,
        as_of: AsOf::Version(query.version),
        range: query.range,
        columns: query.columns,
        // One bar more tells whether there is another page.
        limit: Some(limit as u64 + 1),
        order: query.order,
    });
    let mut page = BarsPage {
        frame: empty(query.columns),
        ..BarsPage::default()
    };
    while let Some(frame) = frames.try_next().await? {
        append(&mut page.frame, frame);
    }
    page.cut(limit);
    Ok(page)
}

fn empty(columns: ColumnSet) -> BarFrame {
    let column = |column| columns.contains(column).then(Vec::new);
    BarFrame {
        time: Vec::new(),
        columns: Column::ALL.map(column),
    }
}

fn append(whole: &mut BarFrame, next: BarFrame) {
    if whole.is_empty() {
        *whole = next;
        return;
    }
    whole.time.extend(next.time);
    for (values, more) in whole.columns.iter_mut().zip(next.columns) {
        if let (Some(values), Some(more)) = (values, more) {
            values.extend(more);
        }
    }
}

#[cfg(test)]
mod tests;
