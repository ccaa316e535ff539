//! One column as bytes: version, coding, payload, checksum.

use domain::market::Column;
use pco::{
    ChunkConfig, DeltaSpec, ModeSpec,
    data_types::Number,
    standalone::{simple_compress_into, simple_decompress_into},
};
use xxhash_rust::xxh3::xxh3_64;

/// The version of the format, the first byte of every column.
const VERSION: u8 = 1;
/// The version, and the coding.
const HEADER: usize = 2;
/// The checksum at the end.
const TRAILER: usize = 8;

/// The bytes of a column are not what was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodecError {
    /// Bits changed, or bytes are missing.
    #[error("its bytes do not match their checksum")]
    Checksum,
    /// A later version wrote it.
    #[error("it has version {0} of the format; this program reads version {VERSION}")]
    Version(u8),
    /// The coding makes no sense here.
    #[error("it is coded in an unknown way ({0})")]
    Coding(u8),
    /// The numbers can't be unpacked.
    #[error("its numbers can't be unpacked: {0}")]
    Numbers(String),
    /// There are more or fewer numbers than bars.
    #[error("it does not have a number for each of {0} bars")]
    Count(usize),
    /// A column that is needed was not given.
    #[error("the column {0} is missing")]
    Missing(Column),
}

/// How much effort `pco` makes, of 12. Levels above 6 take longer and gain next to nothing on bars.
const LEVEL: usize = 6;

fn config(delta: DeltaSpec) -> ChunkConfig {
    ChunkConfig::default()
        .with_compression_level(LEVEL)
        .with_delta_spec(delta)
        .with_mode_spec(ModeSpec::Classic)
}

/// Writes a column: `body` appends the payload.
pub(super) fn framed(
    coding: u8,
    body: impl FnOnce(&mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<Vec<u8>, CodecError> {
    let mut bytes = vec![VERSION, coding];
    body(&mut bytes)?;
    let checksum = xxh3_64(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// Checks a column and returns its coding and payload.
pub(super) fn unframed(bytes: &[u8]) -> Result<(u8, &[u8]), CodecError> {
    let (framed, checksum) = bytes.split_last_chunk::<TRAILER>().ok_or(CodecError::Checksum)?;
    if xxh3_64(framed) != u64::from_le_bytes(*checksum) {
        return Err(CodecError::Checksum);
    }
    match *framed {
        [VERSION, coding, ref payload @ ..] => Ok((coding, payload)),
        [version, ..] if framed.len() >= HEADER => Err(CodecError::Version(version)),
        _ => Err(CodecError::Checksum),
    }
}

/// Packs numbers that have no trend of their own.
pub(super) fn pack<T: Number>(numbers: &[T], bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    pack_with(numbers, &config(DeltaSpec::NoOp), bytes)
}

/// Packs numbers of which nothing is known.
pub(super) fn pack_any(numbers: &[f64], bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    pack_with(
        numbers,
        &ChunkConfig::default().with_compression_level(LEVEL),
        bytes,
    )
}

fn pack_with<T: Number>(numbers: &[T], config: &ChunkConfig, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    simple_compress_into(numbers, config, &mut *bytes)
        .map_err(|error| CodecError::Numbers(error.to_string()))?;
    Ok(())
}

/// Unpacks just `count` numbers.
pub(super) fn unpack<T: Number>(payload: &[u8], count: usize) -> Result<Vec<T>, CodecError> {
    // One more than there should be, so that a surplus shows.
    let mut numbers = vec![T::default(); count + 1];
    let progress = simple_decompress_into(payload, &mut numbers)
        .map_err(|error| CodecError::Numbers(error.to_string()))?;
    if progress.n_processed != count || !progress.finished {
        return Err(CodecError::Count(count));
    }
    numbers.truncate(count);
    Ok(numbers)
}

/// Times are packed by the difference to the one before.
pub(super) fn pack_times(times: &[i64]) -> Result<Vec<u8>, CodecError> {
    framed(0, |bytes| {
        pack_with(times, &config(DeltaSpec::TryConsecutive(1)), bytes)
    })
}

pub(super) fn unpack_times(bytes: &[u8], count: usize) -> Result<Vec<i64>, CodecError> {
    match unframed(bytes)? {
        (0, payload) => unpack(payload, count),
        (coding, _) => Err(CodecError::Coding(coding)),
    }
}
