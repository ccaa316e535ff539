//! What is known of a chunk without its columns, and finding the chunks of a version.

use std::sync::Arc;

use chunks::ChunkMeta;
use domain::{
    error::{EntityRef, StoreError},
    id::SeriesId,
    market::{Order, SetDigest, TimeRange, Version},
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{found::FoundSeries, row::Row};
use crate::database::{Fault, Lease};

/// The most bars that a chunk holds.
pub(crate) const CHUNK_BARS: usize = 4_096;
/// How many neighbours of what a write touches are looked at, to put small ones together.
const NEIGHBOURS: i64 = 48;

/// A chunk that a version consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LiveChunk {
    pub(super) id: Uuid,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) bars: u64,
    pub(super) bytes: u64,
    pub(super) digest: SetDigest,
}

impl ChunkMeta for LiveChunk {
    fn first(&self) -> i64 {
        self.first
    }

    fn last(&self) -> i64 {
        self.last
    }

    fn bars(&self) -> u64 {
        self.bars
    }

    fn digest(&self) -> SetDigest {
        self.digest
    }
}

pub(super) fn live_chunk(row: &PgRow) -> Result<Arc<LiveChunk>, StoreError> {
    let row = Row::new(row, "price_chunk");
    let count = |column| -> Result<u64, StoreError> {
        let count: i32 = row.get(column)?;
        Ok(count.max(0) as u64)
    };
    Ok(Arc::new(LiveChunk {
        id: row.get("chunk_id")?,
        first: row.get("first_time")?,
        last: row.get("last_time")?,
        bars: count("bars")?,
        bytes: count("bytes")?,
        digest: row.digest("digest")?,
    }))
}

/// Returns the live chunks of a version that touch `span`, with some neighbours on either side, by time; none when
/// another version is the newest by now. One statement sees the chunks and the head together.
pub(super) async fn chunks_around(
    lease: &mut Lease,
    series: SeriesId,
    version: Version,
    span: (i64, i64),
) -> Result<Option<Vec<Arc<LiveChunk>>>, Fault> {
    let query = sqlx::query(include_str!("sql/chunks_around.sql"));
    let rows = lease
        .all(
            query
                .bind(series.as_uuid())
                .bind(span.0)
                .bind(span.1)
                .bind(NEIGHBOURS),
        )
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    if Row::new(first, "series_head").count("version")? != version.0 {
        return Ok(None);
    }
    Ok(Some(chunks_beside(&rows)?))
}

/// Reads the chunks beside a head; without any there is one row, of the head alone.
fn chunks_beside(rows: &[PgRow]) -> Result<Vec<Arc<LiveChunk>>, StoreError> {
    if let [only] = rows
        && Row::new(only, "price_chunk")
            .get::<Option<Uuid>>("chunk_id")?
            .is_none()
    {
        return Ok(Vec::new());
    }
    rows.iter().map(live_chunk).collect()
}

/// Returns all chunks of a version that may hold bars of `range`, by time.
pub(super) async fn chunks_of(
    lease: &mut Lease,
    series: &FoundSeries,
    version: Version,
    range: &TimeRange,
) -> Result<Vec<Arc<LiveChunk>>, Fault> {
    some_chunks_of(lease, series, version, range, (Order::Ascending, i64::MAX)).await
}

/// Returns the first or last chunks of a version that may hold bars of `range`, up to `most`, in the order of a read.
///
/// The series may have been purged since it was found, or the version pruned. One statement sees the chunks and what
/// is kept together, so that no version is taken for a smaller one.
pub(super) async fn some_chunks_of(
    lease: &mut Lease,
    series: &FoundSeries,
    version: Version,
    range: &TimeRange,
    (order, most): (Order, i64),
) -> Result<Vec<Arc<LiveChunk>>, Fault> {
    if version == Version::EMPTY || range.is_empty() {
        return Ok(Vec::new());
    }
    let sql = match order {
        Order::Ascending => concat!(include_str!("sql/chunks_of.sql"), "limit $5"),
        Order::Descending => concat!(include_str!("sql/chunks_of.sql"), "desc limit $5"),
    };
    let query = sqlx::query(sql)
        .bind(series.id().as_uuid())
        .bind(version.0 as i64)
        .bind(range.first_micros())
        .bind(range.last_micros())
        .bind(most);
    let rows = lease.all(query).await?;
    let Some(first) = rows.first().map(|row| Row::new(row, "series_head")) else {
        return Err(StoreError::NotFound(EntityRef::Series(series.head.key.clone())).into());
    };
    let now = FoundSeries {
        kept_from: Version(first.count("kept_from")?),
        ..series.clone()
    };
    now.check_kept(lease, version).await?;
    Ok(chunks_beside(&rows)?)
}
