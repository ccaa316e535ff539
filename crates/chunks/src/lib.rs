//! How a series is cut into chunks, and what a write does with them: shared by the stores.
//!
//! A store keeps a series as chunks: immutable stretches of bars that follow each other in time. A version is a list
//! of live chunks, and two versions share those that neither has replaced. This crate knows no file and no database;
//! it reads and stages chunks by [`ChunkAccess`].
//!
//! A write goes through it in this order:
//!
//! 1. [`gather`] checks the bars as they come in, and stages whole chunks of them meanwhile. A commit that was made
//!    elsewhere comes in by [`gather_changes`].
//! 2. [`check_repeated`] and [`check_expected`], or [`check_follows`], compare the write with what is stored.
//! 3. [`plan()`] merges the bars with the live chunks and puts small neighbours together. A plan that changes nothing
//!    makes no commit.
//! 4. [`describe`] makes the commit of the plan's tally; [`check_replayed`] compares it with the one made elsewhere.
//!
//! [`each_difference`] reads what differs between two versions; [`keep_needed`] and [`limited`] end a read early.

mod access;
mod checks;
mod compact;
mod describe;
mod diff;
mod feed;
mod gather;
mod incoming;
mod plan;
mod read;
mod runs;

pub use access::{ChunkAccess, ChunkMeta, ChunkMetaExt};
pub use checks::{
    changes_nothing, check_expected, check_follows, check_repeated, check_replayed, check_same,
};
pub use describe::{Deed, LastCommit, describe};
pub use diff::each_difference;
pub use gather::{Rules, gather, gather_changes};
pub use incoming::{Incoming, Piece};
pub use plan::{Entry, Plan, plan};
pub use read::{keep_needed, limited};
pub use runs::PackedRuns;
