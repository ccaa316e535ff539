//! Bars from the body of a request: the formats that the writing side makes, read strictly.
//!
//! Price files in the wild are [`crate::read`]'s. A body is written by a program: one row that breaks a rule refuses
//! the whole of it, and every fault is named with its place.

mod arrow;
mod csv;
mod error;
mod inflate;
mod json;
mod table;

use domain::market::Bars;

pub use self::{
    error::{DecodeError, Fault},
    inflate::{Coding, inflate},
    table::Places,
};
use crate::Format;

/// Bars that were read from a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The bars, ascending, in whatever order they came.
    pub bars: Bars,
    /// Whether some time of day came without its offset from UTC, and was taken as UTC.
    pub naive: bool,
    /// Where each bar stood in the body.
    pub places: Places,
}

/// Reads bars in one format. Columns are found by name, in any order and, but for JSON, whatever their case; a missing
/// volume is unknown.
///
/// # Errors
/// [`DecodeError::Format`] for Parquet and compressed Arrow, which are no formats of bodies; [`DecodeError::Unreadable`] when the body is not
/// what it says it is; [`DecodeError::Columns`] when a column is missing, unknown or of another length;
/// [`DecodeError::Rows`] with the faults of the rows, up to a hundred.
pub fn decode_bars(format: Format, body: &[u8]) -> Result<Decoded, DecodeError> {
    let table = match format {
        Format::Json => json::columns(body)?,
        Format::Rows => json::rows(body)?,
        Format::Csv => csv::table(body)?,
        Format::Arrow => arrow::table(body)?,
        Format::ArrowZstd | Format::Parquet => return Err(DecodeError::Format(format)),
    };
    table.into_bars()
}

#[cfg(test)]
mod tests;
