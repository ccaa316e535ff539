//! Handing out the bars of a write in the pieces that merging asks for.

use std::{collections::VecDeque, sync::Arc};

use domain::{error::StoreError, market::Bars};

use super::{incoming::Piece, staged::StagedChunk};

/// Bars that were taken from a feed.
pub(super) enum Taken {
    /// A staged chunk as a whole.
    Whole(Arc<StagedChunk>),
    /// Bars in memory.
    Part(Bars),
}

impl Taken {
    pub(super) fn load(self) -> Result<Bars, StoreError> {
        match self {
            Self::Whole(chunk) => chunk.load(),
            Self::Part(bars) => Ok(bars),
        }
    }
}

/// Walks over the bars of a write, at most one piece in memory.
pub(super) struct Feed {
    pieces: VecDeque<Piece>,
    /// What is left of a piece that was taken in part.
    rest: Option<Bars>,
}

impl Feed {
    pub(super) fn new(pieces: &[Piece]) -> Self {
        Self {
            pieces: pieces.iter().cloned().collect(),
            rest: None,
        }
    }

    /// Returns the time of the next bar.
    pub(super) fn next_time(&self) -> Option<i64> {
        match (&self.rest, self.pieces.front()) {
            (Some(rest), _) => rest.first_time(),
            (None, Some(Piece::Held(bars))) => bars.first_time(),
            (None, Some(Piece::Staged(chunk))) => Some(chunk.meta.first),
            (None, None) => None,
        }
    }

    /// Takes bars up to and including `last`, from one piece; `None` when there are none.
    pub(super) fn take_through(&mut self, last: i64) -> Result<Option<Taken>, StoreError> {
        if self.next_time().is_none_or(|next| next > last) {
            return Ok(None);
        }
        let bars = match self.rest.take() {
            Some(rest) => rest,
            None => match self.pieces.pop_front() {
                Some(Piece::Held(bars)) => bars,
                Some(Piece::Staged(chunk)) if chunk.meta.last <= last => {
                    return Ok(Some(Taken::Whole(chunk)));
                }
                Some(Piece::Staged(chunk)) => chunk.load()?,
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
