//! A backtest as clients see it.

use std::collections::{BTreeMap, BTreeSet};

use app::backtest::{InputFreshness, metric_definition};
use domain::{
    backtest::{Backtest, BacktestInput, BacktestSettings, BacktestSort, Costs, Metric, Origin, Span},
    job::JobState,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A backtest, as lists have it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BacktestRowBody {
    /// Its id.
    id: String,
    /// queued, running, done, failed or cancelled.
    status: String,
    /// `engine` when it was run here, else `recorded`.
    origin: String,
    /// The tool that made it, when it was recorded.
    tool: Option<String>,
    /// The strategy.
    strategy: Option<String>,
    /// The version of the strategy.
    version: Option<u64>,
    /// The series that it reads.
    series: Vec<String>,
    /// The values of the parameters.
    parameters: BTreeMap<String, f64>,
    /// What it is called for people.
    title: Option<String>,
    /// What it is found by.
    tags: BTreeSet<String>,
    /// Who asked for it.
    author: String,
    /// When that was.
    created_at: String,
    /// When it ended.
    finished_at: Option<String>,
    /// The sweep whose best runs it belongs to.
    sweep: Option<String>,
    /// The digest of the result, 64 hexadecimal digits.
    digest: Option<String>,
    /// The headline figures; null where one is undefined. Empty until it is done.
    figures: BTreeMap<&'static str, Option<f64>>,
}

impl From<&Backtest> for BacktestRowBody {
    fn from(backtest: &Backtest) -> Self {
        let (origin, tool) = origin(&backtest.origin);
        let figures = BacktestSort::FIGURES
            .into_iter()
            .filter_map(|name| Some((name, backtest.metrics.get(name)?.value)));
        Self {
            id: backtest.id.to_string(),
            status: backtest.status.to_string(),
            origin,
            tool,
            strategy: strategy(backtest),
            version: backtest.strategy.as_ref().map(|strategy| strategy.version.0),
            series: backtest
                .inputs
                .iter()
                .map(|input| input.series.to_string())
                .collect(),
            parameters: backtest.settings.parameters.clone(),
            title: backtest.title.clone(),
            tags: backtest.tags.clone(),
            author: backtest.author.to_string(),
            created_at: backtest.created_at.to_string(),
            finished_at: backtest.finished_at.map(|time| time.to_string()),
            sweep: backtest.sweep.map(|sweep| sweep.to_string()),
            digest: backtest.digest.map(|digest| digest.to_string()),
            figures: figures.collect(),
        }
    }
}

fn origin(origin: &Origin) -> (String, Option<String>) {
    match origin {
        Origin::Engine => ("engine".to_owned(), None),
        Origin::Recorded { tool, .. } => ("recorded".to_owned(), Some(tool.clone())),
    }
}

fn strategy(backtest: &Backtest) -> Option<String> {
    match (&backtest.strategy, &backtest.origin) {
        (Some(strategy), _) => Some(strategy.name.to_string()),
        (None, Origin::Recorded { strategy, .. }) => strategy.clone(),
        (None, Origin::Engine) => None,
    }
}

/// A backtest with all its figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BacktestBody {
    #[serde(flatten)]
    row: BacktestRowBody,
    /// What people write about it.
    notes: Option<String>,
    /// What it reads, pinned.
    inputs: Vec<InputBody>,
    /// What it depends on besides.
    #[serde(flatten)]
    settings: SettingsBody,
    /// What it was computed over, once it is done.
    span: Option<SpanBody>,
    /// The version of the engine that computed figures and digest.
    engine: Option<String>,
    /// The figures by name, each with what it is computed from. Empty until it is done.
    metrics: BTreeMap<String, MetricBody>,
    /// How far it is, while it is queued or running.
    progress: Option<ProgressBody>,
    /// Why it failed.
    failure: Option<String>,
}

impl BacktestBody {
    pub(super) fn new(backtest: &Backtest, freshness: Vec<InputFreshness>, job: Option<JobState>) -> Self {
        let metrics = backtest.metrics.iter();
        Self {
            row: backtest.into(),
            notes: backtest.notes.clone(),
            inputs: inputs(&backtest.inputs, freshness),
            settings: (&backtest.settings).into(),
            span: backtest.span.map(Into::into),
            engine: backtest.engine.clone(),
            metrics: metrics
                .map(|(name, metric)| (name.to_owned(), MetricBody::new(name, metric)))
                .collect(),
            progress: job.map(Into::into),
            failure: backtest.failure.clone(),
        }
    }
}

/// A series that a backtest reads.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InputBody {
    /// The series.
    series: String,
    /// The version that is read.
    version: u64,
    /// The digest of its bars.
    digest: String,
    /// The newest version of the series; null when it is no longer there.
    newest: Option<u64>,
    /// Whether bars of the backtest's period were inserted, changed or deleted since.
    changed: bool,
}

/// Puts inputs and what has become of them together.
pub(crate) fn inputs(inputs: &[BacktestInput], freshness: Vec<InputFreshness>) -> Vec<InputBody> {
    inputs
        .iter()
        .zip(freshness)
        .map(|(input, fresh)| InputBody {
            series: input.series.to_string(),
            version: input.version.0,
            digest: input.digest.to_string(),
            newest: fresh.newest.map(|version| version.0),
            changed: fresh.changed,
        })
        .collect()
}

/// What a run depends on besides strategy and bars.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsBody {
    /// The period: the first time that is read, and the first one behind.
    period: PeriodBody,
    /// The cash at the beginning.
    cash: f64,
    /// The costs of each fill.
    costs: CostsBody,
    /// The instrument's trading sessions a year.
    sessions_per_year: f64,
    /// The zone of the clock that rules read.
    zone: String,
    /// The yearly rate of money without risk, as a fraction.
    risk_free: f64,
}

impl From<&BacktestSettings> for SettingsBody {
    fn from(settings: &BacktestSettings) -> Self {
        Self {
            period: PeriodBody {
                start: settings.start.map(|time| time.to_string()),
                end: settings.end.map(|time| time.to_string()),
            },
            cash: settings.cash,
            costs: settings.costs.into(),
            sessions_per_year: settings.sessions_per_year,
            zone: settings.zone.to_string(),
            risk_free: settings.risk_free,
        }
    }
}

/// A period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeriodBody {
    /// The first time that is read; null for that of the first bar.
    start: Option<String>,
    /// The first time behind what is read; null when all bars are.
    end: Option<String>,
}

/// The costs of each fill.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostsBody {
    /// Commission in basis points of the value filled.
    commission_bps: f64,
    /// Commission per fill, in the account's currency.
    commission_per_trade: f64,
    /// Slippage in basis points of the price.
    slippage_bps: f64,
}

impl From<Costs> for CostsBody {
    fn from(costs: Costs) -> Self {
        Self {
            commission_bps: costs.commission_bps,
            commission_per_trade: costs.commission_per_trade,
            slippage_bps: costs.slippage_bps,
        }
    }
}

/// What a backtest was computed over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanBody {
    /// The time of the first point of the equity curve.
    first: String,
    /// The time of the last one.
    last: String,
    /// How many points there are: one a bar.
    bars: u64,
    /// For how many bars at the beginning nothing was traded.
    warm_up: u64,
    /// The equity at the end.
    final_equity: f64,
}

impl From<Span> for SpanBody {
    fn from(span: Span) -> Self {
        Self {
            first: span.first.to_string(),
            last: span.last.to_string(),
            bars: span.bars,
            warm_up: span.warm_up,
            final_equity: span.final_equity,
        }
    }
}

/// A figure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricBody {
    /// The figure; null when it is undefined.
    value: Option<f64>,
    /// What it was computed from.
    basis: String,
    /// Why it is undefined.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// fraction, ratio, count, days or currency; null for a figure that this version does not know.
    unit: Option<&'static str>,
    /// How it is computed.
    formula: Option<&'static str>,
}

impl MetricBody {
    fn new(name: &str, metric: &Metric) -> Self {
        let definition = metric_definition(name);
        Self {
            value: metric.value,
            basis: metric.basis.clone(),
            reason: metric.reason.clone(),
            unit: definition.map(|definition| definition.unit.as_str()),
            formula: definition.map(|definition| definition.formula),
        }
    }
}

/// How far a job is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressBody {
    /// The worker that has it; null while it waits for one.
    worker: Option<String>,
    /// How many steps are done.
    done: u64,
    /// How many there are.
    total: u64,
    /// Whether it was told to stop.
    is_cancelled: bool,
}

impl From<JobState> for ProgressBody {
    fn from(job: JobState) -> Self {
        Self {
            worker: job.worker,
            done: job.progress.done,
            total: job.progress.total,
            is_cancelled: job.is_cancelled,
        }
    }
}
