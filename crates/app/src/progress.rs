//! How a long use case tells how far it is, and how it is told to stop.

use domain::error::StoreError;

/// What a use case is busy with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Reading files; units are bytes on disk, rows are rows of data.
    Reading,
    /// Comparing what was read with what is stored; units are bars. The text names the series.
    Comparing(String),
    /// Writing bars to a series; units are bars. The text names the series.
    Writing(String),
    /// Encoding bars; units are bars.
    Exporting,
    /// Reading series back; units are series, rows are bars.
    Verifying,
    /// Comparing the histories of series; units are series, rows are versions.
    Planning,
    /// Copying series; units are versions, rows are bars.
    Copying,
    /// Computing the checksums of files; units are bytes.
    Hashing,
    /// Moving files that were imported to an archive; units are bytes.
    Archiving,
    /// Reading the bars of a backtest; units are bars.
    Loading,
    /// Running a backtest; units are steps.
    Simulating,
    /// Running a sweep; units are runs.
    Sweeping,
}

/// Hears how far a use case is and may ask it to stop.
pub trait Progress: Send + Sync {
    /// A stage begins. `total` says how many units it has, where that is known.
    fn begin(&self, stage: &Stage, total: Option<u64>);

    /// The stage went on by `units`, among them `rows` rows or bars.
    fn advance(&self, units: u64, rows: u64);

    /// Tells whether the use case shall stop; what is not committed by then is left out.
    fn cancelled(&self) -> bool;
}

/// Hears nothing and never stops anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Progress for Unobserved {
    fn begin(&self, _stage: &Stage, _total: Option<u64>) {}

    fn advance(&self, _units: u64, _rows: u64) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// The use case was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Cancelled {
    /// Returns an error if `progress` wants the use case to stop.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn check(progress: &dyn Progress) -> Result<(), Self> {
        if progress.cancelled() { Err(Self) } else { Ok(()) }
    }

    /// Tells whether a write failed because its bars ended with this error.
    pub fn caused(error: &StoreError) -> bool {
        matches!(error, StoreError::Input(cause) if cause.is::<Self>())
    }
}
