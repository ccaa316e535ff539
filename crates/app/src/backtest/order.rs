//! What is to be run, and how it is pinned.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    backtest::{
        Backtest, BacktestInput, BacktestSettings, Costs, Metrics, Origin, RunStatus, StrategyRef, Sweep,
        SweepAxis,
    },
    clock::Clock,
    error::{EntityRef, StoreError},
    id::{BacktestId, IdSource, SweepId},
    market::{AsOf, AssetClass, Author, SeriesKey, Timestamp, Version, Zone},
    strategy::{StrategyName, StrategyVersion},
};
use engine::{Checked, Grid};

use super::error::BacktestError;
use crate::stores::Stores;

/// How many runs of a sweep can be stored whole.
pub const MAX_WHOLE: u32 = 100;

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
    /// Costs in place of those of the strategy.
    pub costs: Option<Costs>,
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
            costs: None,
            risk_free: 0.0,
            author,
        }
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

/// An order whose strategy and series are pinned.
struct Pinned {
    strategy: StrategyRef,
    checked: Checked,
    inputs: Vec<BacktestInput>,
    settings: BacktestSettings,
}

impl BacktestOrder {
    /// Pins strategy and series and checks the parameters. The backtest is queued; nothing is stored yet.
    ///
    /// # Errors
    /// [`BacktestError::Store`] with what does not exist; [`BacktestError::Rules`] and [`BacktestError::Setting`]
    /// with what is wrong.
    pub async fn prepare(
        self,
        stores: &Stores,
        clock: &dyn Clock,
        ids: &dyn IdSource,
    ) -> Result<Backtest, BacktestError> {
        let pinned = pin(stores, &self.run).await?;
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
    /// Those of [`BacktestOrder::prepare`].
    pub async fn prepare(
        self,
        stores: &Stores,
        clock: &dyn Clock,
        ids: &dyn IdSource,
    ) -> Result<Sweep, BacktestError> {
        let pinned = pin(stores, &self.run).await?;
        engine::check_figure(&self.by)?;
        for axis in self.grid.axes() {
            for value in axis.values() {
                let mut parameters = pinned.settings.parameters.clone();
                parameters.insert(axis.name().to_owned(), *value);
                pinned
                    .checked
                    .parameters(&parameters)
                    .map_err(BacktestError::Rules)?;
            }
        }
        let axes = self.grid.axes().iter().map(|axis| SweepAxis {
            name: axis.name().to_owned(),
            values: axis.values().to_vec(),
        });
        Ok(Sweep {
            id: SweepId::next(ids),
            status: RunStatus::Queued,
            strategy: pinned.strategy,
            inputs: pinned.inputs,
            settings: pinned.settings,
            axes: axes.collect(),
            by: self.by,
            top: self.top,
            title: self.title,
            author: self.run.author,
            created_at: clock.now(),
            finished_at: None,
            engine: None,
            figures: Vec::new(),
            rows: Vec::new(),
            failure: None,
        })
    }
}

async fn pin(stores: &Stores, order: &RunOrder) -> Result<Pinned, BacktestError> {
    let version = strategy_version(stores, &order.strategy, order.version).await?;
    let checked = engine::check(&version.document).map_err(BacktestError::Rules)?;
    let parameters = checked
        .parameters(&order.parameters)
        .map_err(BacktestError::Rules)?;
    let input = pin_series(stores, &order.series, order.as_of).await?;
    let (zone, sessions_per_year) = calendar(stores, &order.series).await?;
    let settings = BacktestSettings {
        start: order.start,
        end: order.end,
        parameters,
        cash: order.cash,
        costs: order.costs.unwrap_or(version.document.costs),
        sessions_per_year,
        zone,
        risk_free: order.risk_free,
    };
    engine::check_settings(&super::run::run_settings(&settings, &order.series))?;
    Ok(Pinned {
        strategy: StrategyRef {
            name: order.strategy.clone(),
            version: version.version,
        },
        checked,
        inputs: vec![input],
        settings,
    })
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

/// Finds the version that a series has at `as_of`.
pub(super) async fn pin_series(
    stores: &Stores,
    key: &SeriesKey,
    as_of: AsOf,
) -> Result<BacktestInput, BacktestError> {
    let commit = stores.prices.commit_at(key, as_of).await?;
    let commit = commit.ok_or_else(|| BacktestError::NoBars(key.clone()))?;
    Ok(BacktestInput {
        series: key.clone(),
        version: commit.version,
        digest: commit.digest,
    })
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
