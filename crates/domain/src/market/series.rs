//! The state of a series, as the catalogue shows it.

use serde::Serialize;

use super::{SeriesKey, SetDigest, Timestamp, Version};
use crate::id::SeriesId;

/// The newest state of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesHead {
    /// The name of the series.
    pub key: SeriesKey,
    /// Its identity, which a purge ends.
    pub id: SeriesId,
    /// The newest version.
    pub version: Version,
    /// How many bars it holds.
    pub bars: u64,
    /// When the first bar opens.
    pub first: Option<Timestamp>,
    /// When the last bar opens.
    pub last: Option<Timestamp>,
    /// How many bars the series' own calendar expects and does not find.
    pub gaps: u64,
    /// The digest of its bars.
    pub digest: SetDigest,
    /// How many bytes its live chunks take.
    pub bytes: u64,
    /// When the newest version was committed.
    pub updated_at: Timestamp,
}

/// The place of a series in a list: the sorted figure and the key, which breaks ties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesPosition {
    /// The figure that the list is sorted by; `None` when it is sorted by key, or for a series without bars.
    pub rank: Option<i64>,
    /// The key.
    pub key: SeriesKey,
}

/// What reading a whole series back, with all its history, has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesCheck {
    /// The series.
    pub key: SeriesKey,
    /// How many versions were checked.
    pub versions: u64,
    /// How many chunks were read.
    pub chunks: u64,
    /// How many bars they hold.
    pub bars: u64,
    /// Everything that does not match; empty when all is well.
    pub damages: Vec<Damage>,
}

/// A stored thing that is not what it was when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The damaged thing: a file, or a table and key.
    pub entity: String,
    /// What does not match.
    pub problem: String,
}
