//! The store on plain files.
//!
//! Everything lies under one root:
//!
//! ```text
//! chandlery.json                        marks the folder and its format
//! lock                                  held by a writer for the length of one commit
//! instruments/<VENUE>/<SYMBOL>.json
//! imports/<id>.json
//! strategies/<name>/<version>.json      and removed.json, once it was removed
//! series/<VENUE>/<SYMBOL>/<timeframe>/
//!     journal/<series id>.<version>.log  commits; each file begins with a checkpoint and holds up to 1,000
//!     chunks/<first time>-<id>.parquet   bars, immutable; other programs can open them as they lie
//! backtests/<id>/                        one that has ended, immutable but for what people write of it
//!     backtest.json
//!     trades.parquet, equity.parquet     once it is done; other programs can open them as they lie
//! sweeps/<id>.json                       one that has ended, with its rows
//! jobs/<id>.json                         a backtest or a sweep that waits or runs, and who has it until when
//! changes.log                            which backtests and sweeps have changed, for lists in other processes
//! staging/<id>/                          what a writer has not committed yet, with a lock of its own
//! ```
//!
//! A record in a journal is what makes a commit: chunks are written and synced before it, and a reader that finds
//! no record finds no commit. Nothing that a record names is ever changed or removed, so readers need no lock.
//! Every file operation goes through [`vfs::Vfs`], so that tests can make each of them fail, tear or vanish.

mod backtest;
mod blocking;
mod chunk;
mod document;
mod fault;
mod job;
mod journal;
mod layout;
mod lock;
mod market;
mod staging;
mod store;
mod strategy;
pub mod vfs;

pub use store::{FileStore, FileStoreOptions};
