//! Bringing an earlier version's contents back.

use std::sync::Arc;

use chunks::{Deed, Entry, check_expected, each_difference};
use domain::{
    error::{EntityRef, StoreError},
    market::{CommitKind, MergeTally, Revert, SeriesKey, Written},
};

use super::{
    access::Plan,
    publish::{Decide, Decision, Found, Prepared, publish},
};
use crate::{journal, store::Shared};

struct BringBack(Revert);

/// Makes a version with the chunks of an earlier one.
pub(super) async fn revert(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    revert: Revert,
) -> Result<Written, StoreError> {
    shared.check_writable()?;
    // Counting the differences of long series takes a while, so it is done before the lock is taken.
    publish(shared, key, false, Arc::new(BringBack(revert))).await
}

impl Decide for BringBack {
    fn decide(&self, shared: &Arc<Shared>, found: &Found) -> Result<Decision, StoreError> {
        let unknown = || StoreError::NotFound(EntityRef::Series(found.key.clone()));
        let cached = found.cached.as_ref().ok_or_else(unknown)?;
        check_expected(&found.key, self.0.expected, found.state.version())?;
        let target = journal::state_at(shared, cached, self.0.to)?;
        let mut tally = MergeTally::default();
        each_difference(
            &found.access(shared),
            &found.state.chunks,
            &target.chunks,
            |chunk| chunk.id,
            &mut |changes| {
                tally = tally.plus(MergeTally::of_changes(&changes));
                true
            },
        )?;
        if tally.is_unchanged() {
            return Ok(Decision::Unchanged);
        }
        let entries = target.chunks.iter().cloned().map(Entry::Live).collect();
        Ok(Decision::Commit(Box::new(Prepared {
            plan: Plan { entries, tally },
            deed: Deed::once(CommitKind::Revert, self.0.meta.clone()),
            replayed: None,
        })))
    }
}
