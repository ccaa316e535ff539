//! Running a sweep.

use domain::{
    backtest::{Backtest, Metrics, NewBacktest, Origin, RunStatus, Sweep, SweepRow},
    clock::Clock,
    id::{BacktestId, IdSource},
    market::Bars,
};
use engine::{Axis, Checked, ENGINE_VERSION, Grid, Hook, Outcome, RunError, RunSettings, SweepSettings};

use super::{
    error::BacktestError,
    order::SweepOrder,
    run::{self, checked, load},
    task::engaged,
};
use crate::{
    progress::{Progress, Stage},
    stores::Stores,
};

/// Prepares a sweep, runs it in this process and stores it with its best runs.
///
/// # Errors
/// Those of [`SweepOrder::prepare`] and [`execute_sweep`]; nothing is stored then.
pub async fn sweep_here(
    stores: &Stores,
    clock: &dyn Clock,
    ids: &dyn IdSource,
    order: SweepOrder,
    progress: &dyn Progress,
) -> Result<Sweep, BacktestError> {
    let sweep = order.prepare(stores, clock, ids).await?;
    let (sweep, best) = execute_sweep(stores, clock, ids, sweep, progress).await?;
    stores.sweeps.add_sweep(&sweep, &best).await?;
    Ok(sweep)
}

/// Runs a sweep that was prepared, and its best runs once more, whole. Nothing is stored.
///
/// # Errors
/// Those of [`execute`](super::execute).
pub async fn execute_sweep(
    stores: &Stores,
    clock: &dyn Clock,
    ids: &dyn IdSource,
    mut sweep: Sweep,
    progress: &dyn Progress,
) -> Result<(Sweep, Vec<NewBacktest>), BacktestError> {
    let checked = checked(stores, &sweep.strategy).await?;
    let (bars, settings) = load(stores, &sweep.inputs, &sweep.settings, progress).await?;
    let grid = grid_of(&sweep)?;
    let (by, top) = (sweep.by.clone(), sweep.top as usize);
    let (runs, best) = engaged(Stage::Sweeping, progress, move |hook| {
        run_all(&checked, &bars, &settings, &grid, by, top, hook)
    })
    .await?;
    sweep.figures = figures(&runs.runs);
    sweep.rows = runs
        .runs
        .iter()
        .map(|run| SweepRow {
            parameters: sweep
                .axes
                .iter()
                .filter_map(|axis| run.parameters.get(&axis.name).copied())
                .collect(),
            figures: match run.refused {
                Some(_) => Vec::new(),
                None => sweep.figures.iter().map(|name| run.metrics.value(name)).collect(),
            },
            refused: run.refused.clone(),
            backtest: None,
        })
        .collect();
    let mut whole = Vec::with_capacity(best.len());
    for (row, outcome) in best {
        let mut parameters = sweep.settings.parameters.clone();
        parameters.extend(runs.runs[row].parameters.clone());
        let new = run::done(backtest_of(&sweep, parameters, ids), outcome, clock);
        sweep.rows[row].backtest = Some(new.backtest.id);
        whole.push(new);
    }
    sweep.status = RunStatus::Done;
    sweep.finished_at = Some(clock.now());
    sweep.engine = Some(ENGINE_VERSION.to_owned());
    Ok((sweep, whole))
}

fn grid_of(sweep: &Sweep) -> Result<Grid, BacktestError> {
    let axes: Result<Vec<Axis>, _> = sweep
        .axes
        .iter()
        .map(|axis| Axis::list(axis.name.clone(), axis.values.iter().copied()))
        .collect();
    let axes = axes.map_err(|error| domain::error::StoreError::Invalid(error.to_string()))?;
    Ok(Grid::new(axes)?)
}

type Best = Vec<(usize, Outcome)>;

fn run_all(
    checked: &Checked,
    bars: &Bars,
    settings: &RunSettings,
    grid: &Grid,
    by: String,
    top: usize,
    hook: Hook<'_>,
) -> Result<(engine::Sweep, Best), RunError> {
    let options = SweepSettings {
        by,
        ..SweepSettings::default()
    };
    let sweep = engine::sweep(checked, bars, settings, grid, &options, hook)?;
    let mut best = Vec::new();
    let runnable = sweep
        .runs
        .iter()
        .enumerate()
        .filter(|(_, run)| run.refused.is_none());
    for (row, run) in runnable.take(top) {
        let mut settings = settings.clone();
        settings.parameters.extend(run.parameters.clone());
        // The sweep's own progress has come to its end; these runs can still be stopped.
        let quiet = |_| hook(engine::Progress { done: 0, total: 0 });
        best.push((row, engine::run(checked, bars, &settings, &quiet)?));
    }
    Ok((sweep, best))
}

/// Returns the names of the figures that the rows have.
fn figures(runs: &[engine::SweepRun]) -> Vec<String> {
    let some = runs
        .iter()
        .map(|run| &run.metrics)
        .find(|metrics| !metrics.is_empty());
    let names = some.map(|metrics: &Metrics| metrics.iter().map(|(name, _)| name.to_owned()).collect());
    names.unwrap_or_default()
}

fn backtest_of(
    sweep: &Sweep,
    parameters: std::collections::BTreeMap<String, f64>,
    ids: &dyn IdSource,
) -> Backtest {
    let mut settings = sweep.settings.clone();
    settings.parameters = parameters;
    Backtest {
        id: BacktestId::next(ids),
        status: RunStatus::Done,
        origin: Origin::Engine,
        strategy: Some(sweep.strategy.clone()),
        inputs: sweep.inputs.clone(),
        settings,
        title: sweep.title.clone(),
        notes: None,
        tags: std::collections::BTreeSet::new(),
        author: sweep.author.clone(),
        created_at: sweep.created_at,
        finished_at: None,
        sweep: Some(sweep.id),
        engine: None,
        digest: None,
        span: None,
        metrics: Metrics::default(),
        failure: None,
    }
}
