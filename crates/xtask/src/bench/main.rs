//! The benchmarks: things timed in turns within one process, told as ratios.
//!
//! `cargo xtask bench` builds and runs it. Absolute times are those of one machine on one day; what counts is how
//! two of them compare.

mod backtests;
mod commits;
mod csv_files;
mod equal_file;
mod http;
mod imports;
mod measure;
mod postgres;
mod prices;
mod python;
mod reads;
mod report;
mod stores;

use std::{fs, io::Write, path::PathBuf};

use anyhow::{Context, Result};
use clap::Parser;

use crate::{
    measure::{Measurement, Size},
    report::Report,
};

/// Times what this repository promises to be fast at.
#[derive(Debug, Parser)]
struct Options {
    /// How many bars the synthetic series has.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u32,
    /// How often each thing is timed; medians count.
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// What the random prices are derived from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder for the files that are made; they stay there.
    #[arg(long)]
    scratch: PathBuf,
    /// A Python with pyarrow and pandas to compare with.
    #[arg(long)]
    python: Option<PathBuf>,
    /// A Python with arcticdb to compare with.
    #[arg(long)]
    arctic: Option<PathBuf>,
    /// A Python with vectorbt and backtesting.py to compare with.
    #[arg(long)]
    backtests: Option<PathBuf>,
    /// Measures one part only.
    #[arg(long)]
    only: Option<Part>,
    /// Writes the results as a section of docs/performance.md to this file.
    #[arg(long)]
    markdown: Option<PathBuf>,
}

/// A part of the benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// What is about files, formats and HTTP.
    Files,
    /// What is about PostgreSQL.
    Postgres,
    /// What is about strategies and sweeps.
    Backtests,
}

fn main() -> Result<()> {
    let options = Options::parse();
    fs::create_dir_all(&options.scratch).context("the scratch folder can't be made")?;
    let mut out = std::io::stdout().lock();
    let (rows, rounds) = (options.rows, options.rounds);
    writeln!(
        out,
        "{rows} one-minute bars from seed {}; medians of {rounds} interleaved runs",
        options.seed
    )?;
    let (measurements, sizes) = measure_all(&options)?;
    let report = Report {
        rows,
        rounds,
        seed: options.seed,
        measurements,
        sizes,
    };
    writeln!(out, "\n{}", report.table())?;
    if let Some(file) = &options.markdown {
        fs::write(file, report.markdown()).context("the markdown file can't be written")?;
    }
    Ok(())
}

fn measure_all(options: &Options) -> Result<(Vec<Measurement>, Vec<Size>)> {
    let bars = prices::minute_bars(options.rows, options.seed)?;
    let file = options.scratch.join("minutes.csv");
    csv_files::write(&bars, &file)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut measured, mut sizes) = (Vec::new(), Vec::new());
    let wanted = |part| options.only.is_none_or(|only| only == part);
    if wanted(Part::Files) {
        measured.extend(measure_files(&runtime, options, &bars, &file)?);
    }
    if wanted(Part::Postgres) {
        let arctic = options.arctic.as_deref();
        let (of_postgres, found) =
            postgres::measure(&runtime, &bars, &file, &options.scratch, arctic, options.rounds)?;
        measured.extend(of_postgres);
        sizes.extend(found);
    }
    if wanted(Part::Backtests) {
        let python = options.backtests.as_deref();
        measured.extend(backtests::measure(
            &bars,
            &file,
            &options.scratch,
            python,
            options.rounds,
        )?);
    }
    Ok((measured, sizes))
}

fn measure_files(
    runtime: &tokio::runtime::Runtime,
    options: &Options,
    bars: &domain::market::Bars,
    file: &std::path::Path,
) -> Result<Vec<Measurement>> {
    let rounds = options.rounds;
    let mut measured = vec![
        imports::import(runtime, file, bars).measure(rounds)?,
        csv_files::writing(bars).measure(rounds)?,
    ];
    let store = stores::holding(runtime, bars)?;
    let equal = equal_file::write(bars, &options.scratch.join("equal.parquet"))?;
    measured.push(reads::whole(runtime, &store, &equal, bars).measure(rounds)?);
    match &options.python {
        Some(python) => {
            let pandas = python::Python::start(python, python::PARQUET_TO_PANDAS, &equal)?;
            measured.push(reads::against_pandas(runtime, &store, pandas, bars).measure(rounds)?);
        }
        None => writeln!(
            std::io::stderr(),
            "no --python with pyarrow and pandas is given: not compared with those"
        )?,
    }
    measured.push(reads::last(runtime, &store, &equal, 500).measure(rounds)?);
    measured.push(reads::window(runtime, &store, &equal, bars, 10_000).measure(rounds)?);
    measured.push(commits::one_bar(runtime, 10, 10_000)?.measure(rounds)?);
    measured.extend(http::measure(
        runtime,
        &store,
        bars,
        options.python.as_deref(),
        rounds,
    )?);
    Ok(measured)
}
