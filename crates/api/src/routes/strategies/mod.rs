//! Strategies: documents of rules, and their versions.

mod body;
mod path;
pub(crate) mod read;
pub(crate) mod write;
