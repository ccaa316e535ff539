//! Chunks: immutable Parquet files of up to 65,536 bars of one series.

mod decode;
mod encode;

use std::sync::{Arc, OnceLock};

use chunks::PackedRuns;
use domain::market::{Bars, GridRun, SetDigest, Timeframe, grid_runs};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

pub(crate) use decode::{Selection, decode, decode_all};
pub(crate) use encode::encode;

/// The most bars that a chunk holds.
pub(crate) const CHUNK_BARS: usize = 65_536;
/// More runs than these are read from the chunk itself when they are needed.
const MOST_RUNS: usize = 2_048;

/// What a journal says of a chunk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ChunkMeta {
    pub(crate) id: Uuid,
    /// The name of the file in the series' folder of chunks.
    pub(crate) file: String,
    /// The times of the first and the last bar, µs since the epoch.
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) bars: u64,
    /// The size and the XXH3-128 of the file.
    pub(crate) bytes: u64,
    #[serde(with = "hex")]
    pub(crate) checksum: u128,
    /// The digest of the bars.
    pub(crate) digest: SetDigest,
    /// The runs of bars without a hole; `None` when there are too many to write down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    runs: Option<PackedRuns>,
    /// The runs once they have been read from the file.
    #[serde(skip)]
    found_runs: Arc<OnceLock<Vec<GridRun>>>,
}

impl ChunkMeta {
    /// Describes `bars` as encoded in `bytes`.
    pub(crate) fn describe(id: Uuid, timeframe: Timeframe, bars: &Bars, bytes: &[u8]) -> Option<Self> {
        let (first, last) = (bars.first_time()?, bars.last_time()?);
        let runs = grid_runs(bars.time(), timeframe);
        Some(Self {
            id,
            file: crate::layout::chunk_file(first, id),
            first,
            last,
            bars: bars.len() as u64,
            bytes: bytes.len() as u64,
            checksum: xxh3_128(bytes),
            digest: bars.digest(),
            runs: PackedRuns::pack(&runs, timeframe, MOST_RUNS),
            found_runs: Arc::new(OnceLock::from(runs)),
        })
    }

    /// Returns the runs of bars without a hole, if they are known without reading the file.
    pub(crate) fn known_runs(&self, timeframe: Timeframe) -> Option<&[GridRun]> {
        if self.found_runs.get().is_none()
            && let Some(runs) = &self.runs
        {
            return Some(self.found_runs.get_or_init(|| runs.unpack(timeframe)));
        }
        self.found_runs.get().map(Vec::as_slice)
    }

    /// Remembers the runs that reading the file has shown.
    pub(crate) fn learn_runs(&self, times: &[i64], timeframe: Timeframe) -> &[GridRun] {
        self.found_runs.get_or_init(|| grid_runs(times, timeframe))
    }
}

impl chunks::ChunkMeta for ChunkMeta {
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

mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{number:032x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}
