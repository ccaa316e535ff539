//! One run of a strategy over bars.

use std::{
    collections::BTreeMap,
    ops::{ControlFlow, Range},
};

use domain::{
    backtest::{Costs, CostsError, EquityCurve, Metrics, ResultDigest, Trade},
    market::{Bars, TimeRange, Timeframe, Timestamp, Zone},
    strategy::StrategyDocument,
};

use crate::{
    check::{Checked, Plan, SidePlan},
    digest::{BLOCK, Partial, block_hash, result_digest},
    error::RuleError,
    graph::{Evaluator, Graph, SharedColumns, Stretch, Unevaluated},
    series::Series,
    simulation::{Limits, SideSignals, Signals, Simulator, Terms, Totals},
    statistics::{Evidence, Sources, Walk, metrics},
};

/// What a run depends on besides the document and the bars.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSettings {
    /// The cash at the beginning, above zero.
    pub cash: f64,
    /// Values of parameters; those that are not named have their defaults.
    pub parameters: BTreeMap<String, f64>,
    /// The instrument's trading sessions a year, by which figures are made yearly.
    pub sessions_per_year: f64,
    /// The instrument's zone, for `hour` and so on, unless `[execution] zone` names one.
    pub zone: Zone,
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// The first time that is read; bars before it are not.
    pub start: Option<Timestamp>,
    /// The first time behind what is read.
    pub end: Option<Timestamp>,
    /// Costs instead of those of the document.
    pub costs: Option<Costs>,
    /// The yearly rate of money without risk, as a fraction.
    pub risk_free: f64,
}

impl RunSettings {
    /// Makes the settings of a run over all bars with the defaults of the document, in UTC.
    pub fn new(cash: f64, timeframe: Timeframe, sessions_per_year: f64) -> Self {
        Self {
            cash,
            parameters: BTreeMap::new(),
            sessions_per_year,
            zone: Zone::UTC,
            timeframe,
            start: None,
            end: None,
            costs: None,
            risk_free: 0.0,
        }
    }
}

/// What a run gives. Equal inputs give equal bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The closed trades, in the order of their exits.
    pub trades: Vec<Trade>,
    /// The equity at each bar's close.
    pub equity: EquityCurve,
    /// Every registered figure.
    pub metrics: Metrics,
    /// The digest of the three.
    pub digest: ResultDigest,
    /// For how many bars at the beginning nothing was traded, as some rule was undefined.
    pub warm_up: usize,
}

/// How far a run or a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is done.
    pub done: u64,
    /// What there is to do: steps of a run, runs of a sweep.
    pub total: u64,
}

/// Is told how far the work is, and says whether it goes on.
pub type Hook<'a> = &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync);

/// The hook of who neither watches nor stops the work.
pub fn unwatched(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The parameters do not fit the document.
    #[error("{}", joined(.0))]
    Rules(Vec<RuleError>),
    /// A setting lies out of range.
    #[error("`{key}` must be {range}")]
    Setting {
        /// The name of the setting.
        key: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// Prices, sizes and cash are so large, or so small, that the equity or a trade is no number.
    #[error("the equity or a trade comes to no number: prices, sizes or cash are too large, or too small")]
    TooLarge,
    /// The hook stopped the work.
    #[error("the run was stopped")]
    Stopped,
}

fn joined(errors: &[RuleError]) -> String {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    errors.join("\n")
}

impl From<CostsError> for RunError {
    fn from(error: CostsError) -> Self {
        Self::Setting {
            key: error.key,
            range: error.range,
        }
    }
}

/// Runs a strategy over bars.
///
/// # Errors
/// [`RunError`] when parameters or settings lie out of range, or `hook` stops the run.
pub fn run(
    checked: &Checked,
    bars: &Bars,
    settings: &RunSettings,
    hook: Hook<'_>,
) -> Result<Outcome, RunError> {
    check_settings(settings)?;
    let parameters = checked
        .parameters(&settings.parameters)
        .map_err(RunError::Rules)?;
    let mut graph = Graph::default();
    let plan = checked.plan(&mut graph, &parameters).map_err(RunError::Rules)?;
    let mut bench = Bench::new(checked.document(), bars, settings);
    // Less than a block is computed sooner than it is handed to another core.
    bench.on_all_cores = bench.series.len() > BLOCK;
    if bench.on_all_cores {
        // From the start on a thread of the pool: one more thread would compete with the pool's for the cores.
        rayon::scope(|_| outcome(&bench, &graph, &plan, hook))
    } else {
        outcome(&bench, &graph, &plan, hook)
    }
}

fn outcome(bench: &Bench<'_>, graph: &Graph, plan: &Plan, hook: Hook<'_>) -> Result<Outcome, RunError> {
    let shared = SharedColumns::default();
    let rows = bench.series.len();
    let (mut equity, mut blocks) = (vec![0.0; rows], Vec::with_capacity(rows.div_ceil(BLOCK)));
    let hash = |times: &[i64], values: &[f64]| blocks.push(block_hash(times, values));
    let simulated = bench.simulated(graph, &shared, plan, hook, &mut equity, hash)?;
    let Simulated { trades, totals, walk } = simulated;
    if !trades.iter().all(is_finite) {
        return Err(RunError::TooLarge);
    }
    let figures = || {
        (
            bench.curve(equity),
            metrics(&bench.evidence(walk, &trades, totals)),
        )
    };
    let hashed = || Partial::of(&trades, rows, &blocks);
    let ((equity, metrics), partial) = if bench.on_all_cores {
        rayon::join(figures, hashed)
    } else {
        (figures(), hashed())
    };
    let digest = result_digest(&metrics, partial);
    Ok(Outcome {
        equity: equity?,
        trades,
        metrics,
        digest,
        warm_up: plan.warm_up,
    })
}

fn unevaluated_run(unevaluated: Unevaluated, bars: usize) -> RunError {
    match unevaluated {
        Unevaluated::Stopped => RunError::Stopped,
        Unevaluated::TooMany(columns) => {
            let message = format!(
                "the rules need {columns} columns of {bars} bars at the same time, more than the memory of a run; run \
                 fewer bars, or shorter rules"
            );
            RunError::Rules(vec![RuleError::new("", message)])
        }
    }
}

/// Tells whether all numbers of a trade are some: what divides by a tiny value may be none.
fn is_finite(trade: &Trade) -> bool {
    let Trade {
        units, gross, net, ..
    } = *trade;
    let numbers = [units, gross, net, trade.costs, trade.net_return];
    numbers.iter().all(|number| number.is_finite())
}

/// Checks what a run was given besides its parameters, without running it.
///
/// # Errors
/// [`RunError::Setting`] naming the first setting that lies out of range.
pub fn check_settings(settings: &RunSettings) -> Result<(), RunError> {
    let positive = [
        ("cash", settings.cash),
        ("sessions_per_year", settings.sessions_per_year),
    ];
    for (key, number) in positive {
        if !(number.is_finite() && number > 0.0) {
            let range = "above 0";
            return Err(RunError::Setting { key, range });
        }
    }
    if !settings.risk_free.is_finite() {
        let (key, range) = ("risk_free", "a finite number");
        return Err(RunError::Setting { key, range });
    }
    Ok(settings.costs.as_ref().map_or(Ok(()), Costs::check)?)
}

/// What a simulation gives, apart from the equity.
pub(crate) struct Simulated {
    pub(crate) trades: Vec<Trade>,
    pub(crate) totals: Totals,
    pub(crate) walk: Walk,
}

/// What the runs over some bars have in common.
pub(crate) struct Bench<'a> {
    pub(crate) series: Series<'a>,
    document: &'a StrategyDocument,
    settings: &'a RunSettings,
    zone: &'a Zone,
    terms: Terms,
    /// Whether the run may use several cores.
    on_all_cores: bool,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(document: &'a StrategyDocument, bars: &'a Bars, settings: &'a RunSettings) -> Self {
        let range = TimeRange::new(settings.start, settings.end);
        Self {
            series: Series::within(bars, &range),
            on_all_cores: false,
            document,
            settings,
            zone: document.execution.zone.as_ref().unwrap_or(&settings.zone),
            terms: Terms {
                cash: settings.cash,
                size: document.size,
                costs: settings.costs.unwrap_or(document.costs),
                fill: document.execution.fill,
            },
        }
    }

    /// Evaluates the rules of a plan and simulates what they do. `each` is shown the equity, block by block.
    pub(crate) fn simulated(
        &self,
        graph: &Graph,
        shared: &SharedColumns,
        plan: &Plan,
        hook: Hook<'_>,
        equity: &mut [f64],
        mut each: impl FnMut(&[i64], &[f64]) + Send,
    ) -> Result<Simulated, RunError> {
        let evaluator = Evaluator {
            graph,
            series: self.series,
            timeframe: self.settings.timeframe,
            zone: self.zone,
            shared,
            on_all_cores: self.on_all_cores,
        };
        // Half of the way is the rules', half is the simulation's.
        let goes_on = |done: usize, of: usize, offset: u64| {
            let part = 1000 * done as u64 / of.max(1) as u64;
            let progress = Progress {
                done: offset + part,
                total: 2000,
            };
            hook(progress).is_continue()
        };
        let mut rules = evaluator
            .blocks(&plan.roots(), |done, of| goes_on(done, of, 0))
            .map_err(|unevaluated| unevaluated_run(unevaluated, self.series.len()))?;
        let (series, rows) = (self.series, self.series.len());
        let mut simulator = Simulator::new(&self.series, &self.terms);
        let mut walk = Walk::new(self.terms.cash, self.settings.timeframe);
        let mut look_at = |rows: Range<usize>, block: &[f64]| {
            if block.is_empty() {
                return;
            }
            let times = &series.time[rows.clone()];
            walk.take(times, &series.close[rows], block);
            each(times, block);
        };
        let mut truths = rules.advance(rows.min(BLOCK));
        let mut behind: (Range<usize>, &[f64]) = (0..0, &[]);
        for block in equity.chunks_mut(BLOCK) {
            let from = behind.0.end;
            if !goes_on(from, rows, 1000) {
                return Err(RunError::Stopped);
            }
            let to = from + block.len();
            // While one core simulates, another looks at what was simulated before.
            let mut simulate = || {
                simulator.advance(from..to, &self.signals(plan, from, &truths), block);
                rules.advance(rows.min(to + BLOCK))
            };
            let mut look = || look_at(behind.0.clone(), behind.1);
            truths = if self.on_all_cores {
                rayon::join(simulate, look).0
            } else {
                look();
                simulate()
            };
            behind = (from..to, block);
        }
        look_at(behind.0, behind.1);
        let (trades, totals) = simulator.finish();
        Ok(Simulated { trades, totals, walk })
    }

    fn signals<'t>(&self, plan: &Plan, first: usize, truths: &'t Stretch) -> Signals<'t> {
        // They come in the order of `Plan::roots`.
        let mut columns = truths.truths();
        let mut side = |plan: Option<SidePlan>, rules: &Option<domain::strategy::SideRules>| {
            let (plan, rules) = plan.zip(rules.as_ref())?;
            Some(SideSignals {
                enter: columns.next()?,
                exit: plan.exit.and_then(|_| columns.next()),
                limits: Limits::from(rules),
            })
        };
        Signals {
            first,
            long: side(plan.long, &self.document.long),
            short: side(plan.short, &self.document.short),
            warm_up: plan.warm_up,
        }
    }

    /// Gathers what the figures are computed from.
    pub(crate) fn evidence<'t>(&self, walk: Walk, trades: &'t [Trade], totals: Totals) -> Evidence<'t> {
        let sources = Sources {
            trades,
            totals,
            timeframe: self.settings.timeframe,
            sessions_per_year: self.settings.sessions_per_year,
            risk_free: self.settings.risk_free,
        };
        Evidence::of(walk, &sources)
    }

    fn curve(&self, equity: Vec<f64>) -> Result<EquityCurve, RunError> {
        // The times are those of bars; only an equity can be wrong with it.
        EquityCurve::at(self.series.times(), equity).map_err(|_| RunError::TooLarge)
    }
}

#[cfg(test)]
mod independent;
#[cfg(test)]
mod tests;
