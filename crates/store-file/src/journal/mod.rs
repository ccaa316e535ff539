//! The journal of a series: the commits that were made, and the state that they lead to.

mod append;
mod frame;
mod history;
mod load;
mod record;
mod state;

pub(crate) use append::append;
pub(crate) use history::{CommitWalk, commit_at, find_key, state_at};
pub(crate) use load::{CachedSeries, audit, known_series, load_by_folder, refresh, unchanged};
pub(crate) use record::{CommitRecord, Record};
pub(crate) use state::SeriesState;

/// A segment ends after so many commits, and the next one begins with a checkpoint.
pub(crate) const SEGMENT_COMMITS: usize = 1_000;
