//! Backtests: the engine against a bare loop, and against vectorbt and backtesting.py in their own process.

mod bare;
mod scripts;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use domain::market::{Bars, Timeframe};
use engine::{Axis, Checked, Grid, RunSettings, SweepSettings};

use crate::{
    csv_files,
    measure::{Aim, Comparison, Contender, Measurement},
    python::Python,
};

/// The periods of the two averages.
const PERIODS: (usize, usize) = (10, 50);
/// How many bars a sweep goes through.
const FEWER: usize = 100_000;
/// A run of a sweep on Python takes so long that more rounds would say little.
const ROUNDS_OF_SWEEPS: u32 = 2;

/// Measures everything about backtests. `csv` holds `bars`; `python` has vectorbt and backtesting.py.
pub(crate) fn measure(
    bars: &Bars,
    csv: &Path,
    scratch: &Path,
    python: Option<&Path>,
    rounds: u32,
) -> Result<Vec<Measurement>> {
    let mut measured = vec![against_bare_loop(bars)?.measure(rounds)?];
    let Some(python) = python else {
        return Ok(measured);
    };
    let fewer = bars.slice(0..FEWER.min(bars.len()));
    let csv_of_fewer = scratch.join("fewer-minutes.csv");
    csv_files::write(&fewer, &csv_of_fewer)?;
    let vectorbt = Python::start(python, scripts::VECTORBT, csv)?;
    measured.push(
        against(
            "backtest of an SMA crossover, against vectorbt",
            bars,
            "close",
            ("vectorbt, five figures", vectorbt),
            0.05,
        )?
        .measure(rounds)?,
    );
    let backtesting = Python::start(python, scripts::BACKTESTING, csv)?;
    measured.push(
        against(
            "backtest of an SMA crossover, against backtesting.py",
            bars,
            "next_open",
            ("backtesting.py, its figures", backtesting),
            0.001,
        )?
        .measure(rounds)?,
    );
    let vectorbt = Python::start(python, scripts::VECTORBT_SWEEP, &csv_of_fewer)?;
    measured.push(sweep(&fewer, vectorbt)?.measure(rounds.min(ROUNDS_OF_SWEEPS))?);
    Ok(measured)
}

/// The crossover as a document, filled at the next open or at the same close.
fn crossover(fill: &str) -> Result<Checked> {
    let (fast, slow) = PERIODS;
    let text = format!(
        "name = 'crossover'\n\
         [parameters]\nfast = {{ default = {fast}, min = 1, max = 1000 }}\nslow = {{ default = {slow}, min = 1, max = 1000 }}\n\
         [let]\nquick = 'sma(close, fast)'\ncalm = 'sma(close, slow)'\n\
         [long]\nenter = 'crosses_above(quick, calm)'\nexit = 'crosses_below(quick, calm)'\n\
         [costs]\ncommission_bps = 1\n[execution]\nfill = '{fill}'"
    );
    let document = engine::parse_toml(&text).map_err(|errors| anyhow::anyhow!("{}", errors[0]))?;
    engine::check(&document).map_err(|errors| anyhow::anyhow!("{}", errors[0]))
}

fn settings() -> RunSettings {
    RunSettings::new(1_000_000.0, Timeframe::MINUTE, 365.0)
}

/// Runs the crossover and returns how many trades there were.
fn run(checked: &Checked, bars: &Bars) -> Result<usize> {
    let outcome = engine::run(checked, bars, &settings(), &engine::unwatched)?;
    ensure!(outcome.equity.len() == bars.len(), "bars are missing");
    Ok(outcome.trades.len())
}

fn engine_run(checked: Checked, bars: &Bars) -> Contender<'_> {
    Contender::new("engine, every figure and the digest", move || {
        ensure!(run(&checked, bars)? > 0, "nothing was traded");
        Ok(())
    })
}

fn against_bare_loop(bars: &Bars) -> Result<Comparison<'_>> {
    let mut averages = bare::Averages::over(bars.len());
    Ok(Comparison {
        name: "backtest of an SMA crossover",
        bars: bars.len() as u32,
        subject: engine_run(crossover("next_open")?, bars),
        baseline: Some(Contender::new("bare loop, the two averages alone", move || {
            let last = averages.compute(bars.close(), PERIODS);
            ensure!(last.is_finite(), "there is no average");
            Ok(())
        })),
        aim: Aim::AtMost(4.0),
    })
}

/// Times the crossover against a Python, which must trade as often: averages that are equal in one program may differ
/// by rounding in another, so that one trade in a hundred may.
fn against<'a>(
    name: &'static str,
    bars: &'a Bars,
    fill: &str,
    (label, mut python): (&'static str, Python),
    at_most: f64,
) -> Result<Comparison<'a>> {
    let checked = crossover(fill)?;
    let trades = run(&checked, bars)?;
    Ok(Comparison {
        name,
        bars: bars.len() as u32,
        subject: engine_run(checked, bars),
        baseline: Some(Contender::timed(label, move || {
            let (took, found) = python.timed()?;
            ensure!(
                found.abs_diff(trades) * 100 <= trades,
                "there were {found} trades instead of {trades}"
            );
            Ok(took)
        })),
        aim: Aim::AtMost(at_most),
    })
}

fn sweep(bars: &Bars, mut vectorbt: Python) -> Result<Comparison<'_>> {
    let axes = ["fast=2..26", "slow=27..66"].map(str::parse::<Axis>);
    let grid = Grid::new(axes.into_iter().collect::<Result<Vec<_>, _>>()?)?;
    let (checked, options) = (crossover("close")?, SweepSettings::default());
    let subject = Contender::new("engine, 1,000 runs, twelve figures each", move || {
        let sweep = engine::sweep(&checked, bars, &settings(), &grid, &options, &engine::unwatched)?;
        ensure!(sweep.runs.len() == 1000, "runs are missing");
        Ok(())
    });
    Ok(Comparison {
        name: "sweep of two averages",
        bars: 1000 * bars.len() as u32,
        subject,
        baseline: Some(Contender::timed(
            "vectorbt, run_combs, 990 pairs, one figure each",
            move || {
                let (took, runs) = vectorbt.timed().context("vectorbt sweeps")?;
                ensure!(runs == 990, "{runs} pairs were run");
                Ok(took)
            },
        )),
        aim: Aim::AtMost(0.05),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bare_loop_computes_the_averages() {
        let closes: Vec<f64> = (0..100).map(f64::from).collect();
        // The mean of 90 to 99, and that of 50 to 99.
        let last = bare::Averages::over(100).compute(&closes, PERIODS);
        assert!((last - (94.5 - 74.5)).abs() < 1e-9, "{last}");
    }

    #[test]
    fn the_crossover_trades() {
        let bars = crate::prices::minute_bars(5_000, 1).unwrap();
        assert!(run(&crossover("close").unwrap(), &bars).unwrap() > 10);
    }
}
