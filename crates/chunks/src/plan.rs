//! Working out which chunks a write leaves, replaces and adds. Nothing that is stored is touched.

use domain::{
    error::StoreError,
    market::{Bars, MergeTally, Patch, merge},
};

use crate::{
    access::{ChunkAccess, ChunkMeta, ChunkMetaExt},
    compact::compact,
    feed::{Feed, Taken},
    incoming::Incoming,
};

/// A stretch of the series as it will be: one chunk.
#[derive(Debug, Clone)]
pub enum Entry<L, S> {
    /// A chunk that stays.
    Live(L),
    /// A chunk that is stored already.
    Staged(S),
    /// Bars that are still to be stored.
    Fresh(Bars),
}

impl<L: ChunkMeta, S: ChunkMeta> Entry<L, S> {
    /// Returns how many bars the stretch holds.
    pub fn bars(&self) -> usize {
        match self {
            Self::Live(chunk) => chunk.bars() as usize,
            Self::Staged(chunk) => chunk.bars() as usize,
            Self::Fresh(bars) => bars.len(),
        }
    }
}

/// What a series, or the window of it that was planned, will consist of, and what that changes.
#[derive(Debug, Clone)]
pub struct Plan<L, S> {
    /// The chunks by time, none empty and none larger than a chunk may be. Live chunks that are missing here are
    /// replaced or gone.
    pub entries: Vec<Entry<L, S>>,
    /// What changes; nothing does when it [is unchanged](MergeTally::is_unchanged), and then every live chunk stays.
    pub tally: MergeTally,
}

/// Merges what comes in with what is there, and puts small neighbours together.
///
/// `live` are chunks by time: all of the series, or a window, a run of neighbours that holds at least every chunk
/// that touches [`Incoming::span`]. Small chunks are put together inside the window alone; a few dozen neighbours on
/// either side are enough for a series that grows at its end bar by bar.
///
/// # Errors
/// Those of `access`.
pub fn plan<A: ChunkAccess>(
    access: &A,
    live: &[A::Live],
    incoming: &Incoming<A::Staged>,
) -> Result<Plan<A::Live, A::Staged>, StoreError> {
    let mut planner = Planner {
        access,
        incoming,
        feed: Feed::new(access, &incoming.pieces),
        entries: Vec::new(),
        tally: MergeTally::default(),
    };
    for chunk in live {
        planner.pass(chunk)?;
    }
    planner.insert_through(i64::MAX)?;
    let Planner {
        mut entries, tally, ..
    } = planner;
    if !tally.is_unchanged() {
        compact(&mut entries, access.chunk_bars(), |entry| load(access, entry))?;
    }
    Ok(Plan { entries, tally })
}

fn load<A: ChunkAccess>(access: &A, entry: &Entry<A::Live, A::Staged>) -> Result<Bars, StoreError> {
    match entry {
        Entry::Live(chunk) => access.load_live(chunk),
        Entry::Staged(chunk) => access.load_staged(chunk),
        Entry::Fresh(bars) => Ok(bars.clone()),
    }
}

struct Planner<'a, A: ChunkAccess> {
    access: &'a A,
    incoming: &'a Incoming<A::Staged>,
    feed: Feed<'a, A>,
    entries: Vec<Entry<A::Live, A::Staged>>,
    tally: MergeTally,
}

impl<A: ChunkAccess> Planner<'_, A> {
    /// Plans the stretch of time up to the end of a chunk.
    fn pass(&mut self, chunk: &A::Live) -> Result<(), StoreError> {
        self.insert_through(chunk.first() - 1)?;
        let clear = self.incoming.clear;
        let upserts = self.feed.next_time().is_some_and(|next| next <= chunk.last());
        let clears = clear.is_some_and(|range| chunk.touches(&range));
        let deletes = self.deletes_within(chunk.first(), chunk.last());
        if !upserts && clear.is_some_and(|range| chunk.lies_in(&range)) {
            self.tally = self
                .tally
                .plus(MergeTally::of_deleted_digest(chunk.bars(), chunk.digest()));
        } else if upserts || clears || !deletes.is_empty() {
            self.rewrite(chunk)?;
        } else {
            self.entries.push(Entry::Live(chunk.clone()));
        }
        Ok(())
    }

    /// Inserts the bars up to `last`, where the series has none.
    fn insert_through(&mut self, last: i64) -> Result<(), StoreError> {
        while let Some(taken) = self.feed.take_through(last)? {
            match taken {
                Taken::Whole(chunk) => {
                    let tally = MergeTally::of_inserted_digest(chunk.bars(), chunk.digest());
                    self.tally = self.tally.plus(tally);
                    self.entries.push(Entry::Staged(chunk));
                }
                Taken::Part(bars) => {
                    self.tally = self.tally.plus(MergeTally::of_inserted(&bars));
                    self.emit(bars)?;
                }
            }
        }
        Ok(())
    }

    /// Merges one chunk with the bars that come in for its stretch of time.
    fn rewrite(&mut self, chunk: &A::Live) -> Result<(), StoreError> {
        let chunk_bars = self.access.chunk_bars();
        let stored = self.access.load_live(chunk)?;
        let mut tally = MergeTally::default();
        let mut merged = Bars::default();
        let mut from = 0;
        let mut done = false;
        while !done {
            let upserts = match self.feed.take_through(chunk.last())? {
                Some(taken) => taken.load(self.access)?,
                None => Bars::default(),
            };
            done = upserts.is_empty();
            let through = upserts.last_time().unwrap_or(i64::MAX);
            let to = from + stored.time()[from..].partition_point(|time| *time <= through);
            let begin = stored.time().get(from).copied().unwrap_or(through);
            let begin = upserts.first_time().map_or(begin, |first| first.min(begin));
            let patch = Patch {
                upserts,
                clear: self.incoming.clear,
                deletes: self.deletes_within(begin, through).to_vec(),
            };
            let part = merge(&stored.slice(from..to), &patch);
            tally = tally.plus(part.tally);
            merged
                .append(&part.bars)
                .map_err(|error| StoreError::Invalid(error.to_string()))?;
            from = to;
            if merged.len() >= 2 * chunk_bars {
                // More bars than the chunk had: it is replaced for certain, so nothing needs to wait.
                self.emit(merged.slice(0..chunk_bars))?;
                merged = merged.slice(chunk_bars..merged.len());
            }
        }
        if tally.is_unchanged() {
            self.entries.push(Entry::Live(chunk.clone()));
            return Ok(());
        }
        self.tally = self.tally.plus(tally);
        self.emit(merged)
    }

    /// Adds bars as one chunk, or in even parts where they are too many for one.
    fn emit(&mut self, bars: Bars) -> Result<(), StoreError> {
        let parts = bars.len().div_ceil(self.access.chunk_bars());
        if parts == 1 {
            return self.emit_chunk(bars);
        }
        for part in 0..parts {
            let cut = |part: usize| bars.len() * part / parts;
            self.emit_chunk(bars.slice(cut(part)..cut(part + 1)))?;
        }
        Ok(())
    }

    fn emit_chunk(&mut self, bars: Bars) -> Result<(), StoreError> {
        let entry = if bars.len() >= self.access.stage_at_once() {
            Entry::Staged(self.access.stage(&bars)?)
        } else {
            Entry::Fresh(bars)
        };
        self.entries.push(entry);
        Ok(())
    }

    fn deletes_within(&self, first: i64, last: i64) -> &[i64] {
        let deletes = &self.incoming.deletes;
        let from = deletes.partition_point(|time| *time < first);
        let to = deletes.partition_point(|time| *time <= last);
        &deletes[from..to.max(from)]
    }
}
