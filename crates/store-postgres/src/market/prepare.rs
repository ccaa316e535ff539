//! Getting a commit ready: everything but the transaction itself. It runs on threads that may block, and changes
//! nothing that is stored.

use std::{collections::HashSet, sync::Arc};

use chunks::{ChunkAccess as _, Deed, Entry, Piece, check_replayed, describe};
use domain::{
    error::StoreError,
    id::SeriesId,
    market::{Bars, Commit, DayCutter, MergeTally, TimeRange, Timestamp, TradingCalendar},
};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{
    access::{Incoming, Plan, SeriesChunks},
    chunk::LiveChunk,
    daily::{self, DayRow, Days, is_rolled_up, join, roll_up, zone_of},
    found::Found,
    runs::{self, ChunkRuns, SeriesRuns},
    staged::{StagedChunk, Staging},
    write::stored_day,
};
use crate::{
    database::{Database, Fault, Lane, Lease},
    store::Shared,
};

/// What a write has decided to do.
pub(super) enum Decision {
    /// Nothing: it was made before.
    Repeat(Box<Commit>),
    /// Nothing: all is as it should be already.
    Unchanged,
    /// To look again: the series has moved.
    Again,
    /// To make this commit.
    Commit(Box<Ready>),
}

/// Decides what a write does with a series as it finds it.
pub(super) trait Decide: Send + Sync + 'static {
    fn decide(&self, work: &Work<'_>) -> Result<Decision, Fault>;
}

/// A commit, and all rows that make it.
pub(super) struct Ready {
    pub(super) commit: Commit,
    /// The times of the first and last bar afterwards.
    pub(super) span: Option<(i64, i64)>,
    pub(super) gaps: u64,
    /// How many bytes the live chunks take afterwards.
    pub(super) bytes: u64,
    pub(super) retire: Vec<Arc<LiveChunk>>,
    pub(super) add: Vec<Arc<StagedChunk>>,
    /// Chunks of an earlier version that are to live again, under new ids.
    pub(super) copy: Vec<Arc<LiveChunk>>,
    /// The days whose rows go, and the rows that come.
    pub(super) days: Days,
    pub(super) day_rows: Vec<DayRow>,
    pub(super) runs: SeriesRuns,
}

/// What a write does to the chunks of a series.
pub(super) struct ChunkChange {
    pub(super) tally: MergeTally,
    pub(super) retire: Vec<Arc<LiveChunk>>,
    pub(super) add: Vec<Arc<StagedChunk>>,
    pub(super) copy: Vec<Arc<LiveChunk>>,
    pub(super) span: Option<(i64, i64)>,
}

/// A series at hand, and the means to look at it.
pub(super) struct Work<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) handle: Handle,
    pub(super) found: &'a Found,
    pub(super) staging: &'a Arc<Staging>,
}

impl Work<'_> {
    fn database(&self) -> &Database {
        &self.shared.database
    }

    pub(super) fn series(&self) -> Option<SeriesId> {
        self.found.series.as_ref().map(super::found::FoundSeries::id)
    }

    pub(super) fn access(&self) -> SeriesChunks<'_> {
        SeriesChunks {
            shared: self.shared,
            handle: self.handle.clone(),
            series: self.series(),
            staging: self.staging,
        }
    }

    /// Waits for a connection. Blocks.
    pub(super) fn lease(&self) -> Result<Lease, StoreError> {
        self.handle.block_on(self.database().lease(Lane::Requests))
    }

    /// Makes the commit of a plan for a window of the series: `live` were its chunks before.
    pub(super) fn ready(
        &self,
        live: &[Arc<LiveChunk>],
        plan: Plan,
        incoming: &Incoming,
        deed: &Deed,
        replayed: Option<&Commit>,
    ) -> Result<Ready, Fault> {
        let mut entries = Vec::with_capacity(plan.entries.len());
        for entry in plan.entries {
            entries.push(match entry {
                Entry::Fresh(bars) => Entry::Staged(self.staging.stage(&bars)?),
                entry => entry,
            });
        }
        let stays: HashSet<Uuid> = entries.iter().filter_map(live_id).collect();
        let change = ChunkChange {
            tally: plan.tally,
            retire: live
                .iter()
                .filter(|chunk| !stays.contains(&chunk.id))
                .cloned()
                .collect(),
            add: entries.iter().filter_map(staged).cloned().collect(),
            copy: Vec::new(),
            span: self.span_after(live, &entries),
        };
        let (days, day_rows) = self.roll_up(&entries, incoming)?;
        self.commit_of(change, (days, day_rows), deed, replayed)
    }

    /// Makes the commit of a change.
    pub(super) fn commit_of(
        &self,
        change: ChunkChange,
        (days, day_rows): (Days, Vec<DayRow>),
        deed: &Deed,
        replayed: Option<&Commit>,
    ) -> Result<Ready, Fault> {
        let last = self.found.last_commit();
        let commit = match replayed {
            Some(replayed) => {
                check_replayed(&self.found.key, &last, &change.tally, replayed)?;
                replayed.clone()
            }
            None => describe(
                &last,
                &change.tally,
                deed.clone(),
                self.shared.options.clock.now(),
            ),
        };
        let before = self.found.series.as_ref().map_or(0, |series| series.head.bytes);
        let bytes = |sizes: &mut dyn Iterator<Item = u64>| sizes.sum::<u64>();
        let gone = bytes(&mut change.retire.iter().map(|chunk| chunk.bytes));
        let came = bytes(&mut change.add.iter().map(|chunk| chunk.bytes))
            + bytes(&mut change.copy.iter().map(|chunk| chunk.bytes));
        let runs = self.runs_after(&change)?;
        let all = runs::all(&runs);
        let timeframe = self.found.key.timeframe;
        Ok(Ready {
            gaps: TradingCalendar::learn(timeframe, &self.found.zone, &all).missing(&all),
            commit,
            span: change.span,
            bytes: (before + came).saturating_sub(gone),
            retire: change.retire,
            add: change.add,
            copy: change.copy,
            days,
            day_rows,
            runs,
        })
    }

    /// Returns the first and last time of the series afterwards; what lies outside the window stays as it is.
    fn span_after(
        &self,
        live: &[Arc<LiveChunk>],
        entries: &[Entry<Arc<LiveChunk>, Arc<StagedChunk>>],
    ) -> Option<(i64, i64)> {
        let head = self.found.series.as_ref().map(|series| &series.head);
        let before = head.and_then(|head| Some((head.first?.micros(), head.last?.micros())));
        let window = live
            .first()
            .zip(live.last())
            .map(|(first, last)| (first.first, last.last));
        let within = entries
            .first()
            .zip(entries.last())
            .map(|(first, last)| (bounds(first).0, bounds(last).1));
        let (Some(before), Some(window)) = (before, window) else {
            // The window saw no chunk: all there is, is on one side of it.
            return before
                .into_iter()
                .chain(within)
                .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        };
        let first = if before.0 < window.0 {
            Some(before.0)
        } else {
            within.map(|within| within.0)
        };
        let last = if before.1 > window.1 {
            Some(before.1)
        } else {
            within.map(|within| within.1)
        };
        first.zip(last)
    }

    fn runs_after(&self, change: &ChunkChange) -> Result<SeriesRuns, Fault> {
        let timeframe = self.found.key.timeframe;
        let before = match self.series() {
            Some(series) => {
                let mut lease = self.lease()?;
                let load = self
                    .shared
                    .runs
                    .load(&mut lease, series, self.found.version(), timeframe);
                self.handle.block_on(load)?
            }
            None => SeriesRuns::default(),
        };
        let gone: HashSet<i64> = change.retire.iter().map(|chunk| chunk.first).collect();
        let mut after: Vec<ChunkRuns> = before
            .iter()
            .filter(|chunk| !gone.contains(&chunk.first))
            .cloned()
            .collect();
        after.extend(change.add.iter().map(|chunk| ChunkRuns {
            first: chunk.first,
            runs: chunk.runs.clone(),
        }));
        for chunk in &change.copy {
            let bars = self.access().load_live(chunk)?;
            after.push(ChunkRuns {
                first: chunk.first,
                runs: runs::runs_of(&bars, timeframe),
            });
        }
        after.sort_unstable_by_key(|chunk| chunk.first);
        Ok(Arc::new(after))
    }

    /// Returns the days that a write touched, and their rows afterwards.
    fn roll_up(
        &self,
        entries: &[Entry<Arc<LiveChunk>, Arc<StagedChunk>>],
        incoming: &Incoming,
    ) -> Result<(Days, Vec<DayRow>), Fault> {
        let timeframe = self.found.key.timeframe;
        if !is_rolled_up(timeframe) {
            return Ok((Days::default(), Vec::new()));
        }
        let zone = zone_of(timeframe, &self.found.zone);
        let mut came = Vec::new();
        for piece in &incoming.pieces {
            match piece {
                Piece::Held(bars) => came.extend(roll_up(bars, &zone)),
                Piece::Staged(chunk) => came.extend(self.days_of(chunk)?),
            }
        }
        let head = self.found.series.as_ref().map(|series| &series.head);
        let before = head.and_then(|head| Some((head.first?.micros(), head.last?.micros())));
        let is_append = incoming.clear.is_none()
            && incoming.deletes.is_empty()
            && incoming
                .span()
                .is_some_and(|span| before.is_none_or(|before| span.0 > before.1));
        if is_append {
            let stored = self.stored_day(came.first().map(|row| row.day))?;
            return Ok((Days::default(), join(stored.into_iter().chain(came))));
        }
        let mut cutter = DayCutter::new(&zone);
        let mut touched: Vec<(i64, i64)> = came.iter().map(|row| (row.day, row.day)).collect();
        touched.extend(incoming.deletes.iter().map(|time| {
            let day = cutter.day_of(*time);
            (day, day)
        }));
        if let (Some(clear), Some(before)) = (incoming.clear, before) {
            let (from, to) = (
                clear.first_micros().max(before.0),
                clear.last_micros().min(before.1),
            );
            if from <= to {
                touched.push((cutter.day_of(from), cutter.day_of(to)));
            }
        }
        let days = Days::of(touched);
        let rows = self.rows_of(entries, &days)?;
        Ok((days, rows))
    }

    fn stored_day(&self, day: Option<i64>) -> Result<Option<DayRow>, Fault> {
        let (Some(series), Some(day)) = (self.series(), day) else {
            return Ok(None);
        };
        let mut lease = self.lease()?;
        self.handle.block_on(stored_day(&mut lease, series, day))
    }

    /// Returns the rows of `days`, rolled up from the chunks of the series as it will be.
    pub(super) fn rows_of(
        &self,
        entries: &[Entry<Arc<LiveChunk>, Arc<StagedChunk>>],
        days: &Days,
    ) -> Result<Vec<DayRow>, Fault> {
        let zone = zone_of(self.found.key.timeframe, &self.found.zone);
        let Some((from, to)) = days.span() else {
            return Ok(Vec::new());
        };
        let near = TimeRange::new(Some(Timestamp::saturating(from)), Some(Timestamp::saturating(to)));
        let mut parts = Vec::new();
        let mut cutter = DayCutter::new(&zone);
        for entry in entries {
            let (first, last) = bounds(entry);
            if !near.touches(first, last) || !days.touch(cutter.day_of(first), cutter.day_of(last)) {
                continue;
            }
            match entry {
                Entry::Staged(chunk) => parts.extend(self.days_of(chunk)?),
                Entry::Live(chunk) => parts.extend(roll_up(&self.access().load_live(chunk)?, &zone)),
                Entry::Fresh(bars) => parts.extend(roll_up(bars, &zone)),
            }
        }
        parts.retain(|row| days.contains(row.day));
        Ok(join(parts))
    }

    /// Returns the roll-up of a staged chunk, made anew if the instrument's zone has changed since.
    fn days_of(&self, chunk: &Arc<StagedChunk>) -> Result<Vec<DayRow>, Fault> {
        let zone = zone_of(self.found.key.timeframe, &self.found.zone);
        if *self.staging.days() == zone {
            return Ok(chunk.days.clone());
        }
        let bars: Bars = self.staging.load(chunk)?;
        Ok(daily::roll_up(&bars, &zone))
    }
}

fn live_id(entry: &Entry<Arc<LiveChunk>, Arc<StagedChunk>>) -> Option<Uuid> {
    match entry {
        Entry::Live(chunk) => Some(chunk.id),
        Entry::Staged(_) | Entry::Fresh(_) => None,
    }
}

fn staged(entry: &Entry<Arc<LiveChunk>, Arc<StagedChunk>>) -> Option<&Arc<StagedChunk>> {
    match entry {
        Entry::Staged(chunk) => Some(chunk),
        Entry::Live(_) | Entry::Fresh(_) => None,
    }
}

fn bounds(entry: &Entry<Arc<LiveChunk>, Arc<StagedChunk>>) -> (i64, i64) {
    match entry {
        Entry::Live(chunk) => (chunk.first, chunk.last),
        Entry::Staged(chunk) => (chunk.first, chunk.last),
        Entry::Fresh(bars) => (
            bars.first_time().unwrap_or(i64::MAX),
            bars.last_time().unwrap_or(i64::MIN),
        ),
    }
}
