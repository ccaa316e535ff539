//! The contract of the port of [`domain::strategy`]: what every store must do, one case a promise.
//!
//! Cases are plain functions, named once in the list of [`strategy_contract!`](crate::strategy_contract).
#![expect(missing_docs, reason = "the names of the cases are sentences")]
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]

pub mod catalogue;
mod lists;
pub mod replays;
pub mod saves;
pub(crate) mod steps;

pub use steps::{document, save};
