//! Recording what another tool gave. Its trades and its equity are kept as they are; the figures are computed here,
//! by the same definitions as those of the engine, so that both can be compared.

mod trades;

use std::collections::BTreeSet;

use domain::{
    backtest::{
        Backtest, BacktestInput, BacktestResult, BacktestSettings, Costs, CurveError, EquityCurve,
        ExitReason, NewBacktest, Origin, RunStatus, Side, check_notes, check_tags, check_title, is_line,
    },
    clock::Clock,
    id::{BacktestId, IdSource},
    market::{AsOf, AssetClass, Author, Bars, SeriesKey, TimeRange, Timeframe, Timestamp, Zone},
};
use engine::{ENGINE_VERSION, Measured, Recorded};

use self::trades::{MAX_TRADES, trades};
use super::{
    error::BacktestError,
    order::{calendar, pin_series},
    run::{read, span},
};
use crate::{progress::Progress, stores::Stores};

/// The most characters of a tool's name.
const MAX_TOOL: usize = 100;

/// A closed trade, as another tool tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedTrade {
    /// Which way it gained.
    pub side: Side,
    /// How many units were held.
    pub units: f64,
    /// When it was entered.
    pub entry_time: Timestamp,
    /// At which price.
    pub entry_price: f64,
    /// When it was left.
    pub exit_time: Timestamp,
    /// At which price.
    pub exit_price: f64,
    /// What entry and exit cost, in the account's currency.
    pub costs: f64,
    /// Why it was left, if the tool tells.
    pub exit_reason: Option<ExitReason>,
}

/// Asks for what another tool gave to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordOrder {
    /// The tool and its version.
    pub tool: String,
    /// What the tool calls the strategy.
    pub strategy: Option<String>,
    /// The series that was traded, if it is here; then its closes are compared with the equity.
    pub series: Option<SeriesKey>,
    /// The state of the series that was traded.
    pub as_of: AsOf,
    /// How long a bar lasted. It may be left out when the series tells.
    pub timeframe: Option<Timeframe>,
    /// The trading sessions a year; those of the series' instrument, or 252, when it is left out.
    pub sessions_per_year: Option<f64>,
    /// The parameters that the tool's strategy had.
    pub parameters: std::collections::BTreeMap<String, f64>,
    /// The cash at the beginning.
    pub cash: f64,
    /// The yearly rate of money without risk, as a fraction.
    pub risk_free: f64,
    /// The trades, in any order.
    pub trades: Vec<RecordedTrade>,
    /// The times of the equity curve: those at which its bars open.
    pub times: Vec<Timestamp>,
    /// What the account was worth at each bar's close.
    pub equity: Vec<f64>,
    /// What it is called for people.
    pub title: Option<String>,
    /// What people write about it.
    pub notes: Option<String>,
    /// What it is found by.
    pub tags: BTreeSet<String>,
    /// Who records it.
    pub author: Author,
}

/// What another tool gave makes no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The tool has no name, a long one, or one that is no line of text.
    #[error("`tool` must name the tool in a line of 1 to {MAX_TOOL} characters")]
    Tool,
    /// The strategy's name is no line of text.
    #[error("`strategy` must be a line of text of up to 200 characters")]
    Strategy,
    /// A parameter's name is no line of text.
    #[error("`parameters`: a name must be a line of text of 1 to 200 characters")]
    Parameter,
    /// The timeframe is not known.
    #[error(
        "`timeframe` is needed when no series is named: how long a bar of the equity curve lasts, such as 1d"
    )]
    NoTimeframe,
    /// The timeframe is not that of the series.
    #[error("`timeframe` is {given}, but the bars of {series} last {found}")]
    OtherTimeframe {
        /// What was given.
        given: Timeframe,
        /// The series.
        series: SeriesKey,
        /// The series' own.
        found: Timeframe,
    },
    /// There is no equity curve.
    #[error("`equity` must have at least one point")]
    NoEquity,
    /// The columns make no equity curve.
    #[error("`equity`: {0}")]
    Curve(#[from] CurveError),
    /// There are too many trades.
    #[error("`trades` has more than {MAX_TRADES} trades")]
    TooManyTrades,
    /// A trade contradicts itself.
    #[error("trade {number}: `{key}` must be {range}")]
    Trade {
        /// Its place in what was given, from 1.
        number: usize,
        /// The value that is wrong.
        key: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// A trade lies where the equity tells nothing.
    #[error("trade {number}: `{key}` is {time}, but `equity` reaches from {first} to {last}")]
    Outside {
        /// Its place in what was given, from 1.
        number: usize,
        /// The time that is wrong.
        key: &'static str,
        /// That time.
        time: Timestamp,
        /// The first point of the equity.
        first: Timestamp,
        /// The last one.
        last: Timestamp,
    },
}

/// Checks, measures and stores what another tool gave.
///
/// # Errors
/// [`BacktestError::Record`], [`BacktestError::Words`] and [`BacktestError::Setting`] with what is wrong;
/// [`BacktestError::Store`] when the series is not there.
pub async fn record(
    stores: &Stores,
    clock: &dyn Clock,
    ids: &dyn IdSource,
    order: RecordOrder,
    progress: &dyn Progress,
) -> Result<Backtest, BacktestError> {
    check_names(&order)?;
    check_title(order.title.as_deref())?;
    check_notes(order.notes.as_deref())?;
    check_tags(&order.tags)?;
    let timeframe = timeframe(&order)?;
    let equity = curve(&order)?;
    let trades = trades(&order.trades, &equity, timeframe)?;
    let data = Data::of(stores, &order, progress).await?;
    let settings = BacktestSettings {
        start: None,
        end: None,
        parameters: order.parameters,
        cash: order.cash,
        costs: Costs::default(),
        sessions_per_year: order.sessions_per_year.unwrap_or(data.sessions_per_year),
        zone: data.zone,
        risk_free: order.risk_free,
    };
    let (cash, sessions_per_year, risk_free) =
        (settings.cash, settings.sessions_per_year, settings.risk_free);
    let measured = tokio::task::spawn_blocking(move || {
        let recorded = Recorded {
            trades: &trades,
            equity: &equity,
            bars: data.bars.as_ref(),
            cash,
            timeframe,
            sessions_per_year,
            risk_free,
        };
        let measured = engine::measure(&recorded)?;
        Ok::<_, engine::RunError>((measured, trades, equity))
    });
    let (Measured { metrics, digest }, trades, equity) = measured.await??;
    let now = clock.now();
    let backtest = Backtest {
        id: BacktestId::next(ids),
        status: RunStatus::Done,
        origin: Origin::Recorded {
            tool: order.tool,
            strategy: order.strategy,
        },
        strategy: None,
        inputs: data.inputs,
        settings,
        title: order.title,
        notes: order.notes,
        tags: order.tags,
        author: order.author,
        created_at: now,
        finished_at: Some(now),
        sweep: None,
        engine: Some(ENGINE_VERSION.to_owned()),
        digest: Some(digest),
        span: span(&equity, 0),
        metrics,
        failure: None,
    };
    let new = NewBacktest {
        backtest,
        result: BacktestResult { trades, equity },
    };
    stores.backtests.add_backtest(&new).await?;
    Ok(new.backtest)
}

/// The data that another tool traded, as far as they are here.
struct Data {
    inputs: Vec<BacktestInput>,
    bars: Option<Bars>,
    zone: Zone,
    sessions_per_year: f64,
}

impl Data {
    async fn of(
        stores: &Stores,
        order: &RecordOrder,
        progress: &dyn Progress,
    ) -> Result<Self, BacktestError> {
        let Some(key) = &order.series else {
            let usual = AssetClass::default().usual_sessions_per_year();
            return Ok(Self {
                inputs: Vec::new(),
                bars: None,
                zone: Zone::default(),
                sessions_per_year: f64::from(usual),
            });
        };
        let (zone, sessions_per_year) = calendar(stores, key).await?;
        let (input, _) = pin_series(stores, key, order.as_of).await?;
        let behind = order.times.last().map(|last| last.micros().saturating_add(1));
        let range = TimeRange::new(None, behind.map(Timestamp::saturating));
        Ok(Self {
            bars: Some(read(stores, &input, range, progress).await?),
            inputs: vec![input],
            zone,
            sessions_per_year,
        })
    }
}

/// Refuses names that terminals or some store could not keep.
fn check_names(order: &RecordOrder) -> Result<(), RecordError> {
    let (tool, is_name) = (&order.tool, |name: &String| {
        is_line(name) && !name.trim().is_empty()
    });
    if !is_name(tool) || tool.chars().count() > MAX_TOOL {
        return Err(RecordError::Tool);
    }
    if order.strategy.as_ref().is_some_and(|strategy| !is_line(strategy)) {
        return Err(RecordError::Strategy);
    }
    if order.parameters.keys().all(is_name) {
        Ok(())
    } else {
        Err(RecordError::Parameter)
    }
}

fn timeframe(order: &RecordOrder) -> Result<Timeframe, RecordError> {
    match (&order.series, order.timeframe) {
        (None, None) => Err(RecordError::NoTimeframe),
        (None, Some(given)) => Ok(given),
        (Some(series), Some(given)) if given != series.timeframe => Err(RecordError::OtherTimeframe {
            given,
            series: series.clone(),
            found: series.timeframe,
        }),
        (Some(series), _) => Ok(series.timeframe),
    }
}

fn curve(order: &RecordOrder) -> Result<EquityCurve, RecordError> {
    if order.times.is_empty() {
        return Err(RecordError::NoEquity);
    }
    let times = order.times.iter().map(|time| time.micros()).collect();
    Ok(EquityCurve::new(times, order.equity.clone())?)
}
