//! What differs between two versions. Chunks that both have are not read.

use std::{collections::HashSet, hash::Hash};

use domain::{
    error::StoreError,
    market::{Bars, Changes, TimeRange, Timestamp},
};

use crate::access::ChunkAccess;

/// Calls `give` with the differences between two versions, by time, until it returns false.
///
/// `earlier` and `later` are the chunks of the versions by time. Those with one `id` are one chunk.
///
/// # Errors
/// Those of `access`.
pub fn each_difference<A: ChunkAccess, I: Eq + Hash>(
    access: &A,
    earlier: &[A::Live],
    later: &[A::Live],
    id: impl Fn(&A::Live) -> I,
    give: &mut dyn FnMut(Changes) -> bool,
) -> Result<(), StoreError> {
    let mut before = Side::new(access, earlier, later, &id);
    let mut after = Side::new(access, later, earlier, &id);
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

/// The chunks that one version has and the other has not, read one by one.
struct Side<'a, A: ChunkAccess> {
    access: &'a A,
    chunks: std::vec::IntoIter<A::Live>,
    at_hand: Bars,
}

impl<'a, A: ChunkAccess> Side<'a, A> {
    fn new<I: Eq + Hash>(
        access: &'a A,
        own: &[A::Live],
        other: &[A::Live],
        id: &impl Fn(&A::Live) -> I,
    ) -> Self {
        let common: HashSet<I> = other.iter().map(id).collect();
        let chunks: Vec<_> = own
            .iter()
            .filter(|chunk| !common.contains(&id(chunk)))
            .cloned()
            .collect();
        Self {
            access,
            chunks: chunks.into_iter(),
            at_hand: Bars::default(),
        }
    }

    fn fill(&mut self) -> Result<(), StoreError> {
        if self.at_hand.is_empty()
            && let Some(chunk) = self.chunks.next()
        {
            self.at_hand = self.access.load_live(&chunk)?;
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
