//! What planning knows of chunks, and how it gets at their bars.

use std::sync::Arc;

use domain::{
    error::StoreError,
    market::{Bars, SetDigest, TimeRange},
};

/// What is known of a chunk without reading it. A chunk holds at least one bar.
pub trait ChunkMeta {
    /// Returns the time of the first bar, µs since the epoch.
    fn first(&self) -> i64;

    /// Returns the time of the last bar, µs since the epoch.
    fn last(&self) -> i64;

    /// Returns how many bars the chunk holds.
    fn bars(&self) -> u64;

    /// Returns the digest of the bars.
    fn digest(&self) -> SetDigest;
}

impl<T: ChunkMeta + ?Sized> ChunkMeta for Arc<T> {
    fn first(&self) -> i64 {
        (**self).first()
    }

    fn last(&self) -> i64 {
        (**self).last()
    }

    fn bars(&self) -> u64 {
        (**self).bars()
    }

    fn digest(&self) -> SetDigest {
        (**self).digest()
    }
}

/// Where a chunk lies in time.
pub trait ChunkMetaExt: ChunkMeta {
    /// Tells whether a bar of the chunk may lie in `range`.
    fn touches(&self, range: &TimeRange) -> bool {
        range.touches(self.first(), self.last())
    }

    /// Tells whether every bar of the chunk lies in `range`.
    fn lies_in(&self, range: &TimeRange) -> bool {
        range.contains(self.first()) && range.contains(self.last())
    }
}

impl<T: ChunkMeta + ?Sized> ChunkMetaExt for T {}

/// Where the chunks of one series are read, and where new ones are put.
///
/// Calls may block: they are made on the thread that calls [`plan()`](crate::plan()) or
/// [`each_difference`](crate::each_difference).
pub trait ChunkAccess {
    /// A chunk that a version consists of.
    type Live: ChunkMeta + Clone;
    /// A chunk that is stored and belongs to no version yet.
    type Staged: ChunkMeta + Clone;

    /// Returns the most bars that a chunk holds: at least one, and the same for all chunks of the series, the live
    /// and the staged ones.
    fn chunk_bars(&self) -> usize;

    /// Returns from how many bars on a stretch is staged as soon as it is merged, rather than kept in memory until
    /// the commit. With more than [`chunk_bars`](Self::chunk_bars) all of a plan stays in memory.
    fn stage_at_once(&self) -> usize;

    /// Reads the bars of a live chunk.
    ///
    /// # Errors
    /// Those of the store.
    fn load_live(&self, chunk: &Self::Live) -> Result<Bars, StoreError>;

    /// Reads the bars of a staged chunk back.
    ///
    /// # Errors
    /// Those of the store.
    fn load_staged(&self, chunk: &Self::Staged) -> Result<Bars, StoreError>;

    /// Stores `bars`, of which there is one at least, as a chunk that a commit may take.
    ///
    /// # Errors
    /// Those of the store.
    fn stage(&self, bars: &Bars) -> Result<Self::Staged, StoreError>;
}
