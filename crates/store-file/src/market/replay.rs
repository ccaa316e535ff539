//! Storing commits that were made elsewhere.

use std::sync::Arc;

use chunks::{Deed, changes_nothing, check_follows, check_same, gather_changes, plan};
use domain::{
    error::StoreError,
    market::{AsOf, Commit, Replay, SeriesKey, WriteMeta, Written},
};

use super::{
    access::{Incoming, side_by_side, stage_aside},
    publish::{Decide, Decision, Found, Prepared, publish},
};
use crate::{chunk::CHUNK_BARS, journal, store::Shared};

struct MadeElsewhere {
    commit: Commit,
    incoming: Incoming,
}

/// Stores a commit with its version, author, time and digest.
pub(super) async fn replay(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    replay: Replay<'_>,
) -> Result<Commit, StoreError> {
    shared.check_writable()?;
    let stage = stage_aside(shared, key.timeframe);
    let incoming = gather_changes(CHUNK_BARS, side_by_side(shared), replay.changes, stage).await?;
    let small = incoming.is_small();
    let commit = replay.commit.clone();
    let decide = MadeElsewhere {
        commit: replay.commit,
        incoming,
    };
    match publish(shared, key, small, Arc::new(decide)).await? {
        Written::Committed(commit) | Written::Repeated(commit) => Ok(commit),
        Written::Unchanged(_) => Err(changes_nothing(key, commit.version)),
    }
}

impl Decide for MadeElsewhere {
    fn decide(&self, shared: &Arc<Shared>, found: &Found) -> Result<Decision, StoreError> {
        let (version, head) = (self.commit.version, found.state.version());
        check_follows(&found.key, version, head)?;
        if let Some(cached) = found.cached.as_ref().filter(|_| version <= head) {
            let stored = journal::commit_at(shared, cached, AsOf::Version(version))?;
            return check_same(&found.key, stored, &self.commit).map(Decision::Repeat);
        }
        let plan = plan(&found.access(shared), &found.state.chunks, &self.incoming)?;
        if plan.tally.is_unchanged() {
            return Ok(Decision::Unchanged);
        }
        Ok(Decision::Commit(Box::new(Prepared {
            plan,
            deed: Deed::once(self.commit.kind, WriteMeta::by(self.commit.author.clone())),
            replayed: Some(self.commit.clone()),
        })))
    }
}
