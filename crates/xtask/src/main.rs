//! Repository commands: `cargo xtask serve`, `test`, `postgres`, `recording`, `ci` and `bench`.
//!
//! Nothing but Rust has to be installed first; what else a command needs it provides, or names with the command that
//! provides it.

#![expect(clippy::print_stderr, reason = "a failed command says why on standard error")]

mod client;
mod commands;
mod conformance;
mod database;
mod migrations;
mod newer;
mod python;
mod steps;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    commands::{bench::BenchOptions, serve::ServeOptions},
    steps::Steps,
    workspace::Workspace,
};

/// Checks and measures this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds for release, offers synthetic data when the store is empty, and serves.
    Serve(ServeOptions),
    /// Provides what the tests need and runs all of them.
    ///
    /// `CHANDLERY_TEST_SCALE=100` runs the long ones in full. Tests find a Python with pandas, pyarrow, polars and
    /// duckdb in `CHANDLERY_TEST_PYTHON`, the program in `CHANDLERY_TEST_BINARY` and a PostgreSQL in
    /// `CHANDLERY_TEST_DATABASE_URL`; where that is set already, it is left alone.
    Test {
        /// Passed on to `cargo test`: a part of a name, `-- --nocapture`, …
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Checks format, lints and documentation, does what `test` does, tries the API against its document, the migrations
    /// forth and back, and the store on a newer PostgreSQL.
    Ci,
    /// Migrates databases forth and back, and tries the store on a newer PostgreSQL.
    Postgres,
    /// Runs the manual's scripts that bring results from backtesting.py and vectorbt, with those tools.
    Recording,
    /// Builds for release and measures: ratios of two things timed in turns.
    Bench(BenchOptions),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    let mut steps = Steps::default();
    match command {
        Command::Serve(options) => return commands::serve::serve(&workspace, &options),
        Command::Bench(options) => return commands::bench::run_benchmarks(&workspace, &options),
        Command::Test { arguments } => {
            commands::test::run_tests(&workspace, &mut steps, &arguments);
        }
        Command::Postgres => {
            let interpreter = steps.take("python packages", || python::provide(&workspace));
            commands::test::build_program(&workspace, &mut steps);
            commands::postgres::try_servers(&workspace, &mut steps, interpreter.as_deref());
        }
        Command::Recording => commands::recording::run_scripts(&workspace, &mut steps),
        Command::Ci => commands::ci::run_checks(&workspace, &mut steps),
    }
    steps.finish()
}
