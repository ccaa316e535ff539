//! Making a plan a commit: the one place where a series changes.

use std::{collections::HashSet, sync::Arc};

use chunks::{Deed, Entry, LastCommit, check_replayed, describe};
use domain::{
    error::StoreError,
    id::SeriesId,
    market::{Commit, SeriesKey, Written},
};
use uuid::Uuid;

use super::{
    access::{Plan, SeriesChunks},
    gaps::count_gaps,
    instruments,
    staged::StagedChunk,
};
use crate::{
    chunk::ChunkMeta,
    fault::file_fault,
    journal::{self, CachedSeries, CommitRecord, Record, SeriesState},
    layout::SeriesFolder,
    lock::WriteRight,
    store::Shared,
};

/// How often a large write is merged again because the series moved, before it merges under the lock.
const OPTIMISTIC_ATTEMPTS: usize = 3;

/// A series as a write finds it.
pub(super) struct Found {
    pub(super) key: SeriesKey,
    pub(super) cached: Option<Arc<CachedSeries>>,
    pub(super) folder: SeriesFolder,
    /// The newest state, or the empty one of a series that does not exist yet.
    pub(super) state: SeriesState,
}

impl Found {
    fn look(shared: &Shared, key: &SeriesKey) -> Result<Self, StoreError> {
        let cached = journal::refresh(shared, key)?;
        let state = match &cached {
            Some(cached) => cached.state.clone(),
            None => SeriesState::empty(SeriesId::next(&*shared.ids), key.clone()),
        };
        Ok(Self {
            key: key.clone(),
            cached,
            folder: shared.layout.series(key),
            state,
        })
    }

    /// Returns the way to the chunks of the series.
    pub(super) fn access<'a>(&'a self, shared: &'a Arc<Shared>) -> SeriesChunks<'a> {
        SeriesChunks {
            shared,
            folder: &self.folder,
            timeframe: self.key.timeframe,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        let id = |found: &Self| found.cached.as_ref().map(|cached| cached.state.id);
        id(self) == id(other) && self.state.version() == other.state.version()
    }
}

/// What a write has decided to do.
pub(super) enum Decision {
    /// Nothing: it was made before.
    Repeat(Arc<Commit>),
    /// Nothing: all is as it should be already.
    Unchanged,
    /// To make this commit.
    Commit(Box<Prepared>),
}

/// A commit that is ready but for its time.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) deed: Deed,
    /// The commit as it was made elsewhere, which must come out the same.
    pub(super) replayed: Option<Commit>,
}

/// Decides what a write does with a series as it finds it.
pub(super) trait Decide: Send + Sync + 'static {
    fn decide(&self, shared: &Arc<Shared>, found: &Found) -> Result<Decision, StoreError>;
}

/// Carries a write out. A large one is merged before the lock is taken, and again when the series moved meanwhile.
pub(super) async fn publish(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    small: bool,
    decide: Arc<dyn Decide>,
) -> Result<Written, StoreError> {
    if !small {
        for _ in 0..OPTIMISTIC_ATTEMPTS {
            let (work, on, of) = (decide.clone(), shared.clone(), key.clone());
            let (found, decision) = shared
                .workers
                .run(move || {
                    let found = Found::look(&on, &of)?;
                    let decision = work.decide(&on, &found)?;
                    let decision = write_fresh(&on, &found, decision)?;
                    Ok((found, decision))
                })
                .await?;
            let right = shared.write_right().await?;
            let on = shared.clone();
            let done = shared
                .workers
                .run(move || finish_if_same(&on, right, &found, decision))
                .await?;
            if let Some(written) = done {
                return Ok(written);
            }
        }
    }
    let right = shared.write_right().await?;
    let (on, of) = (shared.clone(), key.clone());
    shared
        .workers
        .run(move || {
            let _right = right;
            let found = Found::look(&on, &of)?;
            let decision = decide.decide(&on, &found)?;
            finish(&on, &found, decision)
        })
        .await
}

fn finish_if_same(
    shared: &Arc<Shared>,
    _right: WriteRight,
    found: &Found,
    decision: Decision,
) -> Result<Option<Written>, StoreError> {
    if found.is_same(&Found::look(shared, &found.key)?) {
        finish(shared, found, decision).map(Some)
    } else {
        Ok(None)
    }
}

/// Writes what a plan still holds in memory.
fn write_fresh(shared: &Arc<Shared>, found: &Found, decision: Decision) -> Result<Decision, StoreError> {
    let Decision::Commit(mut prepared) = decision else {
        return Ok(decision);
    };
    for entry in &mut prepared.plan.entries {
        if let Entry::Fresh(bars) = entry {
            let staged = StagedChunk::write(shared, found.key.timeframe, bars)?;
            *entry = Entry::Staged(Arc::new(staged));
        }
    }
    Ok(Decision::Commit(prepared))
}

fn finish(shared: &Arc<Shared>, found: &Found, decision: Decision) -> Result<Written, StoreError> {
    let decision = write_fresh(shared, found, decision)?;
    let prepared = match decision {
        Decision::Repeat(commit) => return Ok(Written::Repeated((*commit).clone())),
        Decision::Unchanged => return Ok(Written::Unchanged(found.state.head())),
        Decision::Commit(prepared) => prepared,
    };
    let mut staged = Vec::new();
    let mut live = Vec::new();
    for entry in &prepared.plan.entries {
        match entry {
            Entry::Live(meta) => live.push(meta.clone()),
            Entry::Staged(chunk) => {
                live.push(chunk.meta.clone());
                staged.push(chunk.clone());
            }
            Entry::Fresh(_) => {}
        }
    }
    let instrument = instruments::find(shared, &found.key.venue, &found.key.symbol)?;
    if found.cached.is_none() {
        instruments::ensure(shared, &found.key, instrument.as_ref())?;
        shared.make_folders(&found.folder.journal())?;
        shared.make_folders(&found.folder.chunks())?;
    }
    let zone = instrument.map(|instrument| instrument.zone).unwrap_or_default();
    let gaps = count_gaps(shared, &found.folder, found.key.timeframe, &zone, &live, &staged)?;
    let commit = Arc::new(commit_of(shared, found, *prepared)?);
    let record = record(found, commit.clone(), gaps, &live);
    move_in(shared, found, &staged, record)?;
    Ok(Written::Committed((*commit).clone()))
}

fn record(found: &Found, commit: Arc<Commit>, gaps: u64, live: &[Arc<ChunkMeta>]) -> Record {
    let before: HashSet<Uuid> = found.state.chunks.iter().map(|chunk| chunk.id).collect();
    let after: HashSet<Uuid> = live.iter().map(|chunk| chunk.id).collect();
    Record::Commit(Box::new(CommitRecord {
        commit,
        gaps,
        add: live
            .iter()
            .filter(|chunk| !before.contains(&chunk.id))
            .cloned()
            .collect(),
        retire: found
            .state
            .chunks
            .iter()
            .map(|chunk| chunk.id)
            .filter(|id| !after.contains(id))
            .collect(),
    }))
}

/// Gives staged chunks their place and makes the commit by appending its record.
fn move_in(
    shared: &Shared,
    found: &Found,
    staged: &[Arc<StagedChunk>],
    record: Record,
) -> Result<(), StoreError> {
    let place = |chunk: &StagedChunk| found.folder.chunk(&chunk.meta.file);
    let moved = staged.iter().try_for_each(|chunk| {
        shared
            .vfs
            .rename(&chunk.path, &place(chunk))
            .map_err(|error| file_fault("rename", &chunk.path, error))
    });
    let synced = moved.and_then(|()| {
        if staged.is_empty() {
            Ok(())
        } else {
            shared.sync_folder(&found.folder.chunks())
        }
    });
    let series = match &found.cached {
        Some(cached) => Ok(&**cached),
        None => Err((found.state.clone(), found.folder.clone())),
    };
    let appended = synced.and_then(|()| journal::append(shared, series, record));
    if let Err(error) = appended {
        // Without a record nothing refers to them; on a store gone read-only, a record may.
        if shared.check_writable().is_ok() {
            for chunk in staged {
                shared.discard_file(&place(chunk));
            }
        }
        return Err(error);
    }
    Ok(())
}

/// Returns the commit that `prepared` makes.
fn commit_of(shared: &Shared, found: &Found, prepared: Prepared) -> Result<Commit, StoreError> {
    let last = found
        .state
        .last_commit()
        .map(|commit| LastCommit::from(&**commit))
        .unwrap_or_default();
    let tally = &prepared.plan.tally;
    if let Some(replayed) = prepared.replayed {
        check_replayed(&found.key, &last, tally, &replayed)?;
        return Ok(replayed);
    }
    Ok(describe(&last, tally, prepared.deed, shared.clock.now()))
}
