//! Writes: upsert, replacement and deletion.

use std::sync::Arc;

use domain::{
    error::{EntityRef, StoreError},
    market::{
        CommitKind, PriceWrite, SeriesKey, SetDigest, TimeRange, Version, WriteKind, WriteMeta, Written,
    },
};

use super::{
    incoming::{Incoming, Rules, gather},
    instruments,
    plan::Planner,
    publish::{Decide, Decision, Found, Prepared, publish},
};
use crate::{journal, store::Shared};

struct BarWrite {
    kind: CommitKind,
    incoming: Incoming,
    expected: Option<Version>,
    idempotency_key: Option<String>,
    payload: Option<SetDigest>,
    meta: WriteMeta,
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
    let (kind, within, clear) = match write.kind {
        WriteKind::Upsert => (CommitKind::Upsert, Some(TimeRange::ALL), None),
        WriteKind::ReplaceRange(range) => (CommitKind::Replace, Some(range), Some(range)),
        WriteKind::DeleteRange(range) => (CommitKind::Delete, None, Some(range)),
    };
    let rules = Rules {
        within,
        allows_nonpositive,
    };
    let pieces = gather(shared, key.timeframe, write.bars, rules).await?;
    let incoming = Incoming {
        pieces,
        clear,
        deletes: Vec::new(),
    };
    let small = incoming.is_small();
    let payload = write
        .idempotency_key
        .as_ref()
        .map(|_| write.kind.payload(incoming.digest()));
    let decide = BarWrite {
        kind,
        incoming,
        expected: write.expected,
        idempotency_key: write.idempotency_key,
        payload,
        meta: write.meta,
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

/// Refuses when the head is not the version that the writer expects.
pub(super) fn check_expected(
    key: &SeriesKey,
    expected: Option<Version>,
    head: Version,
) -> Result<(), StoreError> {
    match expected {
        Some(expected) if expected != head => {
            let reason = format!("version {expected} was expected, the newest is {head}");
            Err(StoreError::conflict(EntityRef::Series(key.clone()), reason))
        }
        _ => Ok(()),
    }
}

impl Decide for BarWrite {
    fn decide(&self, shared: &Arc<Shared>, found: &Found) -> Result<Decision, StoreError> {
        if let (Some(key), Some(cached)) = (&self.idempotency_key, &found.cached)
            && let Some(made) = journal::find_key(shared, cached, key)?
        {
            if made.payload == self.payload {
                return Ok(Decision::Repeat(made));
            }
            let reason = format!(
                "the idempotency key `{key}` was used for version {} with other contents; take a new key",
                made.version
            );
            return Err(StoreError::conflict(EntityRef::Series(found.key.clone()), reason));
        }
        check_expected(&found.key, self.expected, found.state.version())?;
        let planner = Planner {
            shared,
            folder: &found.folder,
            state: &found.state,
        };
        let plan = planner.plan(&self.incoming)?;
        if plan.tally.is_unchanged() {
            return Ok(Decision::Unchanged);
        }
        Ok(Decision::Commit(Box::new(Prepared {
            plan,
            kind: self.kind,
            meta: self.meta.clone(),
            idempotency_key: self.idempotency_key.clone(),
            payload: self.payload,
            replayed: None,
        })))
    }
}
