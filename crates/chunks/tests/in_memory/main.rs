//! Planning over chunks in memory, of a few bars each.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod difference;
mod gathering;
mod memory;
mod planning;
