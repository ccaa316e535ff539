//! Use cases that span ports: import, export, resampled reads, revert, verification, transfer,
//! backup, strategies, sample data.
//!
//! A use case takes [`stores::Stores`] and a request, knows no adapter, and leaves the runtime for blocking work.
//! Each has its own error; long ones report to a [`progress::Progress`], which can also stop them.

pub mod ambient;
pub mod backtest;
pub mod backup;
pub mod bars;
pub mod desk;
pub mod export;
#[cfg(test)]
mod fixture;
pub mod fraction;
pub mod import;
pub mod progress;
pub mod resample;
pub mod revert;
pub mod sample;
pub mod stores;
pub mod strategy;
pub mod transfer;
pub mod uploads;
pub mod verify;
