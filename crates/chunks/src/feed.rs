//! Handing out the bars of a write in the pieces that merging asks for.

use std::collections::VecDeque;

use domain::{error::StoreError, market::Bars};

use crate::{
    access::{ChunkAccess, ChunkMeta},
    incoming::Piece,
};

/// Bars that were taken from a feed.
pub(crate) enum Taken<S> {
    /// A staged chunk as a whole.
    Whole(S),
    /// Bars in memory.
    Part(Bars),
}

impl<S> Taken<S> {
    pub(crate) fn load(self, access: &impl ChunkAccess<Staged = S>) -> Result<Bars, StoreError> {
        match self {
            Self::Whole(chunk) => access.load_staged(&chunk),
            Self::Part(bars) => Ok(bars),
        }
    }
}

/// Walks over the bars of a write, at most one piece in memory.
pub(crate) struct Feed<'a, A: ChunkAccess> {
    access: &'a A,
    pieces: VecDeque<Piece<A::Staged>>,
    /// What is left of a piece that was taken in part.
    rest: Option<Bars>,
}

impl<'a, A: ChunkAccess> Feed<'a, A> {
    pub(crate) fn new(access: &'a A, pieces: &[Piece<A::Staged>]) -> Self {
        Self {
            access,
            pieces: pieces.iter().cloned().collect(),
            rest: None,
        }
    }

    /// Returns the time of the next bar.
    pub(crate) fn next_time(&self) -> Option<i64> {
        match (&self.rest, self.pieces.front()) {
            (Some(rest), _) => rest.first_time(),
            (None, Some(Piece::Held(bars))) => bars.first_time(),
            (None, Some(Piece::Staged(chunk))) => Some(chunk.first()),
            (None, None) => None,
        }
    }

    /// Takes bars up to and including `last`, from one piece; `None` when there are none.
    pub(crate) fn take_through(&mut self, last: i64) -> Result<Option<Taken<A::Staged>>, StoreError> {
        if self.next_time().is_none_or(|next| next > last) {
            return Ok(None);
        }
        let bars = match self.rest.take() {
            Some(rest) => rest,
            None => match self.pieces.pop_front() {
                Some(Piece::Held(bars)) => bars,
                Some(Piece::Staged(chunk)) if chunk.last() <= last => {
                    return Ok(Some(Taken::Whole(chunk)));
                }
                Some(Piece::Staged(chunk)) => self.access.load_staged(&chunk)?,
                None => return Ok(None),
            },
        };
        let split = bars.time().partition_point(|time| *time <= last);
        if split == bars.len() {
            return Ok(Some(Taken::Part(bars)));
        }
        self.rest = Some(bars.slice(split..bars.len()));
        Ok(Some(Taken::Part(bars.slice(0..split))))
    }
}
