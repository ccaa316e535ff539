//! The runs of bars without a hole, by which gaps are counted: kept with each chunk, and in memory for series that
//! were written lately.

use std::sync::Arc;

use chunks::PackedRuns;
use domain::{
    id::SeriesId,
    market::{Bars, ColumnSet, GridRun, Timeframe, Version, grid_runs},
};

use quick_cache::{Weighter, sync::Cache};

use super::{chunk, payload, row::Row};
use crate::database::{Fault, Lease};

/// More runs than these are read from the chunk itself when they are needed.
const MOST_RUNS: usize = 256;
/// How many runs are kept in memory, of all series together: 64 MiB.
const MOST_KEPT: u64 = 4 << 20;
/// How many series are likely kept.
const EXPECTED_SERIES: usize = 1_000;

/// The runs of one chunk, by the time of its first bar.
#[derive(Debug, Clone)]
pub(super) struct ChunkRuns {
    pub(super) first: i64,
    pub(super) runs: Arc<[GridRun]>,
}

/// The runs of all chunks of a version, by time.
pub(super) type SeriesRuns = Arc<Vec<ChunkRuns>>;

/// Returns the runs of a chunk's bars.
pub(super) fn runs_of(bars: &Bars, timeframe: Timeframe) -> Arc<[GridRun]> {
    grid_runs(bars.time(), timeframe).into()
}

/// Returns runs as their column has them: the packed numbers, little-endian.
pub(super) fn to_bytes(runs: &[GridRun], timeframe: Timeframe) -> Option<Vec<u8>> {
    let packed = PackedRuns::pack(runs, timeframe, MOST_RUNS)?;
    Some(
        packed
            .numbers()
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect(),
    )
}

fn from_bytes(bytes: &[u8], timeframe: Timeframe) -> Vec<GridRun> {
    let (numbers, _) = bytes.as_chunks::<8>();
    PackedRuns::from_numbers(numbers.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect())
        .unpack(timeframe)
}

/// Puts the runs of all chunks in one row.
pub(super) fn all(runs: &[ChunkRuns]) -> Vec<GridRun> {
    runs.iter().flat_map(|chunk| chunk.runs.iter().copied()).collect()
}

/// The newest runs of a series.
type Newest = (Version, SeriesRuns);

/// The runs of series that were written lately.
#[derive(Debug)]
pub(crate) struct RunsCache(Cache<SeriesId, Newest, CountedRuns>);

#[derive(Debug, Clone)]
struct CountedRuns;

impl Weighter<SeriesId, Newest> for CountedRuns {
    fn weight(&self, _: &SeriesId, (_, runs): &Newest) -> u64 {
        // What holds the runs of a chunk takes as much as two of them.
        runs.iter().map(|chunk| chunk.runs.len() as u64 + 2).sum::<u64>() + 2
    }
}

impl RunsCache {
    pub(crate) fn new() -> Self {
        Self(Cache::with_weighter(EXPECTED_SERIES, MOST_KEPT, CountedRuns))
    }

    fn get(&self, series: SeriesId, version: Version) -> Option<SeriesRuns> {
        let (of, runs) = self.0.get(&series)?;
        (of == version).then_some(runs)
    }

    /// Remembers the runs of a version.
    pub(super) fn put(&self, series: SeriesId, version: Version, runs: SeriesRuns) {
        self.0.insert(series, (version, runs));
    }

    /// Returns the runs of a version, from memory or from the database.
    pub(super) async fn load(
        &self,
        lease: &mut Lease,
        series: SeriesId,
        version: Version,
        timeframe: Timeframe,
    ) -> Result<SeriesRuns, Fault> {
        if version == Version::EMPTY {
            return Ok(SeriesRuns::default());
        }
        if let Some(runs) = self.get(series, version) {
            return Ok(runs);
        }
        let query = sqlx::query(include_str!("sql/runs_of.sql"));
        let rows = lease
            .all(query.bind(series.as_uuid()).bind(version.0 as i64))
            .await?;
        let mut runs = Vec::with_capacity(rows.len());
        let mut unknown = Vec::new();
        for found in &rows {
            let row = Row::new(found, "price_chunk");
            let bytes: Option<&[u8]> = row.get("runs")?;
            let known = bytes.map(|bytes| from_bytes(bytes, timeframe));
            if known.is_none() {
                unknown.push((runs.len(), chunk::live_chunk(found)?));
            }
            runs.push(ChunkRuns {
                first: row.get("first_time")?,
                runs: known.unwrap_or_default().into(),
            });
        }
        for batch in unknown.chunks(64) {
            let chunks: Vec<_> = batch.iter().map(|(_, chunk)| chunk.clone()).collect();
            let payloads = payload::fetch(lease, series, &chunks, ColumnSet::TIME).await?;
            for ((index, chunk), payload) in batch.iter().zip(payloads) {
                let frame = payload.decode(series, chunk)?;
                runs[*index].runs = grid_runs(&frame.time, timeframe).into();
            }
        }
        let runs = Arc::new(runs);
        self.put(series, version, runs.clone());
        Ok(runs)
    }
}
