//! What the end-to-end tests share: a place for files, and the real program to run on them.
#![expect(
    clippy::missing_panics_doc,
    clippy::return_self_not_must_use,
    reason = "a check fails by panicking"
)]

pub mod client;
mod files;
mod history;
pub mod killing;
pub mod leaving;
pub mod limit;
mod place;
mod program;
pub mod raw;
pub mod runs;
mod server;
pub mod writers;

pub use files::{minute_csv, price_of, shuffled_minute_csv};
pub use history::write_history;
pub use place::{Kind, Place};
pub use program::{Outcome, Program, binary};
pub use server::Server;
