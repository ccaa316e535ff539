//! The HTTP API, as clients see it: a real server on a real store on files. `http_postgres` runs the same tests on
//! PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

include!("topics.rs");
