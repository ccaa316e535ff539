//! The real program on real files: what a user does, what can go wrong, and what other tools see.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod archiving;
mod backtests;
mod backups;
mod bad_input;
mod cancelling;
mod copying;
mod exit_codes;
mod full_disk;
mod import_and_export;
mod killed;
mod manual;
mod memory;
mod moving_runs;
mod other_tools;
mod run_reports;
mod several_processes;
mod strategies;
mod versions;
