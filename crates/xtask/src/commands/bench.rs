//! `cargo xtask bench`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::{
    python,
    workspace::{Workspace, run},
};

/// How the benchmarks are run.
#[derive(Debug, Args)]
pub(crate) struct BenchOptions {
    /// How many bars the synthetic series has.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u32,
    /// How often each thing is timed; medians count.
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// What the random prices are derived from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measures only `files`, only `postgres` or only `backtests`.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// Writes the results as a section of docs/performance.md to this file.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// Builds the benchmarks for release and runs them.
pub(crate) fn run_benchmarks(workspace: &Workspace, options: &BenchOptions) -> Result<()> {
    let program = [
        "run",
        "--release",
        "--package",
        "xtask",
        "--features",
        "bench",
        "--bin",
        "chandlery-bench",
        "--",
    ];
    let mut command = workspace.cargo(&program);
    command.args(["--rows", &options.rows.to_string()]);
    command.args(["--rounds", &options.rounds.to_string()]);
    command.args(["--seed", &options.seed.to_string()]);
    command.arg("--scratch").arg(workspace.built("bench"));
    if let Some(file) = &options.markdown {
        command.arg("--markdown").arg(std::path::absolute(file)?);
    }
    if let Some(only) = &options.only {
        command.args(["--only", only]);
    }
    command.arg("--python").arg(python::provide(workspace)?);
    command
        .arg("--arctic")
        .arg(python::provide_for_benchmarks(workspace)?);
    command
        .arg("--backtests")
        .arg(python::provide_for_backtests(workspace)?);
    run(&mut command)
}
