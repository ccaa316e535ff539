//! What the program can be called with.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    backtest, completions, export, healthcheck, import, migrate, sample, series, serve, strategy, sweep,
    transfer::{backup, copy, restore},
    verify,
};

/// Keeps price history as versioned series, and backtests that can be run again bit for bit.
#[derive(Debug, Parser)]
#[command(name = "chandlery", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    #[arg(
        long,
        help = "Where everything is kept: file:./data or postgres://user@host:5432/name",
        global = true,
        value_name = "URL",
        help_heading = "Global options"
    )]
    pub(crate) store: Option<String>,
    /// Print exactly one JSON document on standard output
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// No progress bars, and no summary of what was done
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Read settings from this file, too
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(crate) config: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the HTTP API
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::ServeArguments),
    /// Import price files; list, show and undo imports
    #[command(after_help = import::EXAMPLES)]
    Import(import::ImportArguments),
    /// Export bars as CSV, JSON, Arrow or Parquet
    #[command(after_help = export::EXAMPLES)]
    Export(export::ExportArguments),
    /// List, show and change series
    #[command(subcommand)]
    Series(series::SeriesCommand),
    /// Check, save and show strategies
    #[command(subcommand, after_help = strategy::EXAMPLES)]
    Strategy(strategy::StrategyCommand),
    /// Run, show, list, compare and verify backtests
    #[command(subcommand, after_help = backtest::EXAMPLES)]
    Backtest(backtest::BacktestCommand),
    /// Run a strategy with many parameters; list, show and remove sweeps
    #[command(after_help = sweep::EXAMPLES)]
    Sweep(Box<sweep::SweepArguments>),
    /// Read everything back and compare it with its checksums and digests
    Verify(verify::VerifyArguments),
    /// Copy everything of one store to another, and verify both
    #[command(after_help = copy::EXAMPLES)]
    Copy(copy::CopyArguments),
    /// Make a verified backup of the store, or bring it up to date
    #[command(after_help = backup::EXAMPLES)]
    Backup(backup::BackupArguments),
    /// Restore a backup into the store
    #[command(after_help = restore::EXAMPLES)]
    Restore(restore::RestoreArguments),
    /// Bring a PostgreSQL database to the schema of this program, or back
    #[command(subcommand, after_help = migrate::EXAMPLES)]
    Migrate(migrate::MigrateCommand),
    /// Write synthetic data to try things out with
    Sample(sample::SampleArguments),
    /// Show which price files can be imported
    Dialects,
    /// Show the settings in effect, and where each comes from
    Config,
    /// Ask a server that runs on this machine whether it is ready
    Healthcheck(healthcheck::HealthcheckArguments),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArguments),
}

#[cfg(test)]
mod tests;
