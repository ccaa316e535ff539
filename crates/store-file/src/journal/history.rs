//! Looking back: earlier commits and the states that they led to.

use std::{collections::HashMap, sync::Arc};

use domain::{
    error::{EntityRef, StoreError},
    market::{AsOf, Commit, Timestamp, Version},
};

use super::{
    load::{CachedSeries, load_segment, segments},
    state::SeriesState,
};
use crate::store::Shared;

/// Walks from the newest commit to the oldest, reading one segment at a time.
pub(crate) struct CommitWalk<'a> {
    shared: &'a Shared,
    series: &'a CachedSeries,
    /// The commits of the segment at hand, oldest first.
    at_hand: Vec<Arc<Commit>>,
    /// The version that the segment at hand begins behind.
    base: Version,
}

impl<'a> CommitWalk<'a> {
    /// Begins below `before`, or at the newest commit.
    pub(crate) fn new(
        shared: &'a Shared,
        series: &'a CachedSeries,
        before: Option<Version>,
    ) -> Result<Self, StoreError> {
        let mut walk = Self {
            shared,
            series,
            at_hand: series.state.commits.clone(),
            base: series.state.base,
        };
        if let Some(before) = before {
            while before <= walk.base.next() && walk.base > Version::EMPTY {
                walk.load_earlier()?;
            }
            walk.at_hand.retain(|commit| commit.version < before);
        }
        Ok(walk)
    }

    fn load_earlier(&mut self) -> Result<(), StoreError> {
        let segments = segments(self.shared, &self.series.folder)?;
        let earlier = segments.iter().rev().find(|(base, _)| *base < self.base);
        let Some((base, id)) = earlier else {
            return Err(missing_segment(self.series, self.base));
        };
        let (state, _, _) = load_segment(self.shared, &self.series.folder.segment(*id, *base), None)?;
        if state.version() != self.base {
            return Err(missing_segment(self.series, self.base));
        }
        self.base = *base;
        self.at_hand = state.commits;
        Ok(())
    }

    /// Returns the next commit; `None` behind the first one.
    pub(crate) fn next(&mut self) -> Result<Option<Arc<Commit>>, StoreError> {
        while self.at_hand.is_empty() && self.base > Version::EMPTY {
            self.load_earlier()?;
        }
        Ok(self.at_hand.pop())
    }
}

fn missing_segment(series: &CachedSeries, base: Version) -> StoreError {
    crate::fault::damaged(
        &series.folder.journal(),
        format!("the segment that leads to version {base} is missing"),
    )
}

/// Returns the commit that made the state `as_of`; `None` for the empty state before the first one.
pub(crate) fn commit_at(
    shared: &Shared,
    series: &CachedSeries,
    as_of: AsOf,
) -> Result<Option<Arc<Commit>>, StoreError> {
    match as_of {
        AsOf::Head => Ok(series.state.last_commit().cloned()),
        AsOf::Version(Version::EMPTY) => Ok(None),
        AsOf::Version(version) => commit_of(shared, series, version).map(Some),
        AsOf::Time(time) => commit_before(shared, series, time),
    }
}

fn commit_of(shared: &Shared, series: &CachedSeries, version: Version) -> Result<Arc<Commit>, StoreError> {
    if let Some(commit) = series.state.own_commit(version) {
        return Ok(commit.clone());
    }
    let unknown = || StoreError::NotFound(EntityRef::Version(series.state.key.clone(), version));
    if version > series.state.version() {
        return Err(unknown());
    }
    CommitWalk::new(shared, series, Some(version.next()))?
        .next()?
        .ok_or_else(unknown)
}

fn commit_before(
    shared: &Shared,
    series: &CachedSeries,
    time: Timestamp,
) -> Result<Option<Arc<Commit>>, StoreError> {
    let mut walk = CommitWalk::new(shared, series, None)?;
    while let Some(commit) = walk.next()? {
        if commit.committed_at <= time {
            return Ok(Some(commit));
        }
    }
    Ok(None)
}

/// Returns the state of a version.
pub(crate) fn state_at(
    shared: &Shared,
    series: &CachedSeries,
    version: Version,
) -> Result<SeriesState, StoreError> {
    let head = series.state.version();
    if version == head {
        return Ok(series.state.clone());
    }
    if version == Version::EMPTY {
        return Ok(SeriesState::empty(series.state.id, series.state.key.clone()));
    }
    if version > head {
        return Err(StoreError::NotFound(EntityRef::Version(
            series.state.key.clone(),
            version,
        )));
    }
    let segments = segments(shared, &series.folder)?;
    let covering = segments.iter().rev().find(|(base, _)| *base <= version);
    let (base, id) = covering.ok_or_else(|| missing_segment(series, version))?;
    let (state, _, _) = load_segment(shared, &series.folder.segment(*id, *base), Some(version))?;
    if state.version() == version {
        Ok(state)
    } else {
        Err(missing_segment(series, version))
    }
}

/// Returns the commit that was made under an idempotency key.
pub(crate) fn find_key(
    shared: &Shared,
    series: &CachedSeries,
    key: &str,
) -> Result<Option<Arc<Commit>>, StoreError> {
    let own = series
        .state
        .commits
        .iter()
        .find(|commit| commit.idempotency_key.as_deref() == Some(key));
    if own.is_some() || series.state.base == Version::EMPTY {
        return Ok(own.cloned());
    }
    if series.older_keys.get().is_none() {
        let mut older = HashMap::new();
        let mut walk = CommitWalk::new(shared, series, Some(series.state.base.next()))?;
        while let Some(commit) = walk.next()? {
            if let Some(key) = &commit.idempotency_key {
                older.insert(key.clone(), commit.version);
            }
        }
        drop(series.older_keys.set(older));
    }
    match series.older_keys.get().and_then(|keys| keys.get(key)) {
        Some(version) => commit_of(shared, series, *version).map(Some),
        None => Ok(None),
    }
}
