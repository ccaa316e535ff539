//! The contract of the port of [`domain::job`]: what every store must do, one case a promise.
//!
//! Cases are plain functions, named once in the list of [`job_contract!`](crate::job_contract).
#![expect(missing_docs, reason = "the names of the cases are sentences")]
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]

pub mod cancelling;
pub mod ends;
pub mod leases;
mod lists;
pub mod queue;
pub(crate) mod steps;
