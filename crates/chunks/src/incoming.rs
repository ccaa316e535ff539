//! What a write brings.

use domain::market::{Bars, SetDigest, TimeRange, WriteKind};

use crate::access::ChunkMeta;

/// A stretch of the bars of a write; it holds at least one.
#[derive(Debug, Clone)]
pub enum Piece<S> {
    /// In memory: the last stretch, or the only one.
    Held(Bars),
    /// Stored already, as a chunk.
    Staged(S),
}

impl<S: ChunkMeta> Piece<S> {
    fn digest(&self) -> SetDigest {
        match self {
            Self::Held(bars) => bars.digest(),
            Self::Staged(chunk) => chunk.digest(),
        }
    }

    fn span(&self) -> Option<(i64, i64)> {
        match self {
            Self::Held(bars) => bars.first_time().zip(bars.last_time()),
            Self::Staged(chunk) => Some((chunk.first(), chunk.last())),
        }
    }
}

/// What a write brings, and what goes.
#[derive(Debug, Clone)]
pub struct Incoming<S> {
    /// The bars, ascending. A piece in memory may be larger than a chunk.
    pub pieces: Vec<Piece<S>>,
    /// A range of which every bar goes that is not among the pieces.
    pub clear: Option<TimeRange>,
    /// Times of bars to delete, ascending, none of them among the pieces.
    pub deletes: Vec<i64>,
}

impl<S> Incoming<S> {
    /// Says what a write of `kind` does with its bars.
    pub fn of(kind: WriteKind, pieces: Vec<Piece<S>>) -> Self {
        let clear = match kind {
            WriteKind::Upsert => None,
            WriteKind::ReplaceRange(range) | WriteKind::DeleteRange(range) => Some(range),
        };
        Self {
            pieces,
            clear,
            deletes: Vec::new(),
        }
    }

    /// Tells whether the bars fit in memory, so that merging them takes no time to speak of.
    pub fn is_small(&self) -> bool {
        self.pieces.len() <= 1
    }
}

impl<S: ChunkMeta> Incoming<S> {
    /// Returns the digest of all bars.
    pub fn digest(&self) -> SetDigest {
        self.pieces
            .iter()
            .fold(SetDigest::EMPTY, |sum, piece| sum.plus(piece.digest()))
    }

    /// Returns the first and the last time (µs since the epoch) at which a bar may come or go; `None` when there is
    /// none. A cleared range without a bound reaches to `i64::MIN` or `i64::MAX`.
    pub fn span(&self) -> Option<(i64, i64)> {
        let pieces = self.pieces.iter().filter_map(Piece::span);
        let clear = self
            .clear
            .filter(|range| !range.is_empty())
            .map(|range| (range.first_micros(), range.last_micros()));
        let deletes = self.deletes.first().copied().zip(self.deletes.last().copied());
        pieces
            .chain(clear)
            .chain(deletes)
            .reduce(|(first, last), (from, to)| (first.min(from), last.max(to)))
    }
}
