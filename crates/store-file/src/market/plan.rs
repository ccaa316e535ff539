//! Working out which chunks a write leaves, replaces and adds. Nothing that is stored is touched.

use std::sync::Arc;

use domain::{
    error::StoreError,
    market::{Bars, MergeTally, Patch, merge},
};

use super::{
    compact::compact,
    feed::{Feed, Taken},
    incoming::Incoming,
    staged::{StagedChunk, load_bars},
};
use crate::{
    chunk::{CHUNK_BARS, ChunkMeta},
    journal::SeriesState,
    layout::SeriesFolder,
    store::Shared,
};

/// Smaller stretches wait in memory for their neighbours.
const STAGE_AT_ONCE: usize = 8_192;

/// A stretch of the series as it will be.
pub(super) enum Entry {
    /// A chunk that stays.
    Live(Arc<ChunkMeta>),
    /// A chunk that is written already.
    Staged(Arc<StagedChunk>),
    /// Bars that are still to be written.
    Fresh(Bars),
}

impl Entry {
    pub(super) fn bars(&self) -> usize {
        match self {
            Self::Live(meta) => meta.bars as usize,
            Self::Staged(chunk) => chunk.meta.bars as usize,
            Self::Fresh(bars) => bars.len(),
        }
    }
}

/// What a series will consist of, by time, and what that changes.
pub(super) struct Plan {
    pub(super) entries: Vec<Entry>,
    pub(super) tally: MergeTally,
}

/// Plans a write to a series.
pub(super) struct Planner<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) folder: &'a SeriesFolder,
    pub(super) state: &'a SeriesState,
}

impl Planner<'_> {
    /// Merges what comes in with what is there.
    pub(super) fn plan(&self, incoming: &Incoming) -> Result<Plan, StoreError> {
        let mut plan = Plan {
            entries: Vec::new(),
            tally: MergeTally::default(),
        };
        let mut feed = Feed::new(&incoming.pieces);
        for chunk in self.state.chunks.iter() {
            self.insert_through(chunk.first - 1, &mut feed, &mut plan)?;
            let upserts = feed.next_time().is_some_and(|next| next <= chunk.last);
            let clears = incoming.clear.is_some_and(|range| chunk.touches(&range));
            let deletes = deletes_within(incoming, chunk.first, chunk.last);
            if !upserts && incoming.clear.is_some_and(|range| chunk.lies_in(&range)) {
                plan.tally = plan
                    .tally
                    .plus(MergeTally::of_deleted_digest(chunk.bars, chunk.digest));
            } else if upserts || clears || !deletes.is_empty() {
                self.rewrite(chunk, incoming, &mut feed, &mut plan)?;
            } else {
                plan.entries.push(Entry::Live(chunk.clone()));
            }
        }
        self.insert_through(i64::MAX, &mut feed, &mut plan)?;
        if !plan.tally.is_unchanged() {
            compact(&mut plan.entries, |entry| self.load(entry))?;
        }
        Ok(plan)
    }

    fn load(&self, entry: &Entry) -> Result<Bars, StoreError> {
        match entry {
            Entry::Live(meta) => load_bars(self.shared, &self.folder.chunk(&meta.file), meta),
            Entry::Staged(chunk) => chunk.load(),
            Entry::Fresh(bars) => Ok(bars.clone()),
        }
    }

    /// Inserts the bars up to `last`, where the series has none.
    fn insert_through(&self, last: i64, feed: &mut Feed, plan: &mut Plan) -> Result<(), StoreError> {
        while let Some(taken) = feed.take_through(last)? {
            match taken {
                Taken::Whole(chunk) => {
                    let tally = MergeTally::of_inserted_digest(chunk.meta.bars, chunk.meta.digest);
                    plan.tally = plan.tally.plus(tally);
                    plan.entries.push(Entry::Staged(chunk));
                }
                Taken::Part(bars) => {
                    plan.tally = plan.tally.plus(MergeTally::of_inserted(&bars));
                    self.emit(bars, plan)?;
                }
            }
        }
        Ok(())
    }

    /// Merges one chunk with the bars that come in for its stretch of time.
    fn rewrite(
        &self,
        chunk: &Arc<ChunkMeta>,
        incoming: &Incoming,
        feed: &mut Feed,
        plan: &mut Plan,
    ) -> Result<(), StoreError> {
        let stored = load_bars(self.shared, &self.folder.chunk(&chunk.file), chunk)?;
        let mut tally = MergeTally::default();
        let mut merged = Bars::default();
        let mut from = 0;
        let mut done = false;
        while !done {
            let upserts = match feed.take_through(chunk.last)? {
                Some(taken) => taken.load()?,
                None => Bars::default(),
            };
            done = upserts.is_empty();
            let through = upserts.last_time().unwrap_or(i64::MAX);
            let to = from + stored.time()[from..].partition_point(|time| *time <= through);
            let begin = stored.time().get(from).copied().unwrap_or(through);
            let begin = upserts.first_time().map_or(begin, |first| first.min(begin));
            let deletes = deletes_within(incoming, begin, through).to_vec();
            let patch = Patch {
                upserts,
                clear: incoming.clear,
                deletes,
            };
            let part = merge(&stored.slice(from..to), &patch);
            tally = tally.plus(part.tally);
            merged
                .append(&part.bars)
                .map_err(|error| StoreError::Invalid(error.to_string()))?;
            from = to;
            if merged.len() >= 2 * CHUNK_BARS {
                // More bars than the chunk had: it is replaced for certain, so nothing needs to wait.
                self.emit(merged.slice(0..CHUNK_BARS), plan)?;
                merged = merged.slice(CHUNK_BARS..merged.len());
            }
        }
        if tally.is_unchanged() {
            plan.entries.push(Entry::Live(chunk.clone()));
            return Ok(());
        }
        plan.tally = plan.tally.plus(tally);
        let parts = merged.len().div_ceil(CHUNK_BARS);
        for part in 0..parts {
            let cut = |part: usize| merged.len() * part / parts;
            self.emit(merged.slice(cut(part)..cut(part + 1)), plan)?;
        }
        Ok(())
    }

    fn emit(&self, bars: Bars, plan: &mut Plan) -> Result<(), StoreError> {
        let entry = if bars.len() >= STAGE_AT_ONCE {
            let timeframe = self.state.key.timeframe;
            Entry::Staged(Arc::new(StagedChunk::write(self.shared, timeframe, &bars)?))
        } else {
            Entry::Fresh(bars)
        };
        plan.entries.push(entry);
        Ok(())
    }
}

fn deletes_within(incoming: &Incoming, first: i64, last: i64) -> &[i64] {
    let deletes = &incoming.deletes;
    let from = deletes.partition_point(|time| *time < first);
    let to = deletes.partition_point(|time| *time <= last);
    &deletes[from..to.max(from)]
}
