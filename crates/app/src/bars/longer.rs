//! Pages of longer bars.

use domain::market::{AsOf, BarFrame, Order, TimeRange, Timeframe, Timestamp};
use futures::{TryStreamExt, pin_mut};

use super::{BarsPage, BarsPageQuery, append, empty};
use crate::{
    resample::{ResampledQuery, ResampledReadError, resampled, widened},
    stores::Stores,
};

/// Reads a page of bars of `target`.
pub(super) async fn page(
    stores: &Stores,
    query: BarsPageQuery,
    target: Timeframe,
) -> Result<BarsPage, ResampledReadError> {
    match query.order {
        Order::Ascending => {
            let mut page = read(stores, &query, target, query.range, Some(query.limit + 1)).await?;
            page.cut(query.limit);
            Ok(page)
        }
        Order::Descending => newest_first(stores, &query, target).await,
    }
}

/// Longer bars are put together in the order of time. A page of the newest of them reads a stretch at the end of the
/// range, and a longer one as long as it holds too few.
async fn newest_first(
    stores: &Stores,
    query: &BarsPageQuery,
    target: Timeframe,
) -> Result<BarsPage, ResampledReadError> {
    let wanted = query.limit + 1;
    let Some(end) = end_of(stores, query, target).await? else {
        // The timeframes are looked at even where there is nothing to read.
        return read(stores, query, target, query.range, Some(0)).await;
    };
    // Twice the length would do for markets that are open half of the time.
    let mut length = target.nominal_micros().saturating_mul(2 * wanted as i64);
    loop {
        let start = Timestamp::saturating(end.micros().saturating_sub(length));
        let whole = query.range.start.is_some_and(|first| first >= start) || start == Timestamp::MIN;
        let range = TimeRange::new(
            if whole { query.range.start } else { Some(start) },
            query.range.end,
        );
        let mut page = read(stores, query, target, range, None).await?;
        if whole || page.frame.len() >= wanted {
            page.frame = page.frame.reversed();
            if let Some(complete) = &mut page.complete {
                complete.reverse();
            }
            page.cut(query.limit);
            return Ok(page);
        }
        length = length.saturating_mul(8);
    }
}

/// Returns a time behind the last source bar of the range's longer bars; `None` when there is none.
async fn end_of(
    stores: &Stores,
    query: &BarsPageQuery,
    target: Timeframe,
) -> Result<Option<Timestamp>, ResampledReadError> {
    let newest = BarsPageQuery {
        // The parts of a longer bar may lie behind the range that it opens in.
        range: widened(&query.range, target),
        resample: None,
        limit: 1,
        columns: domain::market::ColumnSet::TIME,
        ..query.clone()
    };
    let found = Box::pin(super::page(stores, newest)).await?;
    let last = found
        .frame
        .time
        .first()
        .map(|last| Timestamp::saturating(last + 1));
    Ok(last)
}

async fn read(
    stores: &Stores,
    query: &BarsPageQuery,
    target: Timeframe,
    range: TimeRange,
    limit: Option<usize>,
) -> Result<BarsPage, ResampledReadError> {
    let longer = ResampledQuery {
        key: query.key.clone(),
        as_of: AsOf::Version(query.version),
        target,
        range,
    };
    let batches = resampled(stores, longer).await?;
    pin_mut!(batches);
    let mut page = BarsPage {
        frame: empty(query.columns),
        complete: Some(Vec::new()),
        more: false,
    };
    while limit.is_none_or(|limit| page.frame.len() < limit)
        && let Some(batch) = batches.try_next().await?
    {
        append(&mut page.frame, BarFrame::of(batch.bars, query.columns));
        page.complete.get_or_insert_default().extend(batch.complete);
    }
    Ok(page)
}
