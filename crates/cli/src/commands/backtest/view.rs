//! Backtests as JSON documents.

use std::collections::{BTreeMap, BTreeSet};

use app::backtest::InputFreshness;
use domain::{
    backtest::{
        Backtest, BacktestInput, Costs, EquityCurve, Metrics, Origin, ResultDigest, RunStatus, Span, Trade,
    },
    id::{BacktestId, SweepId},
    job::JobState,
    market::{Author, TimeRange, Timestamp, Version, Zone},
    strategy::StrategyName,
};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::output::numbers::shortest;

/// A backtest without its trades and its equity.
#[derive(Debug, Serialize)]
pub(super) struct BacktestView {
    pub(super) id: BacktestId,
    pub(super) status: RunStatus,
    pub(super) title: Option<String>,
    pub(super) strategy: Option<StrategyName>,
    pub(super) version: Option<Version>,
    pub(super) parameters: BTreeMap<String, f64>,
    pub(super) inputs: Vec<BacktestInput>,
    pub(super) period: TimeRange,
    pub(super) cash: f64,
    #[serde(serialize_with = "every_cost")]
    pub(super) costs: Costs,
    pub(super) risk_free: f64,
    pub(super) sessions_per_year: f64,
    pub(super) zone: Zone,
    pub(super) engine: Option<String>,
    pub(super) digest: Option<ResultDigest>,
    pub(super) span: Option<Span>,
    pub(super) metrics: Metrics,
    pub(super) notes: Option<String>,
    pub(super) tags: BTreeSet<String>,
    pub(super) author: Author,
    pub(super) origin: Origin,
    pub(super) created_at: Timestamp,
    pub(super) finished_at: Option<Timestamp>,
    pub(super) sweep: Option<SweepId>,
    pub(super) failure: Option<String>,
}

impl From<Backtest> for BacktestView {
    fn from(backtest: Backtest) -> Self {
        let settings = backtest.settings;
        let (strategy, version) = match backtest.strategy {
            Some(strategy) => (Some(strategy.name), Some(strategy.version)),
            None => (None, None),
        };
        Self {
            id: backtest.id,
            status: backtest.status,
            title: backtest.title,
            strategy,
            version,
            parameters: settings.parameters,
            inputs: backtest.inputs,
            period: TimeRange::new(settings.start, settings.end),
            cash: settings.cash,
            costs: settings.costs,
            risk_free: settings.risk_free,
            sessions_per_year: settings.sessions_per_year,
            zone: settings.zone,
            engine: backtest.engine,
            digest: backtest.digest,
            span: backtest.span,
            metrics: backtest.metrics,
            notes: backtest.notes,
            tags: backtest.tags,
            author: backtest.author,
            origin: backtest.origin,
            created_at: backtest.created_at,
            finished_at: backtest.finished_at,
            sweep: backtest.sweep,
            failure: backtest.failure,
        }
    }
}

impl BacktestView {
    /// Names what was run, for people.
    pub(super) fn strategy_label(&self) -> String {
        match (&self.strategy, self.version, &self.origin) {
            (Some(name), Some(version), _) => format!("{name}@{version}"),
            (.., Origin::Recorded { tool, strategy }) => match strategy {
                Some(strategy) => format!("{strategy} ({tool})"),
                None => tool.clone(),
            },
            _ => "–".to_owned(),
        }
    }

    /// Names the parameters, for people.
    pub(super) fn parameters_label(&self) -> String {
        let parameters = self.parameters.iter();
        let named: Vec<String> = parameters
            .map(|(name, value)| format!("{name} {}", shortest(*value, 10)))
            .collect();
        named.join(", ")
    }

    /// Names what was read, for people.
    pub(super) fn data_label(&self) -> String {
        match self.inputs.as_slice() {
            [] => "–".to_owned(),
            [input] => format!("{}@{}", input.series, input.version),
            [input, more @ ..] => format!("{}@{} and {} more", input.series, input.version, more.len()),
        }
    }
}

/// The columns of an equity curve.
#[derive(Debug, Serialize)]
pub(super) struct CurveView {
    time: Vec<Timestamp>,
    equity: Vec<f64>,
}

impl From<&EquityCurve> for CurveView {
    fn from(curve: &EquityCurve) -> Self {
        Self {
            time: curve.time().iter().copied().map(Timestamp::saturating).collect(),
            equity: curve.equity().to_vec(),
        }
    }
}

/// A backtest with all that is known of it.
#[derive(Debug, Serialize)]
pub(super) struct WholeView {
    #[serde(flatten)]
    pub(super) backtest: BacktestView,
    pub(super) trades: Vec<Trade>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) equity: Option<CurveView>,
    pub(super) freshness: Vec<InputFreshness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<JobState>,
}

/// Writes every cost, as the HTTP API does; documents of strategies leave out those of 0.
pub(in crate::commands) fn every_cost<S: Serializer>(
    costs: &Costs,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut written = serializer.serialize_struct("Costs", 3)?;
    written.serialize_field("commission_bps", &costs.commission_bps)?;
    written.serialize_field("commission_per_trade", &costs.commission_per_trade)?;
    written.serialize_field("slippage_bps", &costs.slippage_bps)?;
    written.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_of_nothing_are_written_too() {
        let costs = Costs {
            commission_bps: 10.0,
            ..Costs::default()
        };
        let written = every_cost(&costs, serde_json::value::Serializer).unwrap();
        let all =
            serde_json::json!({"commission_bps": 10.0, "commission_per_trade": 0.0, "slippage_bps": 0.0});
        assert_eq!(written, all);
    }
}
