//! The commands, one a module.

pub(crate) mod bench;
pub(crate) mod ci;
pub(crate) mod postgres;
pub(crate) mod recording;
pub(crate) mod serve;
pub(crate) mod test;

/// The feature that also builds the benchmark program, so that it is checked and tested like everything else.
pub(crate) const ALL_PROGRAMS: [&str; 2] = ["--features", "xtask/bench"];
