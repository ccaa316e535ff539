//! How planning gets at the chunks of a series on files.

use std::sync::Arc;

use chunks::ChunkAccess;
use domain::{
    error::StoreError,
    market::{Bars, Timeframe},
};
use futures::future::BoxFuture;

use super::staged::{StagedChunk, load_bars};
use crate::{
    chunk::{CHUNK_BARS, ChunkMeta},
    layout::SeriesFolder,
    store::Shared,
};

/// Smaller stretches wait in memory for their neighbours.
const STAGE_AT_ONCE: usize = 8_192;

/// What a write leaves of a series, and what it adds.
pub(super) type Plan = chunks::Plan<Arc<ChunkMeta>, Arc<StagedChunk>>;
/// What a write brings.
pub(super) type Incoming = chunks::Incoming<Arc<StagedChunk>>;

/// The chunks of one series.
pub(super) struct SeriesChunks<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) folder: &'a SeriesFolder,
    pub(super) timeframe: Timeframe,
}

impl ChunkAccess for SeriesChunks<'_> {
    type Live = Arc<ChunkMeta>;
    type Staged = Arc<StagedChunk>;

    fn chunk_bars(&self) -> usize {
        CHUNK_BARS
    }

    fn stage_at_once(&self) -> usize {
        STAGE_AT_ONCE
    }

    fn load_live(&self, chunk: &Arc<ChunkMeta>) -> Result<Bars, StoreError> {
        load_bars(self.shared, &self.folder.chunk(&chunk.file), chunk)
    }

    fn load_staged(&self, chunk: &Arc<StagedChunk>) -> Result<Bars, StoreError> {
        chunk.load()
    }

    fn stage(&self, bars: &Bars) -> Result<Arc<StagedChunk>, StoreError> {
        StagedChunk::write(self.shared, self.timeframe, bars).map(Arc::new)
    }
}

/// Returns how many chunks of a write are written at once while more bars come in.
pub(super) fn side_by_side(shared: &Shared) -> usize {
    shared.workers.count() + 1
}

/// Returns what begins to write a chunk at once, and gives out what waits for it.
pub(super) fn stage_aside(
    shared: &Arc<Shared>,
    timeframe: Timeframe,
) -> impl Fn(Bars) -> BoxFuture<'static, Result<Arc<StagedChunk>, StoreError>> + use<> {
    let shared = shared.clone();
    move |bars| {
        let shared = shared.clone();
        let task = tokio::spawn(async move {
            let writer = shared.clone();
            shared
                .workers
                .run(move || StagedChunk::write(&writer, timeframe, &bars).map(Arc::new))
                .await
        });
        Box::pin(async move {
            task.await
                .map_err(|error| StoreError::unavailable(crate::fault::TaskFault(error)))?
        })
    }
}
