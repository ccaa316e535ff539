//! Loss of power, failing and full disks, and flipped bits.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod contention;
mod damage;
mod faults;
mod history;
mod long_history;
mod power_loss;
mod runs;
mod simulated;
mod strategies;
