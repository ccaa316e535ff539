//! The steps that cases are made of: writes to make, and answers to take apart.

use domain::{
    error::{Cause, StoreError},
    market::{
        AsOf, Author, BarFrame, Bars, BarsQuery, Changes, Commit, CommitsQuery, GapsQuery, Order, PriceStore,
        PriceStoreExt, PriceWrite, Revert, SeriesFilter, SeriesHead, SeriesKey, SeriesQuery, SeriesSort,
        TimeRange, Timestamp, Version, WriteKind, WriteMeta, Written,
    },
    page::PageRequest,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::bars::{MINUTE, MONDAY};

/// More than any case stores, for pages that are to hold everything.
pub(crate) const EVERYTHING: usize = 100_000;

/// Reads a key.
pub(crate) fn key(text: &str) -> SeriesKey {
    text.parse().expect("the case names a valid key")
}

/// The author of whatever is written.
pub(crate) fn author() -> Author {
    "local:ada".parse().expect("a valid author")
}

/// The time `micros` µs after the epoch.
pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).expect("the case names a time that is kept")
}

/// The minutes from `start` to `end` (outside), counted from the Monday that generated bars begin on.
pub(crate) fn span(start: i64, end: i64) -> TimeRange {
    TimeRange::new(Some(at(MONDAY + start * MINUTE)), Some(at(MONDAY + end * MINUTE)))
}

/// A write of bars that are in memory, as one batch.
pub(crate) fn write<'a>(kind: WriteKind, bars: &Bars) -> PriceWrite<'a> {
    batched(kind, vec![bars.clone()])
}

/// A write of bars that come in batches.
pub(crate) fn batched<'a>(kind: WriteKind, batches: Vec<Bars>) -> PriceWrite<'a> {
    PriceWrite::new(
        kind,
        stream::iter(batches.into_iter().map(Ok)).boxed(),
        WriteMeta::by(author()),
    )
}

/// A write of which the input fails behind the given batches.
pub(crate) fn failing<'a>(batches: Vec<Bars>) -> PriceWrite<'a> {
    let broken = Err(StoreError::Input(Cause::from(
        "the file ends in the middle of a row",
    )));
    let items = batches.into_iter().map(Ok).chain([broken]);
    PriceWrite::new(
        WriteKind::Upsert,
        stream::iter(items).boxed(),
        WriteMeta::by(author()),
    )
}

/// An upsert of bars that are in memory.
pub(crate) fn upsert<'a>(bars: &Bars) -> PriceWrite<'a> {
    write(WriteKind::Upsert, bars)
}

/// A replacement of a range.
pub(crate) fn replace<'a>(range: TimeRange, bars: &Bars) -> PriceWrite<'a> {
    write(WriteKind::ReplaceRange(range), bars)
}

/// A deletion of a range.
pub(crate) fn delete<'a>(range: TimeRange) -> PriceWrite<'a> {
    batched(WriteKind::DeleteRange(range), Vec::new())
}

/// Makes a write expect a version.
pub(crate) fn expecting(write: PriceWrite<'_>, version: u64) -> PriceWrite<'_> {
    PriceWrite {
        expected: Some(Version(version)),
        ..write
    }
}

/// Puts a write under an idempotency key.
pub(crate) fn under<'a>(write: PriceWrite<'a>, key: &str) -> PriceWrite<'a> {
    PriceWrite {
        idempotency_key: Some(key.to_owned()),
        ..write
    }
}

/// Writes, and expects a version to come of it.
pub(crate) async fn commit(prices: &dyn PriceStore, key: &SeriesKey, write: PriceWrite<'_>) -> Commit {
    match prices.commit(key, write).await {
        Ok(Written::Committed(commit)) => commit,
        other => panic!("a commit was expected, not {other:?}"),
    }
}

/// Writes, and expects to be refused.
pub(crate) async fn refusal(prices: &dyn PriceStore, key: &SeriesKey, write: PriceWrite<'_>) -> StoreError {
    match prices.commit(key, write).await {
        Err(error) => error,
        Ok(written) => panic!("a refusal was expected, not {written:?}"),
    }
}

/// Asks for a revert to a version, whatever the head is.
pub(crate) fn revert_to(version: u64) -> Revert {
    Revert {
        to: Version(version),
        expected: None,
        meta: WriteMeta::by(author()),
    }
}

/// Returns the head of a series that exists.
pub(crate) async fn head(prices: &dyn PriceStore, key: &SeriesKey) -> SeriesHead {
    prices
        .head(key)
        .await
        .expect("the head can be read")
        .expect("the series exists")
}

/// Reads all bars of the newest version.
pub(crate) async fn read(prices: &dyn PriceStore, key: &SeriesKey) -> Bars {
    prices
        .read_all(BarsQuery::all(key.clone()))
        .await
        .expect("the bars can be read")
}

/// Reads all bars of a version.
pub(crate) async fn read_version(prices: &dyn PriceStore, key: &SeriesKey, version: u64) -> Bars {
    let query = BarsQuery {
        as_of: AsOf::Version(Version(version)),
        ..BarsQuery::all(key.clone())
    };
    prices.read_all(query).await.expect("the version can be read")
}

/// Reads what a query asks for as one frame; its batches must follow each other in the order of the query and have
/// the same columns.
pub(crate) async fn frame(prices: &dyn PriceStore, query: BarsQuery) -> Result<BarFrame, StoreError> {
    let (columns, order) = (query.columns, query.order);
    let frames: Vec<BarFrame> = prices.bars(query).try_collect().await?;
    let mut whole = BarFrame::of(Bars::default(), columns);
    for frame in frames {
        whole.time.extend(&frame.time);
        for (into, from) in whole.columns.iter_mut().zip(frame.columns) {
            match (into, from) {
                (Some(into), Some(from)) => {
                    assert_eq!(from.len(), frame.time.len(), "columns are as long as the times");
                    into.extend(from);
                }
                (None, None) => {}
                (into, from) => panic!(
                    "asked for a column: {}, got it: {}",
                    into.is_some(),
                    from.is_some()
                ),
            }
        }
    }
    let ordered = match order {
        Order::Ascending => whole.time.is_sorted_by(|a, b| a < b),
        Order::Descending => whole.time.is_sorted_by(|a, b| a > b),
    };
    assert!(ordered, "times run {order:?} across batches");
    Ok(whole)
}

/// Returns the first item of a stream of a read, which must be an error.
pub(crate) async fn first_error(prices: &dyn PriceStore, query: BarsQuery) -> StoreError {
    match prices.bars(query).next().await {
        Some(Err(error)) => error,
        other => panic!("the first item should be an error, not {other:?}"),
    }
}

/// Returns the first pages of commits, the newest first, up to everything.
pub(crate) async fn commits(prices: &dyn PriceStore, key: &SeriesKey) -> Vec<Commit> {
    let query = CommitsQuery {
        key: key.clone(),
        page: PageRequest::first(EVERYTHING),
    };
    let page = prices.commits(query).await.expect("the commits can be listed");
    assert_eq!(page.next, None, "everything fits on one page");
    page.items
}

/// Asks for all gaps.
pub(crate) fn all_gaps(key: &SeriesKey) -> GapsQuery {
    GapsQuery {
        key: key.clone(),
        range: TimeRange::ALL,
        page: PageRequest::first(EVERYTHING),
    }
}

/// Asks for the whole catalogue, by key.
pub(crate) fn all_series() -> SeriesQuery {
    SeriesQuery {
        filter: SeriesFilter::default(),
        sort: SeriesSort::Key,
        order: Order::Ascending,
        page: PageRequest::first(EVERYTHING),
    }
}

/// Reads a difference as one; its batches must cover stretches of time that follow each other.
pub(crate) async fn difference(
    prices: &dyn PriceStore,
    key: &SeriesKey,
    from: u64,
    to: u64,
) -> Result<Changes, StoreError> {
    let pieces: Vec<Changes> = prices.diff(key, Version(from), Version(to)).try_collect().await?;
    let mut whole = Changes::default();
    let mut end = i64::MIN;
    for piece in pieces {
        let columns = [&piece.inserted, &piece.before, &piece.deleted];
        let first = columns.iter().filter_map(|bars| bars.first_time()).min();
        let last = columns.iter().filter_map(|bars| bars.last_time()).max();
        assert!(
            first.is_none_or(|first| first > end),
            "batches of changes follow each other in time"
        );
        end = last.unwrap_or(end);
        assert_eq!(
            piece.before.time(),
            piece.after.time(),
            "each changed bar has two values"
        );
        whole
            .inserted
            .append(&piece.inserted)
            .expect("inserted bars ascend");
        whole.before.append(&piece.before).expect("changed bars ascend");
        whole.after.append(&piece.after).expect("changed bars ascend");
        whole.deleted.append(&piece.deleted).expect("deleted bars ascend");
    }
    Ok(whole)
}

/// Fails unless an answer is an error of the variant that is named.
macro_rules! assert_error {
    ($answer:expr, $variant:ident) => {
        match $answer {
            domain::error::StoreError::$variant { .. } => {}
            other => panic!("expected {}, got {other:?}", stringify!($variant)),
        }
    };
}
pub(crate) use assert_error;
