//! Reading bars.

use std::sync::Arc;

use chunks::{ChunkMetaExt, keep_needed, limited};
use domain::{
    error::{EntityRef, StoreError},
    market::{BarsQuery, FrameStream, Order},
};
use futures::{StreamExt, TryStreamExt, future, stream};

use super::staged::load_frame;
use crate::{
    chunk::{CHUNK_BARS, ChunkMeta, Selection},
    journal,
    layout::SeriesFolder,
    store::Shared,
};

/// Streams the bars that a query asks for; chunks are decoded a few side by side.
pub(super) fn bars(shared: &Arc<Shared>, query: BarsQuery) -> FrameStream<'static> {
    let shared = shared.clone();
    let frames = async move {
        let (on, of) = (shared.clone(), query.clone());
        let (folder, chunks) = shared.workers.run(move || chunks_of(&on, &of)).await?;
        let selection = Selection {
            range: query.range,
            columns: query.columns,
            limit: query.limit,
            order: query.order,
        };
        Ok::<_, StoreError>(limited(
            read_chunks(shared, folder, chunks, selection),
            query.limit,
        ))
    };
    stream::once(frames).try_flatten().boxed()
}

/// Finds the chunks that a query needs, in the order of the read.
fn chunks_of(shared: &Shared, query: &BarsQuery) -> Result<(SeriesFolder, Vec<Arc<ChunkMeta>>), StoreError> {
    let unknown = || StoreError::NotFound(EntityRef::Series(query.key.clone()));
    let series = journal::refresh(shared, &query.key)?.ok_or_else(unknown)?;
    let folder = series.folder.clone();
    let Some(commit) = journal::commit_at(shared, &series, query.as_of)? else {
        return Ok((folder, Vec::new()));
    };
    let state = journal::state_at(shared, &series, commit.version)?;
    if query.range.is_empty() || query.limit == Some(0) {
        return Ok((folder, Vec::new()));
    }
    let mut chunks: Vec<_> = state
        .chunks
        .iter()
        .filter(|chunk| chunk.touches(&query.range))
        .cloned()
        .collect();
    if query.order == Order::Descending {
        chunks.reverse();
    }
    if let Some(limit) = query.limit {
        keep_needed(&mut chunks, limit, &query.range);
    }
    Ok((folder, chunks))
}

fn read_chunks(
    shared: Arc<Shared>,
    folder: SeriesFolder,
    chunks: Vec<Arc<ChunkMeta>>,
    selection: Selection,
) -> FrameStream<'static> {
    // A short read mostly ends in its first chunk: reading on ahead would be for nothing.
    let is_short = selection.limit.is_some_and(|limit| limit < CHUNK_BARS as u64);
    let side_by_side = if is_short { 1 } else { shared.workers.count() + 1 };
    let read = move |chunk: Arc<ChunkMeta>| {
        let (shared, path) = (shared.clone(), folder.chunk(&chunk.file));
        // Spawned, so that decoding goes on while the reader is busy with the bars before.
        let task = tokio::spawn(async move {
            let on = shared.clone();
            shared
                .workers
                .run(move || load_frame(&on, &path, &chunk, &selection))
                .await
        });
        async move {
            let frame = task
                .await
                .map_err(|error| StoreError::unavailable(crate::fault::TaskFault(error)))??;
            Ok(if selection.order == Order::Descending {
                frame.reversed()
            } else {
                frame
            })
        }
    };
    stream::iter(chunks)
        .map(read)
        .buffered(side_by_side)
        .try_filter(|frame| future::ready(!frame.is_empty()))
        .boxed()
}
