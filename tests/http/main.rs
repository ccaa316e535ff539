//! The HTTP API, as clients see it: a real server on a real store.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod bars;
mod catalogue;
mod conditions;
mod doors;
mod durability;
mod formats;
mod history;
mod hostile;
mod imports;
mod operations;
mod problems;
mod secrets;
mod streams;
mod upload;
mod writes;

use tests::{client, raw};
