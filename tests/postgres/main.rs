//! The real server on a real PostgreSQL, through everything that can happen to either.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod copying;
mod durability;
mod entry;
mod imports;
mod outage;
mod restarts;
mod secrets;
mod sharing;
mod site;

use tests::{client, raw};
