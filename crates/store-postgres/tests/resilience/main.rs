//! What the store on PostgreSQL keeps to when rows are damaged, connections fail, callers go away and others write.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod asleep;
mod cancellation;
mod constraints;
mod contention;
mod daily;
mod damage;
mod meanwhile;
mod outage;
mod place;
mod pruning;
mod queue;
mod results;
mod rights;
mod sharing;
mod start;
mod tls;
mod traps;
mod zones;
