//! Sweeps: one strategy over the same bars with many sets of parameters.

mod grid;

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::atomic::{AtomicU64, Ordering as Memory},
};

use domain::{
    backtest::{BacktestSort, Metrics},
    market::Bars,
};
use rayon::prelude::*;

pub use grid::{Axis, AxisError, Grid, GridError, MAX_RUNS};

use crate::{
    check::{Checked, Plan},
    error::{RuleError, nearest},
    graph::{Graph, NodeId, Op, SharedColumns},
    run::{Bench, Hook, Progress, RunError, RunSettings, check_settings},
    statistics::{Better, MetricDefinition, metric_definition, metric_definitions},
};

/// The figures that every run of a sweep tells: those that backtests are listed by.
const HEADLINES: [&str; 12] = BacktestSort::FIGURES;

/// How many different operations the rules of all runs may come to: they are kept until the last run is done.
const MAX_OPERATIONS: usize = 1 << 20;

/// What a sweep does with its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepSettings {
    /// The figure that the runs are sorted by, the best one first.
    pub by: String,
    /// How many of the best runs are told; all when `None`.
    pub top: Option<usize>,
    /// How much memory the indicators that runs share may take, in bytes. What does not fit is computed by each run
    /// for itself.
    pub shared_bytes: usize,
}

impl Default for SweepSettings {
    fn default() -> Self {
        Self {
            by: "sharpe".to_owned(),
            top: None,
            shared_bytes: 512 << 20,
        }
    }
}

/// One run of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRun {
    /// The values of the swept parameters.
    pub parameters: BTreeMap<String, f64>,
    /// The headline figures and the one that the runs are sorted by; empty when the run was refused.
    pub metrics: Metrics,
    /// Why these parameters could not be run, such as a period that they make zero.
    pub refused: Option<String>,
}

/// What a sweep gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// The figure that the runs are sorted by.
    pub by: String,
    /// How many runs there were.
    pub total: usize,
    /// The runs, the best one first; behind them those whose figure is undefined, and last those that traded nothing;
    /// equal ones in the grid's order.
    pub runs: Vec<SweepRun>,
}

/// Runs a strategy with every point of a grid, on all cores. The result does not depend on how many there are.
///
/// # Errors
/// [`RunError`] when the grid names an unknown parameter or leaves a parameter's range, a setting lies out of range,
/// `by` names no figure, or `hook` stops the sweep.
pub fn sweep(
    checked: &Checked,
    bars: &Bars,
    settings: &RunSettings,
    grid: &Grid,
    options: &SweepSettings,
    hook: Hook<'_>,
) -> Result<Sweep, RunError> {
    check_settings(settings)?;
    let by = figure(&options.by)?;
    let bench = Bench::new(checked.document(), bars, settings);
    let (graph, points) = planned(checked, settings, grid, MAX_OPERATIONS, hook)?;
    let plans = points.iter().filter_map(|point| point.plan.as_ref().ok());
    let shared = shared_columns(&graph, plans, bench.series.len(), options.shared_bytes);
    let (total, done) = (points.len(), AtomicU64::new(0));
    let one = |Point { parameters, plan }: Point| {
        let metrics = match &plan {
            Ok(plan) => headlines(&bench, &graph, &shared, plan, by, hook)?,
            Err(_) => Metrics::default(),
        };
        let progress = Progress {
            done: done.fetch_add(1, Memory::Relaxed) + 1,
            total: total as u64,
        };
        if hook(progress).is_break() {
            return Err(RunError::Stopped);
        }
        Ok(SweepRun {
            parameters,
            metrics,
            refused: plan.err().map(|errors| refusal(&errors)),
        })
    };
    let all = || points.into_par_iter().map(one).collect();
    // On threads of its own: a run that came meanwhile would wait in the shared pool until the last of these is done.
    let runs: Result<Vec<SweepRun>, RunError> = match rayon::ThreadPoolBuilder::new().build() {
        Ok(pool) => pool.install(all),
        // Where the system gives no more threads, waiting is what is left.
        Err(_) => all(),
    };
    let mut runs = runs?;
    // The sort is stable: equal runs stay in the grid's order.
    runs.sort_by(|a, b| {
        let figures = || ranked(a.metrics.value(by.name), b.metrics.value(by.name), by.better);
        is_idle(a).cmp(&is_idle(b)).then_with(figures)
    });
    runs.truncate(options.top.unwrap_or(usize::MAX));
    Ok(Sweep {
        by: options.by.clone(),
        total,
        runs,
    })
}

/// A point of the grid, compiled.
struct Point {
    parameters: BTreeMap<String, f64>,
    plan: Result<Plan, Vec<RuleError>>,
}

/// Compiles the rules for every point into one graph of at most so many operations.
fn planned(
    checked: &Checked,
    settings: &RunSettings,
    grid: &Grid,
    most: usize,
    hook: Hook<'_>,
) -> Result<(Graph, Vec<Point>), RunError> {
    let planning = Progress {
        done: 0,
        total: grid.len() as u64,
    };
    let mut graph = Graph::default();
    let mut points = Vec::new();
    for parameters in grid.points() {
        let mut given = settings.parameters.clone();
        given.extend(parameters.clone());
        let values = checked.parameters(&given).map_err(RunError::Rules)?;
        let plan = checked.plan(&mut graph, &values);
        points.push(Point { parameters, plan });
        if graph.len() > most {
            return Err(too_many_operations(points.len(), most));
        }
        if hook(planning).is_break() {
            return Err(RunError::Stopped);
        }
    }
    Ok((graph, points))
}

fn too_many_operations(points: usize, most: usize) -> RunError {
    let message = format!(
        "the rules of the first {points} runs come to more than {most} operations; sweep fewer values, or \
         shorter rules"
    );
    RunError::Rules(vec![RuleError::new("", message)])
}

fn refusal(errors: &[RuleError]) -> String {
    errors.first().map(ToString::to_string).unwrap_or_default()
}

/// Checks that runs can be sorted by a figure of that name.
///
/// # Errors
/// [`RunError::Rules`] naming the nearest figure.
pub fn check_figure(name: &str) -> Result<(), RunError> {
    figure(name).map(drop)
}

fn figure(name: &str) -> Result<&'static MetricDefinition, RunError> {
    metric_definition(name).ok_or_else(|| unknown_metric(name))
}

fn unknown_metric(name: &str) -> RunError {
    let message = format!("{} is not a figure", crate::error::quoted(name));
    let mut error = RuleError::new("", message);
    error.nearest = nearest(name, metric_definitions().map(|definition| definition.name));
    RunError::Rules(vec![error])
}

/// Chooses the indicators that more than one run needs, in the order of their nodes, as long as they fit.
fn shared_columns<'p>(
    graph: &Graph,
    plans: impl Iterator<Item = &'p Plan>,
    rows: usize,
    bytes: usize,
) -> SharedColumns {
    let mut runs: HashMap<NodeId, usize> = HashMap::new();
    for plan in plans {
        for node in graph.needed(&plan.roots(), |_| false) {
            *runs.entry(node).or_default() += 1;
        }
    }
    let mut left = bytes;
    let mut chosen = BTreeSet::new();
    let candidates: BTreeSet<NodeId> = runs
        .iter()
        .filter(|(_, runs)| **runs > 1)
        .map(|(node, _)| *node)
        .collect();
    for node in candidates {
        let columns = match graph.op(node) {
            Op::Indicator { id, .. } => id.info().outputs.len(),
            Op::Highest(..) | Op::Lowest(..) | Op::Calendar(_) => 1,
            // The rest costs no more than reading a column that was kept.
            _ => continue,
        };
        let size = columns * rows * size_of::<f64>();
        if size <= left {
            left -= size;
            chosen.insert(node);
        }
    }
    SharedColumns::of(chosen)
}

fn headlines(
    bench: &Bench<'_>,
    graph: &Graph,
    shared: &SharedColumns,
    plan: &Plan,
    by: &MetricDefinition,
    hook: Hook<'_>,
) -> Result<Metrics, RunError> {
    // A run inside a sweep tells nothing of its own, but can be stopped.
    let total = 0;
    let quiet = |_: Progress| hook(Progress { done: 0, total });
    let mut equity = vec![0.0; bench.series.len()];
    let simulated = bench.simulated(graph, shared, plan, &quiet, &mut equity, |_, _| ())?;
    let evidence = bench.evidence(simulated.walk, &simulated.trades, simulated.totals);
    let told = metric_definitions()
        .filter(|definition| HEADLINES.contains(&definition.name) || definition.name == by.name);
    Ok(told
        .map(|definition| (definition.name.to_owned(), definition.metric(&evidence)))
        .collect())
}

/// Tells whether a run traded nothing: its drawdown of zero is no merit.
fn is_idle(run: &SweepRun) -> bool {
    run.metrics.value("trades").is_none_or(|trades| trades == 0.0)
}

fn ranked(a: Option<f64>, b: Option<f64>, better: Better) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if better == Better::Higher => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests;
