//! The way to the server: pools, turns, time limits, and what its errors mean.

mod fault;
mod lease;
mod orm;
mod pools;
mod retry;
mod suspicion;

pub(crate) use fault::{Fault, damaged};
pub(crate) use lease::{Lease, Statement};
pub(crate) use pools::{Database, Lane};
pub(crate) use retry::Attempts;
