//! How planning gets at the chunks of a series in the database. It runs on threads that may block.

use std::sync::Arc;

use chunks::ChunkAccess;
use domain::{
    error::StoreError,
    id::SeriesId,
    market::{Bars, ColumnSet},
};
use tokio::runtime::Handle;

use super::{
    chunk::{CHUNK_BARS, LiveChunk},
    payload,
    staged::{StagedChunk, Staging},
};
use crate::{
    database::{Fault, Lane},
    store::Shared,
};

/// Smaller stretches wait in memory for their neighbours.
const STAGE_AT_ONCE: usize = CHUNK_BARS / 2;

/// What a write leaves of a series, and what it adds.
pub(super) type Plan = chunks::Plan<Arc<LiveChunk>, Arc<StagedChunk>>;
/// What a write brings.
pub(super) type Incoming = chunks::Incoming<Arc<StagedChunk>>;

/// The chunks of one series.
pub(super) struct SeriesChunks<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) handle: Handle,
    /// The series; none before its first commit.
    pub(super) series: Option<SeriesId>,
    pub(super) staging: &'a Arc<Staging>,
}

impl SeriesChunks<'_> {
    async fn load(&self, series: SeriesId, chunk: &Arc<LiveChunk>) -> Result<Bars, Fault> {
        // Connections for requests are never held while others are waited for, so a writer in a transaction on one for
        // long work always gets one. Staged chunks it gets on a second one for long work: it is the only such writer.
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        let payloads =
            payload::fetch(&mut lease, series, std::slice::from_ref(chunk), ColumnSet::ALL).await?;
        drop(lease);
        let [payload] = &*payloads else {
            return Err(StoreError::Invalid("a chunk has one row".to_owned()).into());
        };
        Ok(payload.decode_bars(series, chunk)?)
    }
}

impl ChunkAccess for SeriesChunks<'_> {
    type Live = Arc<LiveChunk>;
    type Staged = Arc<StagedChunk>;

    fn chunk_bars(&self) -> usize {
        CHUNK_BARS
    }

    fn stage_at_once(&self) -> usize {
        STAGE_AT_ONCE
    }

    fn load_live(&self, chunk: &Arc<LiveChunk>) -> Result<Bars, StoreError> {
        let Some(series) = self.series else {
            return Err(StoreError::Invalid(
                "a series that does not exist has no chunks".to_owned(),
            ));
        };
        Ok(self.handle.block_on(self.load(series, chunk))?)
    }

    fn load_staged(&self, chunk: &Arc<StagedChunk>) -> Result<Bars, StoreError> {
        self.staging.load(chunk)
    }

    fn stage(&self, bars: &Bars) -> Result<Arc<StagedChunk>, StoreError> {
        self.staging.stage(bars)
    }
}
