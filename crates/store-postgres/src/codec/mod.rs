//! The columns of a chunk as bytes, and back, bit for bit.
//!
//! Each column stands alone: a version, how it is coded, the payload, and an XXH3-64 over all of it, little-endian, at
//! the end. Numbers are packed by `pco`. Prices that are exact multiples of 10⁻ᵈ (d ≤ 9) are packed as integers that
//! tell one column by another, as bars hold little that is new in each:
//!
//! ```text
//! open[i]  − close[i−1]        high[i] − max(open[i], close[i])
//! close[i] − open[i]           min(open[i], close[i]) − low[i]
//! ```
//!
//! Prices that are not such multiples, as adjusted ones, are packed as they are.

mod column;
mod curve;
mod prices;
mod scale;
mod volume;

use domain::market::{BarFrame, Bars, Column, ColumnSet};

pub(crate) use column::CodecError;
pub(crate) use curve::{decode_curve, encode_curve};

/// The columns of a chunk as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodedColumns {
    /// Opening times.
    pub(crate) time: Vec<u8>,
    /// Open, high, low, close and volume, indexed by [`Column`].
    pub(crate) values: [Vec<u8>; 5],
}

impl EncodedColumns {
    /// Returns how many bytes the columns take together.
    pub(crate) fn bytes(&self) -> usize {
        self.time.len() + self.values.iter().map(Vec::len).sum::<usize>()
    }
}

/// Encodes bars.
pub(crate) fn encode(bars: &Bars) -> Result<EncodedColumns, CodecError> {
    let time = column::pack_times(bars.time())?;
    let [open, high, low, close] = prices::encode(bars)?;
    let volume = volume::encode(bars.volume())?;
    Ok(EncodedColumns {
        time,
        values: [open, high, low, close, volume],
    })
}

/// Returns the columns whose bytes are needed to decode `wanted`.
pub(crate) fn needed(wanted: ColumnSet) -> ColumnSet {
    let mut needed: Vec<Column> = wanted.iter().collect();
    if wanted.iter().any(|column| column != Column::Volume) {
        needed.extend([Column::Open, Column::Close]);
    }
    needed.into_iter().collect()
}

/// Decodes the times and the `wanted` columns of a chunk of `bars` bars; `bytes` has the columns that [`needed`] names.
pub(crate) fn decode(
    bars: usize,
    time: &[u8],
    bytes: &[Option<&[u8]>; 5],
    wanted: ColumnSet,
) -> Result<BarFrame, CodecError> {
    let mut frame = BarFrame {
        time: column::unpack_times(time, bars)?,
        columns: prices::decode(bars, bytes, wanted)?,
    };
    if wanted.contains(Column::Volume) {
        let bytes = bytes[Column::Volume as usize].ok_or(CodecError::Missing(Column::Volume))?;
        frame.columns[Column::Volume as usize] = Some(volume::decode(bytes, bars)?);
    }
    Ok(frame)
}

#[cfg(test)]
mod tests;
