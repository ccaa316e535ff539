//! Writes: upsert, replacement and deletion.

use std::sync::Arc;

use chunks::{Deed, Rules, check_expected, check_repeated, gather, plan};
use domain::{
    error::StoreError,
    market::{PriceWrite, SeriesKey, Version, Written},
};

use super::{
    access::{Incoming, side_by_side, stage_aside},
    instruments,
    publish::{Decide, Decision, Found, Prepared, publish},
};
use crate::{chunk::CHUNK_BARS, journal, store::Shared};

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
    shared.check_writable()?;
    let expected_early = write.expected.filter(|_| write.idempotency_key.is_none());
    let allows_nonpositive = precheck(shared, key, expected_early).await?;
    let rules = Rules::of(write.kind, allows_nonpositive);
    let stage = stage_aside(shared, key.timeframe);
    let pieces = gather(CHUNK_BARS, side_by_side(shared), write.bars, rules, stage).await?;
    let incoming = Incoming::of(write.kind, pieces);
    let small = incoming.is_small();
    let decide = BarWrite {
        deed: Deed::of(write.kind, &incoming, write.meta, write.idempotency_key),
        incoming,
        expected: write.expected,
    };
    publish(shared, key, small, Arc::new(decide)).await
}

/// Refuses a write that is bound to fail before its bars are read, and tells whether prices may be zero or below.
async fn precheck(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    expected: Option<Version>,
) -> Result<bool, StoreError> {
    let (on, of) = (shared.clone(), key.clone());
    shared
        .workers
        .run(move || {
            if expected.is_some() {
                let head =
                    journal::refresh(&on, &of)?.map_or(Version::EMPTY, |series| series.state.version());
                check_expected(&of, expected, head)?;
            }
            let instrument = instruments::find(&on, &of.venue, &of.symbol)?;
            Ok(instrument.is_some_and(|instrument| instrument.allows_nonpositive))
        })
        .await
}

impl Decide for BarWrite {
    fn decide(&self, shared: &Arc<Shared>, found: &Found) -> Result<Decision, StoreError> {
        if let (Some(key), Some(cached)) = (&self.deed.idempotency_key, &found.cached)
            && let Some(made) = journal::find_key(shared, cached, key)?
        {
            check_repeated(&found.key, key, self.deed.payload, &made)?;
            return Ok(Decision::Repeat(made));
        }
        check_expected(&found.key, self.expected, found.state.version())?;
        let plan = plan(&found.access(shared), &found.state.chunks, &self.incoming)?;
        if plan.tally.is_unchanged() {
            return Ok(Decision::Unchanged);
        }
        Ok(Decision::Commit(Box::new(Prepared {
            plan,
            deed: self.deed.clone(),
            replayed: None,
        })))
    }
}
