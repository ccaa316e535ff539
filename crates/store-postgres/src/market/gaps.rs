//! Listing gaps by the runs that are kept with each chunk.

use std::sync::Arc;

use domain::{
    market::{Gap, GapsQuery, Timestamp, TradingCalendar},
    page::Page,
};

use super::{found::Found, runs};
use crate::{
    database::{Fault, Lane},
    store::Shared,
};

/// Lists the gaps of the newest version.
pub(super) async fn gaps(shared: &Arc<Shared>, query: &GapsQuery) -> Result<Page<Gap, Timestamp>, Fault> {
    let mut lease = shared.database.lease(Lane::Requests).await?;
    let found = Found::look(&mut lease, &query.key).await?;
    let head = &found.existing()?.head;
    let timeframe = query.key.timeframe;
    let runs = shared
        .runs
        .load(&mut lease, head.id, head.version, timeframe)
        .await?;
    let runs = runs::all(&runs);
    let gaps = TradingCalendar::learn(timeframe, &found.zone, &runs).gaps(&runs);
    let wanted = gaps.into_iter().filter(|gap| {
        query.range.contains(gap.first.micros()) && query.page.after.is_none_or(|after| gap.first > after)
    });
    let limit = query.page.limit;
    Ok(Page::cut(wanted.take(limit.get() + 1).collect(), limit, |gap| {
        gap.first
    }))
}
