//! Bars to bytes: CSV, JSON, Arrow IPC and Parquet, batch by batch.
//!
//! Every format has the columns time, open, high, low, close and volume, in that order and as far as they were asked
//! for, and `complete` behind them when the bars were resampled. Numbers come back bit for bit; an unknown volume is
//! empty in CSV and null elsewhere.

mod arrow;
mod csv;
mod format;
mod json_columns;
mod json_page;
mod json_rows;
mod layout;
mod number;
mod parquet;
mod sink;
mod time;

use std::io::{self, Write};

use arrow_ipc::CompressionType;
use domain::market::{BarFrame, TimestampError};

pub use self::{
    format::{Format, FormatError},
    json_page::json_page,
    layout::Layout,
};

/// Bars could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A batch lacks a column that the layout has.
    #[error("a batch of bars lacks the column `{0}`")]
    MissingColumn(&'static str),
    /// A column of a batch is not as long as its times.
    #[error("the column `{column}` has {found} values for {expected} bars")]
    Length {
        /// The column's name.
        column: &'static str,
        /// How many values it has.
        found: usize,
        /// How many bars the batch has.
        expected: usize,
    },
    /// A price is unknown, or a value is infinite.
    #[error("bar at {time} µs since 1970: {column} is not a finite number")]
    NotFinite {
        /// The column's name.
        column: &'static str,
        /// The bar's time, µs since the Unix epoch, UTC.
        time: i64,
    },
    /// A time can't be written.
    #[error(transparent)]
    Time(#[from] TimestampError),
    /// The bytes could not be written.
    #[error("could not be written: {0}")]
    Io(#[from] io::Error),
    /// The encoder of a binary format failed.
    #[error("could not be encoded: {0}")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Writes bars in one format, batch by batch.
///
/// What was written is a valid document once [`FrameEncoder::finish`] has returned, even when there was no bar. After
/// an error it is not, and the encoder is of no more use.
pub trait FrameEncoder<W>: Send {
    /// Writes the next bars. `complete` tells of each bar whether it is complete; it is written when the layout has
    /// that column.
    ///
    /// # Errors
    /// [`WriteError`] when a column of the layout is missing, too short or holds what is no finite number (an unknown
    /// volume may be NaN), or when the bytes could not be written.
    fn write_rows(&mut self, frame: &BarFrame, complete: Option<&[bool]>) -> Result<(), WriteError>;

    /// Writes the next bars of a layout without the column `complete`.
    ///
    /// # Errors
    /// Those of [`FrameEncoder::write_rows`].
    fn write(&mut self, frame: &BarFrame) -> Result<(), WriteError> {
        self.write_rows(frame, None)
    }

    /// Ends the document and returns the writer, flushed.
    ///
    /// # Errors
    /// [`WriteError`] when the bytes could not be written.
    fn finish(self: Box<Self>) -> Result<W, WriteError>;
}

/// Makes an encoder that writes the columns of `layout` to `out`; a [`domain::market::ColumnSet`] is a layout.
///
/// It never holds more than a part of a batch, or a row group of Parquet (131,072 bars). JSON columns go through
/// unnamed temporary files as soon as they are larger than a few MiB, since a column ends where the next one begins.
///
/// # Errors
/// [`WriteError`] when the beginning of the document could not be written.
pub fn encoder<W: Write + Send + 'static>(
    format: Format,
    layout: impl Into<Layout>,
    out: W,
) -> Result<Box<dyn FrameEncoder<W>>, WriteError> {
    let layout = layout.into();
    Ok(match format {
        Format::Csv => Box::new(csv::CsvEncoder::new(layout, out)),
        Format::Json => Box::new(json_columns::JsonColumnsEncoder::new(layout, out)),
        Format::Rows => Box::new(json_rows::JsonRowsEncoder::new(layout, out)),
        Format::Arrow => Box::new(arrow::ArrowEncoder::new(layout, out, None)?),
        Format::ArrowZstd => Box::new(arrow::ArrowEncoder::new(
            layout,
            out,
            Some(CompressionType::ZSTD),
        )?),
        Format::Parquet => Box::new(parquet::ParquetEncoder::new(layout, out)?),
    })
}

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod wire;
