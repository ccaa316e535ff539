//! Reading up to a limit.

use domain::market::{FrameStream, TimeRange};
use futures::{StreamExt, TryStreamExt, stream};

use crate::access::{ChunkMeta, ChunkMetaExt};

/// Leaves the first chunks, in the order of the read, that surely hold the first `limit` bars of `range`; tells whether
/// all chunks at hand do.
pub fn keep_needed<C: ChunkMeta>(chunks: &mut Vec<C>, limit: u64, range: &TimeRange) -> bool {
    let mut certain = 0;
    let needed = chunks.iter().position(|chunk| {
        certain += if chunk.lies_in(range) { chunk.bars() } else { 0 };
        certain >= limit
    });
    chunks.truncate(needed.map_or(chunks.len(), |last| last + 1));
    needed.is_some()
}

/// Ends a read behind its first `limit` bars.
pub fn limited(frames: FrameStream<'static>, limit: Option<u64>) -> FrameStream<'static> {
    let Some(limit) = limit else { return frames };
    let state = (frames, limit);
    stream::try_unfold(state, |(mut frames, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let Some(frame) = frames.try_next().await? else {
            return Ok(None);
        };
        let taken = frame.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let frame = if taken < frame.len() {
            frame.slice(0..taken)
        } else {
            frame
        };
        Ok(Some((frame, (frames, left - taken as u64))))
    })
    .boxed()
}
