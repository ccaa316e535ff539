//! What the records of a journal say.

use std::sync::Arc;

use domain::{
    id::SeriesId,
    market::{Commit, SeriesKey},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::chunk::ChunkMeta;

/// One record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(crate) enum Record {
    /// The state at the beginning of a segment.
    Checkpoint(Box<Checkpoint>),
    /// A commit.
    Commit(Box<CommitRecord>),
    /// The gaps were counted again, as the instrument's zone has changed.
    Recount { gaps: u64 },
}

/// The whole state of a series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) id: SeriesId,
    pub(crate) key: SeriesKey,
    /// The last commit; `None` at the very beginning.
    pub(crate) commit: Option<Arc<Commit>>,
    pub(crate) gaps: u64,
    /// The live chunks, by time.
    pub(crate) chunks: Vec<Arc<ChunkMeta>>,
}

/// A commit, and the chunks that it brought and retired.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CommitRecord {
    pub(crate) commit: Arc<Commit>,
    pub(crate) gaps: u64,
    pub(crate) add: Vec<Arc<ChunkMeta>>,
    pub(crate) retire: Vec<Uuid>,
}
