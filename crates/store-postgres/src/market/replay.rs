//! Storing commits that were made elsewhere.

use std::sync::Arc;

use chunks::{Deed, changes_nothing, check_follows, check_same, gather_changes};
use domain::{
    error::StoreError,
    market::{Commit, Replay, SeriesKey, WriteMeta, Written},
};

use super::{
    access::Incoming,
    chunk::CHUNK_BARS,
    commit::{merge, side_by_side},
    commits,
    found::Found,
    prepare::{Decide, Decision, Work},
    publish::{Publication, publish},
    staged::Staging,
};
use crate::{
    database::{Fault, Lane},
    store::Shared,
};

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
    let mut lease = shared.database.lease(Lane::Requests).await?;
    let found = Found::look(&mut lease, key).await.map_err(StoreError::from)?;
    drop(lease);
    let staging = Staging::new(shared, key.timeframe, &found.zone);
    let stage = staging.stage_aside();
    let incoming = gather_changes(CHUNK_BARS, side_by_side(), replay.changes, stage).await?;
    let version = replay.commit.version;
    let written = publish(Publication {
        shared: shared.clone(),
        key: key.clone(),
        staging,
        is_small: incoming.is_small(),
        decide: Arc::new(MadeElsewhere {
            commit: replay.commit,
            incoming,
        }),
        found: None,
    })
    .await?;
    match written {
        Written::Committed(commit) | Written::Repeated(commit) => Ok(commit),
        Written::Unchanged(_) => Err(changes_nothing(key, version)),
    }
}

impl Decide for MadeElsewhere {
    fn decide(&self, work: &Work<'_>) -> Result<Decision, Fault> {
        let (key, head) = (&work.found.key, work.found.version());
        check_follows(key, self.commit.version, head)?;
        if let Some(series) = work.series().filter(|_| self.commit.version <= head) {
            let stored = commits::of_version(&work.shared.database, series, key, self.commit.version);
            let stored = work.handle.block_on(stored)?;
            return Ok(Decision::Repeat(Box::new(check_same(
                key,
                Some(stored),
                &self.commit,
            )?)));
        }
        let deed = Deed::once(self.commit.kind, WriteMeta::by(self.commit.author.clone()));
        merge(work, &self.incoming, &deed, Some(&self.commit))
    }
}
