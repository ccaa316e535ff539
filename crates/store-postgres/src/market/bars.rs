//! Reading bars.

use std::sync::Arc;

use chunks::{keep_needed, limited};
use domain::{
    error::StoreError,
    id::SeriesId,
    market::{BarFrame, BarsQuery, FrameStream, Order, Version},
};
use futures::{StreamExt, TryStreamExt, future, stream};
use tokio::task;

use super::{
    chunk::{LiveChunk, chunks_of, some_chunks_of},
    commit::side_by_side,
    found::{Found, FoundSeries},
    gone::still_there,
    payload,
    staged::TaskFault,
};
use crate::{
    database::{Fault, Lane, Lease},
    store::Shared,
};

/// How many chunks are fetched at a time.
const BATCH: usize = 16;
/// How many chunks are looked at first when a limit is given.
const FEW: i64 = 48;
/// Reads of more chunks than these are long.
const LONG: usize = 64;

/// What a query comes down to.
struct Reading {
    series: SeriesId,
    version: Version,
    chunks: Vec<Arc<LiveChunk>>,
}

/// Streams the bars that a query asks for; batches of chunks are fetched and decoded a few side by side.
pub(super) fn bars(shared: &Arc<Shared>, query: BarsQuery) -> FrameStream<'static> {
    let shared = shared.clone();
    let frames = async move {
        let reading = reading(&shared, &query).await.map_err(StoreError::from)?;
        let limit = query.limit;
        Ok::<_, StoreError>(limited(read(shared, &reading, query), limit))
    };
    stream::once(frames).try_flatten().boxed()
}

/// Finds the chunks that a query needs, in the order of the read.
async fn reading(shared: &Arc<Shared>, query: &BarsQuery) -> Result<Reading, Fault> {
    let mut lease = shared.database.lease(Lane::Requests).await?;
    let found = Found::look(&mut lease, &query.key).await?;
    let series = found.existing()?;
    let version = series.version_at(&mut lease, query.as_of).await?;
    series.check_kept(&mut lease, version).await?;
    let chunks = needed_chunks(&mut lease, series, version, query).await?;
    Ok(Reading {
        series: series.id(),
        version,
        chunks,
    })
}

/// Returns the chunks that a query needs, in the order of the read.
async fn needed_chunks(
    lease: &mut Lease,
    series: &FoundSeries,
    version: Version,
    query: &BarsQuery,
) -> Result<Vec<Arc<LiveChunk>>, Fault> {
    if let Some(limit) = query.limit {
        if limit == 0 {
            return Ok(Vec::new());
        }
        // Mostly a few chunks are enough, however many there are.
        let some = (query.order, FEW);
        let mut chunks = some_chunks_of(lease, series, version, &query.range, some).await?;
        let all = (chunks.len() as i64) < FEW;
        if keep_needed(&mut chunks, limit, &query.range) || all {
            return Ok(chunks);
        }
    }
    let mut chunks = chunks_of(lease, series, version, &query.range).await?;
    if query.order == Order::Descending {
        chunks.reverse();
    }
    if let Some(limit) = query.limit {
        keep_needed(&mut chunks, limit, &query.range);
    }
    Ok(chunks)
}

fn read(shared: Arc<Shared>, reading: &Reading, query: BarsQuery) -> FrameStream<'static> {
    let lane = if reading.chunks.len() > LONG {
        Lane::Bulk
    } else {
        Lane::Requests
    };
    let batches: Vec<Vec<Arc<LiveChunk>>> = reading.chunks.chunks(BATCH).map(<[_]>::to_vec).collect();
    let (series, version) = (reading.series, reading.version);
    let query = Arc::new(query);
    let most = side_by_side().min(shared.database.connections(lane));
    let read = move |chunks: Vec<Arc<LiveChunk>>| {
        let (shared, query) = (shared.clone(), query.clone());
        // Spawned, so that it goes on while the reader is busy with the bars before.
        let task =
            task::spawn(async move { read_batch(&shared, lane, series, version, &chunks, &query).await });
        async move {
            let frames = task
                .await
                .map_err(|error| StoreError::unavailable(TaskFault(error)))??;
            Ok::<_, StoreError>(stream::iter(frames.into_iter().map(Ok)))
        }
    };
    stream::iter(batches)
        .map(read)
        .buffered(most)
        .try_flatten()
        .try_filter(|frame: &BarFrame| future::ready(!frame.is_empty()))
        .boxed()
}

async fn read_batch(
    shared: &Arc<Shared>,
    lane: Lane,
    series: SeriesId,
    version: Version,
    chunks: &[Arc<LiveChunk>],
    query: &Arc<BarsQuery>,
) -> Result<Vec<BarFrame>, StoreError> {
    let mut lease = shared.database.lease(lane).await?;
    let payloads = match payload::fetch(&mut lease, series, chunks, query.columns).await {
        Ok(payloads) => payloads,
        Err(Fault::Store(error @ StoreError::Corrupt { .. })) => {
            drop(lease);
            return Err(still_there(shared, &query.key, series, &[version], error).await);
        }
        Err(fault) => return Err(fault.into()),
    };
    drop(lease);
    let (chunks, query) = (chunks.to_vec(), query.clone());
    let decode = move || {
        let decode = |(payload, chunk): (payload::Payload, &Arc<LiveChunk>)| {
            let frame = payload.decode(series, chunk)?;
            Ok(cut(frame, &query))
        };
        payloads.into_iter().zip(&chunks).map(decode).collect()
    };
    task::spawn_blocking(decode)
        .await
        .map_err(|error| StoreError::unavailable(TaskFault(error)))?
}

/// Cuts a chunk's bars to the range of a query and puts them in its order.
fn cut(frame: BarFrame, query: &BarsQuery) -> BarFrame {
    let from = frame
        .time
        .partition_point(|time| *time < query.range.first_micros());
    let to = frame
        .time
        .partition_point(|time| *time <= query.range.last_micros())
        .max(from);
    let frame = if to - from == frame.len() {
        frame
    } else {
        frame.slice(from..to)
    };
    match query.order {
        Order::Ascending => frame,
        Order::Descending => frame.reversed(),
    }
}
