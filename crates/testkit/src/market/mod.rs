//! The contract of the ports of [`domain::market`]: what every store must do, one case a promise.
//!
//! Cases are plain functions, named once in the lists of [`price_contract!`](crate::price_contract),
//! [`instrument_contract!`](crate::instrument_contract) and [`import_contract!`](crate::import_contract), which make a
//! test of each for one harness.
#![expect(missing_docs, reason = "the names of the cases are sentences")]
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]

pub mod catalogue;
pub mod commits;
pub mod concurrency;
pub mod diffs;
pub mod gaps;
pub mod idempotency;
pub mod imports;
pub mod instruments;
pub mod keys;
pub mod lifetimes;
mod lists;
pub mod reads;
pub mod records;
pub mod refusals;
pub mod replaying;
pub mod reverting;
pub(crate) mod steps;
pub mod values;
pub mod versions;
