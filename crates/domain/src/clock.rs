//! Where the time comes from.

use crate::market::Timestamp;

/// Tells the current time; injected, so that tests can hold it still.
pub trait Clock: Send + Sync {
    /// Returns the current time, UTC.
    fn now(&self) -> Timestamp;
}
