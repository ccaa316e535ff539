//! Telling a caller how far a scan is, and hearing that it should stop.

/// Hears how far a scan is: after every 65,536 rows and at the end of each input.
pub trait ReadProgress: Sync {
    /// Tells how many bytes there are on disk, once, before anything else.
    fn total(&self, bytes: u64);
    /// Tells how many more bytes on disk and rows have been read since the last call.
    fn advance(&self, bytes: u64, rows: u64);
    /// Asks whether to stop.
    fn cancelled(&self) -> bool;
}

/// Hears nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl ReadProgress for NoProgress {
    fn total(&self, _bytes: u64) {}

    fn advance(&self, _bytes: u64, _rows: u64) {}

    fn cancelled(&self) -> bool {
        false
    }
}
