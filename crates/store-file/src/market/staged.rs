//! Chunks that are written and not committed yet.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use domain::{
    error::StoreError,
    market::{BarFrame, Bars, SetDigest, Timeframe},
};
use parquet::errors::ParquetError;
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    chunk::{self, ChunkMeta, Selection},
    fault::{damaged, file_fault},
    store::Shared,
};

/// A chunk in the staging folder; its file goes when nobody needs it and no commit has taken it.
pub(super) struct StagedChunk {
    pub(super) meta: Arc<ChunkMeta>,
    pub(super) path: PathBuf,
    shared: Arc<Shared>,
}

impl StagedChunk {
    /// Encodes and writes bars, durably but for the name, which the commit gives.
    pub(super) fn write(shared: &Arc<Shared>, timeframe: Timeframe, bars: &Bars) -> Result<Self, StoreError> {
        let encoded = chunk::encode(bars).map_err(StoreError::unavailable)?;
        let id = shared.ids.next_uuid();
        let meta = ChunkMeta::describe(id, timeframe, bars, &encoded)
            .ok_or_else(|| StoreError::Invalid("a chunk without bars".to_owned()))?;
        let path = shared.staging()?.path(&meta.file);
        let staged = Self {
            meta: Arc::new(meta),
            path,
            shared: shared.clone(),
        };
        shared.write_new(&staged.path, &encoded)?;
        Ok(staged)
    }

    /// Reads the bars back.
    pub(super) fn load(&self) -> Result<Bars, StoreError> {
        load_bars(&self.shared, &self.path, &self.meta)
    }
}

impl chunks::ChunkMeta for StagedChunk {
    fn first(&self) -> i64 {
        self.meta.first
    }

    fn last(&self) -> i64 {
        self.meta.last
    }

    fn bars(&self) -> u64 {
        self.meta.bars
    }

    fn digest(&self) -> SetDigest {
        self.meta.digest
    }
}

impl Drop for StagedChunk {
    fn drop(&mut self) {
        self.shared.discard_file(&self.path);
    }
}

/// Reads a chunk's file and compares it with its checksum.
fn read_file(shared: &Shared, path: &Path, meta: &ChunkMeta) -> Result<Bytes, StoreError> {
    let bytes = shared
        .vfs
        .read_from(path, 0)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => damaged(path, "the file is missing"),
            _ => file_fault("read", path, error),
        })?;
    if bytes.len() as u64 != meta.bytes {
        return Err(damaged(
            path,
            format!("it has {} bytes, {} were written", bytes.len(), meta.bytes),
        ));
    }
    if xxh3_128(&bytes) != meta.checksum {
        return Err(damaged(path, "its bytes do not match its checksum"));
    }
    Ok(Bytes::from(bytes))
}

fn not_bars(path: &Path, error: &ParquetError) -> StoreError {
    damaged(path, format!("it holds no bars: {error}"))
}

/// Reads all bars of a chunk.
pub(super) fn load_bars(shared: &Shared, path: &Path, meta: &ChunkMeta) -> Result<Bars, StoreError> {
    let bytes = read_file(shared, path, meta)?;
    chunk::decode_all(bytes).map_err(|error| not_bars(path, &error))
}

/// Reads the selected bars and columns of a chunk.
pub(super) fn load_frame(
    shared: &Shared,
    path: &Path,
    meta: &ChunkMeta,
    selection: &Selection,
) -> Result<BarFrame, StoreError> {
    let bytes = read_file(shared, path, meta)?;
    chunk::decode(bytes, selection).map_err(|error| not_bars(path, &error))
}
