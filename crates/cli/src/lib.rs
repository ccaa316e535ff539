//! The `chandlery` command: configuration, wiring, commands and progress bars.
//!
//! Each command has a file under `commands/`: its arguments, what it does, and the report that it prints. A report is
//! one value that both the table for people and the JSON document are made of. `wire` alone names a store adapter.

mod arguments;
mod author;
mod commands;
mod confirm;
mod database;
mod failure;
mod interrupt;
mod output;
mod progress;
mod session;
mod settings;
mod telemetry;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

/// Runs the command that the program was called with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let exit = match commands::run(arguments) {
        Ok(exit) => exit,
        Err(error) => failure::report(&error),
    };
    exit.into()
}
