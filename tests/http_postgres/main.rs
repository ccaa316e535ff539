//! The HTTP API, as clients see it: the tests of `http`, on a store on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

include!("../http/topics.rs");
