//! What is to be run, and how it is pinned.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    backtest::{
        Backtest, BacktestInput, BacktestSettings, Costs, Metrics, Origin, RunStatus, StrategyRef, Sweep,
        SweepAxis, check_notes, check_tags, check_title,
    },
    clock::Clock,
    error::{EntityRef, StoreError},
    id::{BacktestId, IdSource, SweepId},
    market::{AsOf, AssetClass, Author, SeriesKey, TimeRange, Timeframe, Timestamp, Version, Zone},
    strategy::{StrategyName, StrategyVersion},
};
use engine::{Checked, Grid};

use super::{error::BacktestError, run};
use crate::stores::Stores;

/// How many runs of a sweep can be stored whole.
pub const MAX_WHOLE: u32 = 100;
/// How many points the equity curves of those runs can have together: what 1 GiB holds, at 16 bytes a point. They stand
/// in memory until the sweep is stored.
const MAX_POINTS: u64 = (1 << 30) / 16;

/// More of a sweep is to be stored whole than can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TopError {
    /// There are too many runs.
    #[error("give a number up to {MAX_WHOLE}")]
    Runs,
    /// The runs are too long.
    #[error(
        "{top} runs over up to {bars} bars have more than the {MAX_POINTS} points of equity that 1 GiB holds; give a \
         number up to {most}, or a shorter period"
    )]
    Points {
        /// How many runs were to be stored whole.
        top: u32,
        /// How many bars each of them may read.
        bars: u64,
        /// How many can be.
        most: u64,
    },
}

/// What backtests and sweeps have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOrder {
    /// The strategy.
    pub strategy: StrategyName,
    /// Its version; without one, the newest.
    pub version: Option<Version>,
    /// The series that it trades.
    pub series: SeriesKey,
    /// The state of the series.
    pub as_of: AsOf,
    /// The first time that is read.
    pub start: Option<Timestamp>,
    /// The first time behind what is read.
    pub end: Option<Timestamp>,
    /// Values of parameters; those that are not named have their defaults.
    pub parameters: BTreeMap<String, f64>,
    /// The cash at the beginning, in the account's currency.
    pub cash: f64,
    /// Commission in basis points of the value filled, in place of the strategy's.
    pub commission_bps: Option<f64>,
    /// Commission per fill, in the account's currency, in place of the strategy's.
    pub commission_per_trade: Option<f64>,
    /// Slippage in basis points of the price, in place of the strategy's.
    pub slippage_bps: Option<f64>,
    /// The yearly rate of money without risk, as a fraction.
    pub risk_free: f64,
    /// Who asks for it.
    pub author: Author,
}

impl RunOrder {
    /// Asks for a run of the newest version over all of a series, with a cash of 10,000.
    pub fn new(strategy: StrategyName, series: SeriesKey, author: Author) -> Self {
        Self {
            strategy,
            version: None,
            series,
            as_of: AsOf::Head,
            start: None,
            end: None,
            parameters: BTreeMap::new(),
            cash: 10_000.0,
            commission_bps: None,
            commission_per_trade: None,
            slippage_bps: None,
            risk_free: 0.0,
            author,
        }
    }

    /// Puts the costs that were given in place of the strategy's `own`, one by one.
    fn costs(&self, own: Costs) -> Costs {
        Costs {
            commission_bps: self.commission_bps.unwrap_or(own.commission_bps),
            commission_per_trade: self.commission_per_trade.unwrap_or(own.commission_per_trade),
            slippage_bps: self.slippage_bps.unwrap_or(own.slippage_bps),
        }
    }

    /// Refuses a period in which no time lies: a run of it would have nothing to read.
    fn check_period(&self) -> Result<(), BacktestError> {
        if TimeRange::new(self.start, self.end).is_empty() {
            let (key, range) = ("end", "later than `start`");
            return Err(BacktestError::Setting { key, range });
        }
        Ok(())
    }

    /// Refuses a period beside all bars of the input, as far as the head of the series tells. Others that have nothing
    /// to read fail when they are run.
    async fn check_reach(&self, stores: &Stores, input: &BacktestInput) -> Result<(), BacktestError> {
        let BacktestInput {
            series,
            version,
            digest,
        } = input;
        let head = stores.prices.head(series).await?;
        let Some(head) = head.filter(|head| head.digest == *digest) else {
            return Ok(());
        };
        if let (Some(last), Some(start)) = (head.last, self.start)
            && start > last
        {
            let reason =
                format!("the last bar of version {version} of {series} opens at {last}, before `start`");
            return Err(BacktestError::Beside { key: "start", reason });
        }
        if let (Some(first), Some(end)) = (head.first, self.end)
            && end <= first
        {
            let reason =
                format!("the first bar of version {version} of {series} opens at {first}, not before `end`");
            return Err(BacktestError::Beside { key: "end", reason });
        }
        Ok(())
    }
}

/// Asks for a backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestOrder {
    /// What is run.
    pub run: RunOrder,
    /// What it is called for people.
    pub title: Option<String>,
    /// What people write about it.
    pub notes: Option<String>,
    /// What it is found by.
    pub tags: BTreeSet<String>,
}

/// Asks for a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepOrder {
    /// What all its runs have in common.
    pub run: RunOrder,
    /// The values of the parameters that differ.
    pub grid: Grid,
    /// The figure that the runs are sorted by.
    pub by: String,
    /// How many of the best runs are stored whole.
    pub top: u32,
    /// What it is called for people.
    pub title: Option<String>,
}

impl SweepOrder {
    /// The figure that runs are sorted by when none is named.
    pub const BY: &str = "sharpe";
    /// How many of the best runs are stored whole when nobody says.
    pub const TOP: u32 = 20;
}

/// An order whose strategy and series are pinned.
struct Pinned {
    strategy: StrategyRef,
    checked: Checked,
    inputs: Vec<BacktestInput>,
    /// How many bars the series has, whatever the period.
    bars: u64,
    settings: BacktestSettings,
}

impl BacktestOrder {
    /// Pins strategy and series and checks the parameters. The backtest is queued; nothing is stored yet.
    ///
    /// # Errors
    /// [`BacktestError::Store`] with what does not exist; [`BacktestError::Words`], [`BacktestError::Rules`] and
    /// [`BacktestError::Setting`] with what is wrong.
    pub async fn prepare(
        self,
        stores: &Stores,
        clock: &dyn Clock,
        ids: &dyn IdSource,
    ) -> Result<Backtest, BacktestError> {
        check_title(self.title.as_deref())?;
        check_notes(self.notes.as_deref())?;
        check_tags(&self.tags)?;
        let pinned = pin(stores, &self.run).await?;
        let values = &pinned.settings.parameters;
        pinned
            .checked
            .check_values(values)
            .map_err(BacktestError::Rules)?;
        Ok(Backtest {
            id: BacktestId::next(ids),
            status: RunStatus::Queued,
            origin: Origin::Engine,
            strategy: Some(pinned.strategy),
            inputs: pinned.inputs,
            settings: pinned.settings,
            title: self.title,
            notes: self.notes,
            tags: self.tags,
            author: self.run.author,
            created_at: clock.now(),
            finished_at: None,
            sweep: None,
            engine: None,
            digest: None,
            span: None,
            metrics: Metrics::default(),
            failure: None,
        })
    }
}

impl SweepOrder {
    /// Pins strategy and series and checks the grid. The sweep is queued; nothing is stored yet.
    ///
    /// # Errors
    /// Those of [`BacktestOrder::prepare`]; [`BacktestError::Top`].
    pub async fn prepare(
        self,
        stores: &Stores,
        clock: &dyn Clock,
        ids: &dyn IdSource,
    ) -> Result<Sweep, BacktestError> {
        check_title(self.title.as_deref())?;
        if self.top > MAX_WHOLE {
            return Err(TopError::Runs.into());
        }
        let pinned = pin(stores, &self.run).await?;
        let now = clock.now();
        let bars = bars_within(pinned.bars, &pinned.settings, self.run.series.timeframe, now);
        check_points(self.top, bars)?;
        engine::check_figure(&self.by)?;
        let (checked, parameters) = (pinned.checked, pinned.settings.parameters.clone());
        let grid = self.grid;
        // A grid may have thousands of values, each of which is checked beside all other parameters.
        let axes = tokio::task::spawn_blocking(move || axes(&checked, &parameters, &grid)).await??;
        Ok(Sweep {
            id: SweepId::next(ids),
            status: RunStatus::Queued,
            strategy: pinned.strategy,
            inputs: pinned.inputs,
            settings: pinned.settings,
            axes,
            by: self.by,
            top: self.top,
            title: self.title,
            author: self.run.author,
            created_at: now,
            finished_at: None,
            engine: None,
            figures: Vec::new(),
            rows: Vec::new(),
            failure: None,
        })
    }
}

async fn pin(stores: &Stores, order: &RunOrder) -> Result<Pinned, BacktestError> {
    order.check_period()?;
    let version = strategy_version(stores, &order.strategy, order.version).await?;
    let costs = order.costs(version.document.costs);
    let checked = run::check(version.document).await?;
    let parameters = checked
        .parameters(&order.parameters)
        .map_err(BacktestError::Rules)?;
    let (input, bars) = pin_series(stores, &order.series, order.as_of).await?;
    order.check_reach(stores, &input).await?;
    let (zone, sessions_per_year) = calendar(stores, &order.series).await?;
    let settings = BacktestSettings {
        start: order.start,
        end: order.end,
        parameters,
        cash: order.cash,
        costs,
        sessions_per_year,
        zone,
        risk_free: order.risk_free,
    };
    engine::check_settings(&run::run_settings(&settings, &order.series))?;
    Ok(Pinned {
        strategy: StrategyRef {
            name: order.strategy.clone(),
            version: version.version,
            digest: Some(version.digest),
        },
        checked,
        inputs: vec![input],
        bars,
        settings,
    })
}

/// Checks each value of a grid, and writes the grid down.
fn axes(
    checked: &Checked,
    parameters: &BTreeMap<String, f64>,
    grid: &Grid,
) -> Result<Vec<SweepAxis>, BacktestError> {
    for axis in grid.axes() {
        let mut parameters = parameters.clone();
        for value in axis.values() {
            parameters.insert(axis.name().to_owned(), *value);
            checked.parameters(&parameters).map_err(BacktestError::Rules)?;
        }
    }
    let axes = grid.axes().iter().map(|axis| SweepAxis {
        name: axis.name().to_owned(),
        values: axis.values().to_vec(),
    });
    Ok(axes.collect())
}

/// Tells how many bars a period has at most, of a series of `all` bars of which none opens later than `now`.
fn bars_within(all: u64, settings: &BacktestSettings, timeframe: Timeframe, now: Timestamp) -> u64 {
    let Some(start) = settings.start else {
        return all;
    };
    let end = settings.end.unwrap_or(now).micros();
    let span = u64::try_from(end.saturating_sub(start.micros())).unwrap_or_default();
    let bars = span / timeframe.nominal_micros().unsigned_abs().max(1) + 1;
    bars.min(all)
}

/// Refuses to store more points than fit into memory.
fn check_points(top: u32, bars: u64) -> Result<(), TopError> {
    let most = MAX_POINTS / bars.max(1);
    if u64::from(top) <= most {
        Ok(())
    } else {
        Err(TopError::Points { top, bars, most })
    }
}

/// Finds a version of a strategy, the newest when `version` is `None`.
pub(super) async fn strategy_version(
    stores: &Stores,
    name: &StrategyName,
    version: Option<Version>,
) -> Result<StrategyVersion, BacktestError> {
    let found = stores.strategies.strategy(name, version).await?;
    let entity = || match version {
        Some(version) => EntityRef::StrategyVersion(name.clone(), version),
        None => EntityRef::Strategy(name.clone()),
    };
    Ok(found.ok_or_else(|| StoreError::NotFound(entity()))?)
}

/// Finds the version that a series has at `as_of`, and how many bars that has.
pub(super) async fn pin_series(
    stores: &Stores,
    key: &SeriesKey,
    as_of: AsOf,
) -> Result<(BacktestInput, u64), BacktestError> {
    let commit = stores.prices.commit_at(key, as_of).await?;
    let commit = commit.ok_or_else(|| BacktestError::NoBars(key.clone()))?;
    let input = BacktestInput {
        series: key.clone(),
        version: commit.version,
        digest: commit.digest,
    };
    Ok((input, commit.bars))
}

/// Returns an instrument's zone and its trading sessions a year.
pub(super) async fn calendar(stores: &Stores, key: &SeriesKey) -> Result<(Zone, f64), BacktestError> {
    let instrument = stores.instruments.instrument(&key.venue, &key.symbol).await?;
    Ok(instrument.map_or_else(
        || {
            let usual = AssetClass::default().usual_sessions_per_year();
            (Zone::default(), f64::from(usual))
        },
        |instrument| (instrument.zone, f64::from(instrument.sessions_per_year)),
    ))
}

#[cfg(test)]
mod tests;
