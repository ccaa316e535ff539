//! Reading the document by which another tool's result comes in: `{tool, cash, trades, equity, …}`.
//!
//! Whatever is wrong is told with the JSON pointer of its place. Trades and points are judged one by one as they are
//! read, so that a long document never stands in memory as a tree.

mod fields;
mod reader;

use domain::market::Author;
use serde::Serialize;

use super::record::{RecordError, RecordOrder};

/// How long a document may be, in bytes.
pub const MAX_RECORD_BYTES: usize = 256 << 20;
/// How many faults are told.
const MAX_FAULTS: usize = 20;

/// Something that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The JSON pointer of its place: `/trades/3/units`; empty for the document as a whole.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.pointer, self.message)
        }
    }
}

/// Everything that is wrong with a document, as far as it was read; at least one thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", joined(.0))]
pub struct Faults(pub Vec<Fault>);

fn joined(faults: &[Fault]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("\n")
}

/// Reads the JSON document of a result that was made elsewhere.
///
/// Times are RFC 3339, dates, or epoch numbers whose unit their magnitude tells. Keys that are not known are refused.
///
/// # Errors
/// [`Faults`] with what is wrong, and where.
pub fn read_record(json: &[u8], author: Author) -> Result<RecordOrder, Faults> {
    if json.len() > MAX_RECORD_BYTES {
        let message = format!("it has more than {} MiB", MAX_RECORD_BYTES >> 20);
        return Err(Faults(vec![Fault {
            pointer: String::new(),
            message,
        }]));
    }
    reader::read(json, author)
}

impl RecordError {
    /// Returns the JSON pointer of the place in the document that it is about.
    pub fn pointer(&self) -> String {
        match self {
            Self::Tool => "/tool".to_owned(),
            Self::Strategy => "/strategy".to_owned(),
            Self::Parameter => "/parameters".to_owned(),
            Self::NoTimeframe | Self::OtherTimeframe { .. } => "/timeframe".to_owned(),
            Self::NoEquity | Self::Curve(_) => "/equity".to_owned(),
            Self::TooManyTrades => "/trades".to_owned(),
            Self::Trade { number, key, .. } | Self::Outside { number, key, .. } => {
                format!("/trades/{}/{key}", number - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests;
