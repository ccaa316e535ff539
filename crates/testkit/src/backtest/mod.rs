//! The contract of the ports of [`domain::backtest`]: what every store must do, one case a promise.
//!
//! Cases are plain functions, named once in the list of [`backtest_contract!`](crate::backtest_contract).
#![expect(missing_docs, reason = "the names of the cases are sentences")]
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]

pub mod catalogue;
pub mod editing;
mod lists;
pub mod pins;
pub mod records;
pub mod removing;
pub(crate) mod steps;
pub mod sweeps;
