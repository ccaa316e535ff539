//! Figures of a backtest: each one a registered definition with its formula, unit and basis.

mod account;
mod daily;
mod drawdown;
mod evidence;
mod markdown;
mod numbers;
mod trades;
mod worst;

use domain::backtest::{Metric, Metrics};

pub(crate) use evidence::{Evidence, Sources, Walk};
pub use markdown::metrics_markdown;
pub use worst::{Drawdown, worst_drawdowns};

/// A figure, or why it is undefined.
type Figure = Result<f64, &'static str>;

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A fraction: 0.1 is 10 %.
    Fraction,
    /// A number without a unit.
    Ratio,
    /// A number of things.
    Count,
    /// Days of 24 hours.
    Days,
    /// The account's currency.
    Currency,
}

impl Unit {
    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fraction => "fraction",
            Self::Ratio => "ratio",
            Self::Count => "count",
            Self::Days => "days",
            Self::Currency => "currency",
        }
    }
}

/// What a figure is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The equity at each bar's close.
    Equity,
    /// The bars' own closes.
    Closes,
    /// The returns of the equity from day to day (from bar to bar, for bars of a day and longer).
    Daily,
    /// The closed trades.
    Trades,
    /// Every fill.
    Fills,
    /// The bars of the run.
    Bars,
}

impl Basis {
    /// Returns the basis in general.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equity => "equity at bar closes",
            Self::Closes => "closes of the bars",
            Self::Daily => "daily returns",
            Self::Trades => "closed trades, net of costs",
            Self::Fills => "fills",
            Self::Bars => "bars",
        }
    }

    /// Returns the basis in a run.
    fn of(self, evidence: &Evidence<'_>) -> String {
        match self {
            Self::Daily if evidence.per_bar => format!("returns per bar, N = {}", evidence.periods),
            Self::Daily => format!("daily returns (UTC), N = {}", evidence.periods),
            other => other.as_str().to_owned(),
        }
    }
}

/// Which of two values of a figure is the better one, when runs are ranked by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// The greater one.
    Higher,
    /// The lesser one.
    Lower,
}

/// The definition of a figure.
#[derive(Debug, Clone, Copy)]
pub struct MetricDefinition {
    /// Its name in results.
    pub name: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What it is computed from.
    pub basis: Basis,
    /// Which value ranks first.
    pub better: Better,
    compute: fn(&Evidence<'_>) -> Figure,
}

/// Figures that tell what a strategy is like. Runs can be ranked by them, and no value is better than another one.
const DESCRIPTIVE: [&str; 9] = [
    "exposure",
    "turnover",
    "beta",
    "skewness",
    "kurtosis",
    "trades",
    "max_consecutive_wins",
    "average_holding",
    "max_holding",
];

impl MetricDefinition {
    /// Tells whether the figure only describes: then none of its values is the better one.
    pub fn only_describes(&self) -> bool {
        DESCRIPTIVE.contains(&self.name)
    }
}

/// Returns the definitions of every figure, in the order in which they are shown.
pub fn metric_definitions() -> impl Iterator<Item = &'static MetricDefinition> {
    [
        account::DEFINITIONS,
        daily::DEFINITIONS,
        drawdown::DEFINITIONS,
        trades::DEFINITIONS,
    ]
    .into_iter()
    .flatten()
}

/// Returns the definition of the figure of that name.
pub fn metric_definition(name: &str) -> Option<&'static MetricDefinition> {
    metric_definitions().find(|definition| definition.name == name)
}

impl MetricDefinition {
    /// Computes the figure.
    pub(crate) fn metric(&self, evidence: &Evidence<'_>) -> Metric {
        let figure = match (self.compute)(evidence) {
            Ok(value) if !value.is_finite() => Err("the figure is too large for a number"),
            // Adding zero turns −0.0 into 0.0.
            other => other.map(|value| value + 0.0),
        };
        Metric {
            value: figure.ok(),
            basis: self.basis.of(evidence),
            reason: figure.err().map(str::to_owned),
        }
    }
}

/// Computes every figure.
pub(crate) fn metrics(evidence: &Evidence<'_>) -> Metrics {
    metric_definitions()
        .map(|definition| (definition.name.to_owned(), definition.metric(evidence)))
        .collect()
}

#[cfg(test)]
mod tests;
