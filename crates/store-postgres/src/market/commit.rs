//! Writes: upsert, replacement and deletion.

use std::sync::Arc;

use chunks::{Deed, Rules, check_expected, check_repeated, gather, plan};
use domain::{
    error::StoreError,
    market::{PriceWrite, SeriesKey, Version, Written},
};

use super::{
    access::Incoming,
    chunk::{CHUNK_BARS, chunks_around},
    commits,
    daily::{Days, is_rolled_up},
    found::Found,
    prepare::{Decide, Decision, Work},
    publish::{Publication, publish},
    staged::Staging,
};
use crate::{
    database::{Fault, Lane},
    store::Shared,
};

struct BarWrite {
    deed: Deed,
    incoming: Incoming,
    expected: Option<Version>,
}

/// Writes bars as one commit.
pub(super) async fn commit(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    write: PriceWrite<'_>,
) -> Result<Written, StoreError> {
    let mut lease = shared.database.lease(Lane::Requests).await?;
    let found = Found::look(&mut lease, key).await.map_err(StoreError::from)?;
    drop(lease);
    if write.idempotency_key.is_none() {
        // What is bound to fail shall do so before its bars are read.
        check_expected(key, write.expected, found.version())?;
    }
    let staging = Staging::new(shared, key.timeframe, &found.zone);
    let rules = Rules::of(write.kind, found.allows_nonpositive);
    let pieces = gather(
        CHUNK_BARS,
        side_by_side(),
        write.bars,
        rules,
        staging.stage_aside(),
    )
    .await?;
    let incoming = Incoming::of(write.kind, pieces);
    let is_small = incoming.is_small();
    let decide = BarWrite {
        deed: Deed::of(write.kind, &incoming, write.meta, write.idempotency_key),
        incoming,
        expected: write.expected,
    };
    publish(Publication {
        shared: shared.clone(),
        key: key.clone(),
        staging,
        is_small,
        decide: Arc::new(decide),
        found: is_small.then_some(found),
    })
    .await
}

/// Returns how many chunks are encoded or decoded at once while more come in.
pub(super) fn side_by_side() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get) + 1
}

/// Returns the times whose chunks a write may have to look at: where bars come or go, and the days around, which are
/// rolled up again.
pub(super) fn reach_of(found: &Found, incoming: &Incoming) -> Option<(i64, i64)> {
    let span = incoming.span()?;
    if !is_rolled_up(found.key.timeframe) {
        return Some(span);
    }
    let day = |time: i64| time.div_euclid(86_400_000_000);
    let days = Days::of([(day(span.0), day(span.1))]).span()?;
    Some((days.0.min(span.0), days.1.max(span.1)))
}

/// Plans what comes in, with the chunks that it touches, and makes the commit ready.
pub(super) fn merge(
    work: &Work<'_>,
    incoming: &Incoming,
    deed: &Deed,
    replayed: Option<&domain::market::Commit>,
) -> Result<Decision, Fault> {
    let live = match (work.series(), reach_of(work.found, incoming)) {
        (Some(series), Some(reach)) => {
            let mut lease = work.lease()?;
            let live = chunks_around(&mut lease, series, work.found.version(), reach);
            match work.handle.block_on(live)? {
                Some(live) => live,
                // With chunks of a later version, a write would be taken for one that changes nothing.
                None => return Ok(Decision::Again),
            }
        }
        _ => Vec::new(),
    };
    let plan = plan(&work.access(), &live, incoming)?;
    if plan.tally.is_unchanged() {
        return Ok(Decision::Unchanged);
    }
    let ready = work.ready(&live, plan, incoming, deed, replayed)?;
    Ok(Decision::Commit(Box::new(ready)))
}

impl Decide for BarWrite {
    fn decide(&self, work: &Work<'_>) -> Result<Decision, Fault> {
        let key = &work.found.key;
        if let (Some(idempotency_key), Some(series)) = (&self.deed.idempotency_key, work.series()) {
            let made = commits::under_key(&work.shared.database, series, idempotency_key);
            if let Some(made) = work.handle.block_on(made)? {
                check_repeated(key, idempotency_key, self.deed.payload, &made)?;
                return Ok(Decision::Repeat(Box::new(made)));
            }
        }
        check_expected(key, self.expected, work.found.version())?;
        merge(work, &self.incoming, &self.deed, None)
    }
}
