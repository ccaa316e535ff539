//! Fetching the columns of chunks and decoding them.

use std::{collections::HashMap, sync::Arc};

use domain::{
    error::StoreError,
    id::SeriesId,
    market::{BarFrame, Bars, ColumnSet, Timestamp},
};
use sqlx::{AssertSqlSafe, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::chunk::LiveChunk;
use crate::{
    codec::{self, CodecError},
    database::{Fault, Lease, damaged},
};

/// The columns of a chunk as the database has them.
pub(super) struct Payload {
    row: PgRow,
    wanted: ColumnSet,
}

/// What is wrong with a chunk of which there are no columns.
pub(super) const MISSING: &str = "the row is missing";

/// Names a chunk in an error: table and key.
pub(super) fn entity(series: SeriesId, chunk: &LiveChunk) -> String {
    format!(
        "price_chunk (series_id {series}, first_time {} ({}), chunk_id {})",
        chunk.first,
        Timestamp::saturating(chunk.first),
        chunk.id
    )
}

fn select(wanted: ColumnSet) -> String {
    let needed = codec::needed(wanted);
    let mut list = String::new();
    for column in needed.iter() {
        list.push_str(", ");
        list.push_str(column.as_str());
    }
    format!(
        "select chunk_id, time{list} from price_chunk \
         where series_id = $1 and first_time = any($2) and chunk_id = any($3)"
    )
}

/// Fetches the columns that are needed to decode `wanted`, of each chunk, in their order.
///
/// A chunk that is not there any more is damage, or has been pruned or purged since it was found.
pub(super) async fn fetch(
    lease: &mut Lease,
    series: SeriesId,
    chunks: &[Arc<LiveChunk>],
    wanted: ColumnSet,
) -> Result<Vec<Payload>, Fault> {
    let found = fetch_found(lease, series, chunks, wanted).await?;
    let missing = |chunk: &LiveChunk| damaged(entity(series, chunk), MISSING).into();
    let payload = |(payload, chunk): (Option<_>, &Arc<LiveChunk>)| payload.ok_or_else(|| missing(chunk));
    found.into_iter().zip(chunks).map(payload).collect()
}

/// Fetches the columns of each chunk that is still there.
pub(super) async fn fetch_found(
    lease: &mut Lease,
    series: SeriesId,
    chunks: &[Arc<LiveChunk>],
    wanted: ColumnSet,
) -> Result<Vec<Option<Payload>>, Fault> {
    let times: Vec<i64> = chunks.iter().map(|chunk| chunk.first).collect();
    let ids: Vec<Uuid> = chunks.iter().map(|chunk| chunk.id).collect();
    let query = sqlx::query(AssertSqlSafe(select(wanted)));
    let rows = lease
        .all(query.bind(series.as_uuid()).bind(times).bind(ids))
        .await?;
    let mut found: HashMap<Uuid, PgRow> = HashMap::with_capacity(rows.len());
    for row in rows {
        let id = row.try_get("chunk_id")?;
        found.insert(id, row);
    }
    let mut take = |chunk: &Arc<LiveChunk>| found.remove(&chunk.id).map(|row| Payload { row, wanted });
    Ok(chunks.iter().map(&mut take).collect())
}

impl Payload {
    fn bytes(&self, column: &str) -> Result<&[u8], CodecError> {
        self.row
            .try_get(column)
            .map_err(|error| CodecError::Numbers(error.to_string()))
    }

    /// Returns how many bytes the fetched columns take together.
    pub(super) fn size(&self) -> Result<u64, CodecError> {
        let mut size = self.bytes("time")?.len();
        for column in codec::needed(self.wanted).iter() {
            size += self.bytes(column.as_str())?.len();
        }
        Ok(size as u64)
    }

    fn decode_columns(&self, bars: usize) -> Result<BarFrame, CodecError> {
        let needed = codec::needed(self.wanted);
        let mut columns: [Option<&[u8]>; 5] = [None; 5];
        for column in needed.iter() {
            columns[column as usize] = Some(self.bytes(column.as_str())?);
        }
        codec::decode(bars, self.bytes("time")?, &columns, self.wanted)
    }

    /// Decodes the wanted columns, and says which chunk it is when that can't be done.
    pub(super) fn decode(&self, series: SeriesId, chunk: &LiveChunk) -> Result<BarFrame, StoreError> {
        let frame = self
            .decode_columns(chunk.bars as usize)
            .map_err(|error| StoreError::corrupt(entity(series, chunk), error))?;
        if frame.time.first() != Some(&chunk.first) || frame.time.last() != Some(&chunk.last) {
            return Err(damaged(
                entity(series, chunk),
                "its times are not those of its row",
            ));
        }
        Ok(frame)
    }

    /// Decodes all bars.
    pub(super) fn decode_bars(&self, series: SeriesId, chunk: &LiveChunk) -> Result<Bars, StoreError> {
        let frame = self.decode(series, chunk)?;
        Bars::try_from(frame).map_err(|error| StoreError::corrupt(entity(series, chunk), error))
    }
}
