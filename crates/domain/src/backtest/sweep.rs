//! Sweeps: one strategy over the same bars with many sets of parameters.

use serde::{Deserialize, Serialize};

use super::{BacktestInput, BacktestSettings, RunStatus, StrategyRef};
use crate::{
    id::{BacktestId, SweepId},
    market::{Author, Timestamp},
};

/// The values that a sweep gives to one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepAxis {
    /// The parameter.
    pub name: String,
    /// Its values, in order.
    pub values: Vec<f64>,
}

/// One run of a sweep: a row of its table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepRow {
    /// The parameters' values, in the order of the axes.
    pub parameters: Vec<f64>,
    /// The figures, in the order of [`Sweep::figures`]; what is undefined is `None`. Empty when the run was refused.
    pub figures: Vec<Option<f64>>,
    /// Why these parameters could not be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The backtest that holds the run whole: the best runs have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backtest: Option<BacktestId>,
}

/// A sweep, with a row for each of its runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Its identity.
    pub id: SweepId,
    /// How far it is.
    pub status: RunStatus,
    /// The strategy.
    pub strategy: StrategyRef,
    /// What its runs read.
    pub inputs: Vec<BacktestInput>,
    /// What all runs depend on; the axes' parameters take the place of those named here.
    pub settings: BacktestSettings,
    /// The grid.
    pub axes: Vec<SweepAxis>,
    /// The figure that the runs are sorted by.
    pub by: String,
    /// How many of the best runs are stored whole, as backtests.
    pub top: u32,
    /// What it is called for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who asked for it.
    pub author: Author,
    /// When that was.
    pub created_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The version of the engine that ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The names of the figures that each row has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<String>,
    /// The runs, the best one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<SweepRow>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}
