//! Carrying a write out: the one place where a series changes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    error::StoreError,
    id::SeriesId,
    market::{SeriesKey, Written},
};
use tokio::{runtime::Handle, task};

use super::{
    found::Found,
    prepare::{Decide, Decision, Ready, Work},
    prune,
    staged::{Staging, TaskFault},
    write,
};
use crate::{
    database::{Attempts, Fault, Lane, Lease},
    store::Shared,
};

/// How often a write is prepared again because the series moved meanwhile, before it holds the series while it does.
pub(super) const OPTIMISTIC_ATTEMPTS: u32 = 3;

/// How often it is prepared at all. Who holds a series finds it still; only one that is made or purged at the same time
/// may still be another one then.
pub(super) const MOST_ATTEMPTS: u32 = OPTIMISTIC_ATTEMPTS + 5;

/// The series was another one each time.
#[derive(Debug, thiserror::Error)]
#[error(
    "series {0} was another one each time that it was looked at; try again, and `chandlery verify` if that lasts"
)]
pub(super) struct Restless(pub(super) SeriesKey);

/// Who waited no longer for the turn had nobody before.
const A_MOMENT: Duration = Duration::from_millis(1);

/// A write on its way.
pub(super) struct Publication {
    pub(super) shared: Arc<Shared>,
    pub(super) key: SeriesKey,
    pub(super) staging: Arc<Staging>,
    /// Whether merging takes no time to speak of.
    pub(super) is_small: bool,
    pub(super) decide: Arc<dyn Decide>,
    /// The series as it was found when its bars came in; another look is taken when it has moved.
    pub(super) found: Option<Found>,
}

/// How an attempt ended.
enum Attempt {
    Done(Box<Written>),
    /// The series moved.
    Moved,
}

/// Carries a write out, whatever becomes of the caller: a client that goes away must not cut a transaction off.
pub(super) async fn publish(publication: Publication) -> Result<Written, StoreError> {
    let running = task::spawn(async move { publication.run().await });
    running
        .await
        .map_err(|error| StoreError::unavailable(TaskFault(error)))?
}

impl Publication {
    async fn run(mut self) -> Result<Written, StoreError> {
        let mut attempts = Attempts::within(self.shared.options.lock_wait);
        let mut turn = None;
        let mut moved = 0;
        loop {
            if turn.is_none() && (self.is_small || moved >= OPTIMISTIC_ATTEMPTS) {
                let (line, limit) = (&self.shared.line, self.shared.options.lock_wait);
                let waiting = Instant::now();
                turn = Some(line.wait(&self.key, limit).await?);
                if waiting.elapsed() > A_MOMENT {
                    // The writer before has moved the series on.
                    self.found = None;
                }
            }
            let attempt = if moved < OPTIMISTIC_ATTEMPTS {
                let found = self.found.take();
                self.attempt(found).await
            } else {
                self.attempt_in_hold().await
            };
            match attempt {
                Ok(Attempt::Done(written)) => {
                    self.prune_later();
                    return Ok(*written);
                }
                Ok(Attempt::Moved) if moved >= MOST_ATTEMPTS => {
                    return Err(StoreError::unavailable(Restless(self.key)));
                }
                Ok(Attempt::Moved) => moved += 1,
                Err(fault) => attempts.again(fault).await?,
            }
        }
    }

    fn lane(&self) -> Lane {
        if self.is_small { Lane::Requests } else { Lane::Bulk }
    }

    async fn look(&self) -> Result<Found, Fault> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        Found::look(&mut lease, &self.key).await
    }

    async fn prepare(&self, found: Found) -> Result<(Found, Decision), Fault> {
        let (shared, staging, decide) = (self.shared.clone(), self.staging.clone(), self.decide.clone());
        let handle = Handle::current();
        let prepared = task::spawn_blocking(move || {
            let work = Work {
                shared: &shared,
                handle,
                found: &found,
                staging: &staging,
            };
            let decision = decide.decide(&work)?;
            Ok((found, decision))
        });
        prepared
            .await
            .map_err(|error| StoreError::unavailable(TaskFault(error)))?
    }

    /// Prepares first, then writes if the series has not moved meanwhile.
    async fn attempt(&self, found: Option<Found>) -> Result<Attempt, Fault> {
        let mut found_before = found;
        let (found, ready) = loop {
            let is_old = found_before.is_some();
            let found = match found_before.take() {
                Some(found) => found,
                None => self.look().await?,
            };
            match self.prepare(found).await? {
                (found, Decision::Commit(ready)) => break (found, ready),
                // A commit finds out by itself whether the series has moved; nothing else does.
                _ if is_old => {}
                (found, other) => return Ok(unwritten(other, &found)),
            }
        };
        let mut lease = self.shared.database.lease(self.lane()).await?;
        lease.begin().await?;
        self.write(&mut lease, &found, *ready).await
    }

    /// Holds the series while it prepares, so that it can't move.
    async fn attempt_in_hold(&self) -> Result<Attempt, Fault> {
        let _alone = self.shared.hold.lock().await;
        let mut lease = self.shared.database.lease(Lane::Bulk).await?;
        lease.begin().await?;
        lease.be_patient().await?;
        let found = self.look().await?;
        if let Some(series) = &found.series {
            series.hold(&mut lease).await?;
        }
        // What was found before the series was held may be old already.
        let found = self.look().await?;
        let (found, decision) = self.prepare(found).await?;
        match decision {
            Decision::Commit(ready) => self.write(&mut lease, &found, *ready).await,
            other => {
                lease.roll_back().await?;
                Ok(unwritten(other, &found))
            }
        }
    }

    /// Writes within the transaction that the lease is in, and ends it.
    async fn write(&self, lease: &mut Lease, found: &Found, ready: Ready) -> Result<Attempt, Fault> {
        match self.write_rows(lease, found, &ready).await {
            Ok(Some(series)) => {
                lease.commit().await?;
                self.shared.runs.put(series, ready.commit.version, ready.runs);
            }
            Ok(None) => {
                lease.roll_back().await?;
                return Ok(Attempt::Moved);
            }
            Err(fault) => {
                // When even that fails, the lease is closed, and the server takes everything back.
                drop(lease.roll_back().await);
                return Err(fault);
            }
        }
        Ok(Attempt::Done(Box::new(Written::Committed(ready.commit))))
    }

    /// Returns the series; none when it has moved.
    async fn write_rows(
        &self,
        lease: &mut Lease,
        found: &Found,
        ready: &Ready,
    ) -> Result<Option<SeriesId>, Fault> {
        let ids = &*self.shared.options.ids;
        let series = match &found.series {
            Some(series) => series.id(),
            None => match write::ensure_series(lease, found, ids).await? {
                Some(series) => series,
                None => return Ok(None),
            },
        };
        if !write::advance(lease, series, found, ready).await? {
            return Ok(None);
        }
        write::add_chunks(lease, series, found, &self.staging, ready, ids).await?;
        write::put_days(lease, series, &ready.days, &ready.day_rows).await?;
        Ok(Some(series))
    }

    /// Forgets old versions, when that is wanted; the write does not wait for it.
    fn prune_later(&self) {
        let Some(retention) = self.shared.options.retention else {
            return;
        };
        let (shared, key) = (self.shared.clone(), self.key.clone());
        task::spawn(async move {
            if let Err(error) = prune::prune(&shared, &key, retention).await {
                tracing::warn!(series = %key, %error, "old versions could not be pruned");
            }
        });
    }
}

fn unwritten(decision: Decision, found: &Found) -> Attempt {
    let written = match decision {
        Decision::Again => return Attempt::Moved,
        Decision::Repeat(commit) => Written::Repeated(*commit),
        Decision::Unchanged | Decision::Commit(_) => {
            Written::Unchanged(found.series.as_ref().map(|series| series.head.clone()))
        }
    };
    Attempt::Done(Box::new(written))
}
