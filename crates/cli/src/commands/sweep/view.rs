//! Sweeps as JSON documents.

use std::collections::BTreeMap;

use domain::{
    backtest::{BacktestInput, Costs, RunStatus, Sweep, SweepAxis, SweepRow},
    id::{BacktestId, SweepId},
    market::{Author, TimeRange, Timestamp, Version},
    strategy::StrategyName,
};
use serde::Serialize;

use crate::commands::backtest::every_cost;

/// A sweep; `rows` is left out of lists.
#[derive(Debug, Serialize)]
pub(super) struct SweepView {
    pub(super) id: SweepId,
    pub(super) status: RunStatus,
    pub(super) title: Option<String>,
    pub(super) strategy: StrategyName,
    pub(super) version: Version,
    pub(super) parameters: BTreeMap<String, f64>,
    pub(super) inputs: Vec<BacktestInput>,
    pub(super) period: TimeRange,
    pub(super) cash: f64,
    #[serde(serialize_with = "every_cost")]
    pub(super) costs: Costs,
    pub(super) risk_free: f64,
    pub(super) axes: Vec<SweepAxis>,
    pub(super) by: String,
    pub(super) top: u32,
    pub(super) engine: Option<String>,
    pub(super) author: Author,
    pub(super) created_at: Timestamp,
    pub(super) finished_at: Option<Timestamp>,
    pub(super) failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<Vec<RowView>>,
}

/// One run of a sweep.
#[derive(Debug, Serialize)]
pub(super) struct RowView {
    pub(super) parameters: BTreeMap<String, f64>,
    pub(super) metrics: BTreeMap<String, Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backtest: Option<BacktestId>,
    /// Whether that backtest has been removed since.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_removed: bool,
}

impl SweepView {
    /// Shows a sweep without its rows.
    pub(super) fn head(sweep: Sweep) -> Self {
        Self::of(sweep, false)
    }

    /// Shows a sweep with its rows.
    pub(super) fn whole(sweep: Sweep) -> Self {
        Self::of(sweep, true)
    }

    fn of(sweep: Sweep, with_rows: bool) -> Self {
        let rows = with_rows.then(|| sweep.rows.iter().map(|row| RowView::of(row, &sweep)).collect());
        let settings = sweep.settings;
        Self {
            id: sweep.id,
            status: sweep.status,
            title: sweep.title,
            strategy: sweep.strategy.name,
            version: sweep.strategy.version,
            parameters: settings.parameters,
            inputs: sweep.inputs,
            period: TimeRange::new(settings.start, settings.end),
            cash: settings.cash,
            costs: settings.costs,
            risk_free: settings.risk_free,
            axes: sweep.axes,
            by: sweep.by,
            top: sweep.top,
            engine: sweep.engine,
            author: sweep.author,
            created_at: sweep.created_at,
            finished_at: sweep.finished_at,
            failure: sweep.failure,
            rows,
        }
    }

    /// Returns how many runs the grid has.
    pub(super) fn runs(&self) -> u64 {
        self.axes.iter().map(|axis| axis.values.len() as u64).product()
    }
}

impl RowView {
    fn of(row: &SweepRow, sweep: &Sweep) -> Self {
        let names = sweep.axes.iter().map(|axis| axis.name.clone());
        Self {
            parameters: names.zip(row.parameters.iter().copied()).collect(),
            metrics: sweep
                .figures
                .iter()
                .cloned()
                .zip(row.figures.iter().copied())
                .collect(),
            refused: row.refused.clone(),
            backtest: row.backtest,
            is_removed: false,
        }
    }

    /// Returns a figure, if the run has it and it is defined.
    pub(super) fn value(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).copied().flatten()
    }
}
