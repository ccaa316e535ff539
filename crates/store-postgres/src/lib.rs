//! The store on PostgreSQL.
//!
//! A series is stored as chunks of about 4,096 bars, a row each, every column of it compressed on its own; a commit is
//! a row of its log, and one more row tells where the log ends. Nothing of a chunk ever changes but the version that
//! retired it, so a version is read without a lock: its chunks are those that it made or found and had not retired.
//!
//! A commit is merged and encoded first; then one short transaction moves the head on if it still is what was found,
//! adds the commit, retires chunks and adds new ones. Rows of the tables stay in this crate; what people read with SQL
//! is the schema `reporting`. The schema itself is the `migration` crate's.

mod backtest;
mod codec;
mod database;
mod entities;
mod identity;
mod job;
mod line;
mod market;
mod options;
mod passed_over;
mod schema;
mod store;
mod strategy;
mod unit;

pub use identity::identity;
pub use options::PostgresOptions;
pub use store::PostgresStore;
