//! Storing commits that were made elsewhere.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    error::{EntityRef, StoreError},
    market::{AsOf, Commit, Replay, SeriesKey, TimeRange, Written},
};
use futures::StreamExt;

use super::{
    incoming::{Incoming, Rules, gather},
    plan::Planner,
    publish::{Decide, Decision, Found, Prepared, publish},
};
use crate::{journal, store::Shared};

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
    let deletes = Arc::new(Mutex::new(Vec::new()));
    let collected = deletes.clone();
    let upserts = replay.changes.map(move |changes| {
        let patch = changes?.into_patch();
        collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(patch.deletes);
        Ok(patch.upserts)
    });
    // The commit was accepted where it was made: its prices are not judged again.
    let rules = Rules {
        within: Some(TimeRange::ALL),
        allows_nonpositive: true,
    };
    let pieces = gather(shared, key.timeframe, upserts.boxed(), rules).await?;
    let deletes = std::mem::take(&mut *deletes.lock().unwrap_or_else(PoisonError::into_inner));
    let incoming = Incoming {
        pieces,
        clear: None,
        deletes,
    };
    let small = incoming.is_small();
    let commit = replay.commit.clone();
    let decide = MadeElsewhere {
        commit: replay.commit,
        incoming,
    };
    match publish(shared, key, small, Arc::new(decide)).await? {
        Written::Committed(commit) | Written::Repeated(commit) => Ok(commit),
        Written::Unchanged(_) => Err(StoreError::Invalid(format!(
            "version {} of {key} changes nothing, though its commit tells otherwise",
            commit.version
        ))),
    }
}

impl Decide for MadeElsewhere {
    fn decide(&self, shared: &Arc<Shared>, found: &Found) -> Result<Decision, StoreError> {
        let (version, head) = (self.commit.version, found.state.version());
        let conflict = |reason: String| {
            let entity = EntityRef::Version(found.key.clone(), version);
            Err(StoreError::conflict(entity, reason))
        };
        if version > head.next() || version.0 == 0 {
            return conflict(format!("it does not follow the newest version, {head}"));
        }
        if let Some(cached) = found.cached.as_ref().filter(|_| version <= head) {
            return match journal::commit_at(shared, cached, AsOf::Version(version))? {
                Some(stored) if stored.digest == self.commit.digest => Ok(Decision::Repeat(stored)),
                _ => conflict("another commit has this version".to_owned()),
            };
        }
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
            kind: self.commit.kind,
            meta: domain::market::WriteMeta::by(self.commit.author.clone()),
            idempotency_key: None,
            payload: None,
            replayed: Some(self.commit.clone()),
        })))
    }
}
