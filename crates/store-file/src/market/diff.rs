//! What differs between two versions. Chunks that both have are not read.

use std::{collections::HashSet, sync::Arc};

use domain::{
    error::{EntityRef, StoreError},
    market::{Bars, ChangeStream, Changes, SeriesKey, TimeRange, Timestamp, Version},
};
use uuid::Uuid;

use super::staged::load_bars;
use crate::{
    blocking,
    chunk::ChunkMeta,
    journal::{self, SeriesState},
    layout::SeriesFolder,
    store::Shared,
};

/// Streams the differences between two versions.
pub(super) fn diff(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    from: Version,
    to: Version,
) -> ChangeStream<'static> {
    let (shared, key) = (shared.clone(), key.clone());
    blocking::stream(move |give| {
        let unknown = || StoreError::NotFound(EntityRef::Series(key.clone()));
        let series = journal::refresh(&shared, &key)?.ok_or_else(unknown)?;
        let earlier = journal::state_at(&shared, &series, from)?;
        let later = journal::state_at(&shared, &series, to)?;
        each_difference(&shared, &series.folder, &earlier, &later, give)
    })
}

/// Calls `give` with the differences between two states, by time, until it returns false.
pub(super) fn each_difference(
    shared: &Shared,
    folder: &SeriesFolder,
    earlier: &SeriesState,
    later: &SeriesState,
    give: &mut dyn FnMut(Changes) -> bool,
) -> Result<(), StoreError> {
    let mut before = Side::new(shared, folder, earlier, later);
    let mut after = Side::new(shared, folder, later, earlier);
    loop {
        before.fill()?;
        after.fill()?;
        // Up to here both sides are in memory.
        let through = before.known_through().min(after.known_through());
        let changes = Changes::between(&before.take_through(through), &after.take_through(through));
        if !changes.is_empty() && !give(changes) {
            return Ok(());
        }
        if before.is_done() && after.is_done() {
            return Ok(());
        }
    }
}

/// The chunks that one state has and the other has not, read one by one.
struct Side<'a> {
    shared: &'a Shared,
    folder: &'a SeriesFolder,
    chunks: std::vec::IntoIter<Arc<ChunkMeta>>,
    at_hand: Bars,
}

impl<'a> Side<'a> {
    fn new(shared: &'a Shared, folder: &'a SeriesFolder, own: &SeriesState, other: &SeriesState) -> Self {
        let shared_ids: HashSet<Uuid> = other.chunks.iter().map(|chunk| chunk.id).collect();
        let chunks: Vec<_> = own
            .chunks
            .iter()
            .filter(|chunk| !shared_ids.contains(&chunk.id))
            .cloned()
            .collect();
        Self {
            shared,
            folder,
            chunks: chunks.into_iter(),
            at_hand: Bars::default(),
        }
    }

    fn fill(&mut self) -> Result<(), StoreError> {
        if self.at_hand.is_empty()
            && let Some(chunk) = self.chunks.next()
        {
            self.at_hand = load_bars(self.shared, &self.folder.chunk(&chunk.file), &chunk)?;
        }
        Ok(())
    }

    fn known_through(&self) -> i64 {
        if self.chunks.len() == 0 {
            i64::MAX
        } else {
            self.at_hand.last_time().unwrap_or(i64::MIN)
        }
    }

    fn take_through(&mut self, through: i64) -> Bars {
        let end = (through < i64::MAX).then(|| Timestamp::saturating(through.saturating_add(1)));
        let split = self.at_hand.index_range(&TimeRange::new(None, end)).end;
        let rest = self.at_hand.slice(split..self.at_hand.len());
        let taken = self.at_hand.slice(0..split);
        self.at_hand = rest;
        taken
    }

    fn is_done(&self) -> bool {
        self.at_hand.is_empty() && self.chunks.len() == 0
    }
}
