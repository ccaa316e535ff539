//! Bars: read in five formats, written, deleted.

mod answer;
mod params;
pub(crate) mod read;
pub(crate) mod write;
