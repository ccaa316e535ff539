//! Running one backtest.

use domain::{
    backtest::{Backtest, BacktestInput, BacktestResult, BacktestSettings, NewBacktest, RunStatus, Span},
    clock::Clock,
    error::StoreError,
    id::IdSource,
    market::{AsOf, Bars, BarsQuery, SeriesKey, TimeRange},
    strategy::StrategyDocument,
};
use engine::{Checked, ENGINE_VERSION, Outcome, RunSettings};
use futures::TryStreamExt;

use super::{
    error::BacktestError,
    order::{BacktestOrder, strategy_version},
    task::engaged,
};
use crate::{
    progress::{Cancelled, Progress, Stage},
    stores::Stores,
};

/// Prepares a backtest, runs it in this process and stores it.
///
/// # Errors
/// Those of [`BacktestOrder::prepare`] and [`execute`]; nothing is stored then.
pub async fn run_here(
    stores: &Stores,
    clock: &dyn Clock,
    ids: &dyn IdSource,
    order: BacktestOrder,
    progress: &dyn Progress,
) -> Result<NewBacktest, BacktestError> {
    let backtest = order.prepare(stores, clock, ids).await?;
    let new = execute(stores, clock, backtest, progress).await?;
    stores.backtests.add_backtest(&new).await?;
    Ok(new)
}

/// Runs a backtest that was prepared. Nothing is stored.
///
/// # Errors
/// [`BacktestError::Store`] when strategy or series can't be read; [`BacktestError::OtherData`] when the series is
/// not what was pinned; [`BacktestError::NoBars`]; [`BacktestError::Cancelled`] when `progress` says so.
pub async fn execute(
    stores: &Stores,
    clock: &dyn Clock,
    backtest: Backtest,
    progress: &dyn Progress,
) -> Result<NewBacktest, BacktestError> {
    let outcome = outcome(stores, &backtest, progress).await?;
    Ok(done(backtest, outcome, clock))
}

/// Computes what a backtest gives.
pub(super) async fn outcome(
    stores: &Stores,
    backtest: &Backtest,
    progress: &dyn Progress,
) -> Result<Outcome, BacktestError> {
    let Some(strategy) = &backtest.strategy else {
        return Err(BacktestError::Recorded("another tool".to_owned()));
    };
    let checked = checked(stores, strategy).await?;
    let (bars, settings) = load(stores, &backtest.inputs, &backtest.settings, progress).await?;
    engaged(Stage::Simulating, progress, move |hook| {
        engine::run(&checked, &bars, &settings, hook)
    })
    .await
}

/// Makes a backtest of what its run gave.
pub(super) fn done(mut backtest: Backtest, outcome: Outcome, clock: &dyn Clock) -> NewBacktest {
    backtest.status = RunStatus::Done;
    backtest.finished_at = Some(clock.now());
    backtest.engine = Some(ENGINE_VERSION.to_owned());
    backtest.digest = Some(outcome.digest);
    backtest.span = span(&outcome.equity, outcome.warm_up as u64);
    backtest.metrics = outcome.metrics;
    NewBacktest {
        backtest,
        result: BacktestResult {
            trades: outcome.trades,
            equity: outcome.equity,
        },
    }
}

/// Tells what an equity curve reaches over; `None` for an empty one.
pub(super) fn span(curve: &domain::backtest::EquityCurve, warm_up: u64) -> Option<Span> {
    use domain::market::Timestamp;
    Some(Span {
        first: Timestamp::saturating(*curve.time().first()?),
        last: Timestamp::saturating(*curve.time().last()?),
        bars: curve.len() as u64,
        warm_up,
        final_equity: *curve.equity().last()?,
    })
}

/// Reads the bars of the one series that a run trades, and puts the settings of the engine together.
pub(super) async fn load(
    stores: &Stores,
    inputs: &[BacktestInput],
    settings: &BacktestSettings,
    progress: &dyn Progress,
) -> Result<(Bars, RunSettings), BacktestError> {
    let [input] = inputs else {
        let count = inputs.len();
        let problem = format!("a run trades one series, not {count}");
        return Err(StoreError::Invalid(problem).into());
    };
    let bars = read(
        stores,
        input,
        TimeRange::new(settings.start, settings.end),
        progress,
    )
    .await?;
    if bars.is_empty() {
        return Err(BacktestError::NoBars(input.series.clone()));
    }
    Ok((bars, run_settings(settings, &input.series)))
}

/// Reads the bars of a pinned version.
pub(super) async fn read(
    stores: &Stores,
    input: &BacktestInput,
    range: TimeRange,
    progress: &dyn Progress,
) -> Result<Bars, BacktestError> {
    let BacktestInput {
        series,
        version,
        digest,
    } = input;
    let as_of = AsOf::Version(*version);
    let commit = stores.prices.commit_at(series, as_of).await?;
    if let Some(commit) = commit.filter(|commit| commit.digest != *digest) {
        return Err(BacktestError::OtherData {
            series: series.clone(),
            version: *version,
            pinned: *digest,
            found: commit.digest,
        });
    }
    progress.begin(&Stage::Loading, None);
    let mut frames = stores.prices.bars(BarsQuery {
        as_of,
        range,
        ..BarsQuery::all(series.clone())
    });
    let mut whole = Bars::default();
    while let Some(frame) = frames.try_next().await? {
        Cancelled::check(progress)?;
        let damaged = |cause| StoreError::corrupt(format!("series {series}"), cause);
        let bars = Bars::try_from(frame).map_err(damaged)?;
        whole.append(&bars).map_err(damaged)?;
        progress.advance(bars.len() as u64, bars.len() as u64);
    }
    Ok(whole)
}

/// Puts the settings of the engine together.
pub(super) fn run_settings(settings: &BacktestSettings, key: &SeriesKey) -> RunSettings {
    RunSettings {
        parameters: settings.parameters.clone(),
        zone: settings.zone.clone(),
        start: settings.start,
        end: settings.end,
        costs: Some(settings.costs),
        risk_free: settings.risk_free,
        ..RunSettings::new(settings.cash, key.timeframe, settings.sessions_per_year)
    }
}

/// Finds the strategy that a run needs, checked.
pub(super) async fn checked(
    stores: &Stores,
    strategy: &domain::backtest::StrategyRef,
) -> Result<Checked, BacktestError> {
    let version = strategy_version(stores, &strategy.name, Some(strategy.version)).await?;
    strategy.check_contents(&version.digest)?;
    check(version.document).await
}

/// Checks a strategy. The longest documents take some milliseconds, which the runtime is not kept busy for.
pub(super) async fn check(document: StrategyDocument) -> Result<Checked, BacktestError> {
    let checked = tokio::task::spawn_blocking(move || engine::check(&document)).await?;
    checked.map_err(BacktestError::Rules)
}
