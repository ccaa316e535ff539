//! What is read: bars, differences, commits and gaps.

use futures::stream::BoxStream;

use super::Order;
use crate::{
    error::StoreError,
    market::{AsOf, BarFrame, Changes, ColumnSet, SeriesKey, TimeRange, Timestamp, Version},
    page::PageRequest,
};

/// Bars that were read, in the order that the query asked for.
pub type FrameStream<'a> = BoxStream<'a, Result<BarFrame, StoreError>>;
/// Differences between two versions, ascending; the batches cover stretches of time that do not overlap.
pub type ChangeStream<'a> = BoxStream<'a, Result<Changes, StoreError>>;

/// Asks for bars.
#[derive(Debug, Clone)]
pub struct BarsQuery {
    /// Of which series.
    pub key: SeriesKey,
    /// In which state.
    pub as_of: AsOf,
    /// From when to when.
    pub range: TimeRange,
    /// Which columns.
    pub columns: ColumnSet,
    /// At most how many bars, counted in the order of the read.
    pub limit: Option<u64>,
    /// Oldest or newest first.
    pub order: Order,
}

impl BarsQuery {
    /// Asks for all columns of all bars of the newest version, oldest first.
    pub fn all(key: SeriesKey) -> Self {
        Self {
            key,
            as_of: AsOf::Head,
            range: TimeRange::ALL,
            columns: ColumnSet::ALL,
            limit: None,
            order: Order::Ascending,
        }
    }
}

/// Asks for a page of commits.
#[derive(Debug, Clone)]
pub struct CommitsQuery {
    /// Of which series.
    pub key: SeriesKey,
    /// The page.
    pub page: PageRequest<Version>,
}

/// Asks for a page of gaps.
#[derive(Debug, Clone)]
pub struct GapsQuery {
    /// Of which series.
    pub key: SeriesKey,
    /// The gaps that begin in this range.
    pub range: TimeRange,
    /// The page; positions are the first missing times.
    pub page: PageRequest<Timestamp>,
}
