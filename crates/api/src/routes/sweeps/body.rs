//! A sweep as clients see it.

use std::collections::BTreeMap;

use app::backtest::InputFreshness;
use domain::{
    backtest::{Sweep, SweepAxis, SweepRow},
    job::JobState,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routes::backtests::body::{InputBody, ProgressBody, SettingsBody, inputs};

/// The values that a sweep gives to one parameter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct AxisBody {
    /// The parameter.
    #[schema(example = "fast")]
    pub(super) name: String,
    /// Its values.
    #[schema(example = json!([5, 10, 20]))]
    pub(super) values: Vec<f64>,
}

impl From<&SweepAxis> for AxisBody {
    fn from(axis: &SweepAxis) -> Self {
        Self {
            name: axis.name.clone(),
            values: axis.values.clone(),
        }
    }
}

/// A sweep, as lists have it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SweepHeadBody {
    /// Its id.
    id: String,
    /// queued, running, done, failed or cancelled.
    status: String,
    /// The strategy.
    strategy: String,
    /// The version of the strategy.
    version: u64,
    /// The series that its runs read.
    series: Vec<String>,
    /// The grid.
    axes: Vec<AxisBody>,
    /// How many runs the grid has.
    runs: usize,
    /// The figure that the runs are sorted by.
    by: String,
    /// How many of the best runs are stored whole.
    top: u32,
    /// What it is called for people.
    title: Option<String>,
    /// Who asked for it.
    author: String,
    /// When that was.
    created_at: String,
    /// When it ended.
    finished_at: Option<String>,
    /// Why it failed.
    failure: Option<String>,
}

impl From<&Sweep> for SweepHeadBody {
    fn from(sweep: &Sweep) -> Self {
        Self {
            id: sweep.id.to_string(),
            status: sweep.status.to_string(),
            strategy: sweep.strategy.name.to_string(),
            version: sweep.strategy.version.0,
            series: sweep
                .inputs
                .iter()
                .map(|input| input.series.to_string())
                .collect(),
            axes: sweep.axes.iter().map(AxisBody::from).collect(),
            runs: sweep.axes.iter().map(|axis| axis.values.len()).product(),
            by: sweep.by.clone(),
            top: sweep.top,
            title: sweep.title.clone(),
            author: sweep.author.to_string(),
            created_at: sweep.created_at.to_string(),
            finished_at: sweep.finished_at.map(|time| time.to_string()),
            failure: sweep.failure.clone(),
        }
    }
}

/// A sweep with its runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SweepBody {
    #[serde(flatten)]
    head: SweepHeadBody,
    /// What its runs read, pinned.
    inputs: Vec<InputBody>,
    /// What all runs have in common.
    parameters: BTreeMap<String, f64>,
    #[serde(flatten)]
    settings: SettingsBody,
    /// The version of the engine that ran it.
    engine: Option<String>,
    /// The names of the figures that each row has.
    figures: Vec<String>,
    /// The runs, the best one first, as far as they were asked for. Empty until it is done.
    rows: Vec<RowBody>,
    /// How far it is, while it is queued or running.
    progress: Option<ProgressBody>,
}

/// One run of a sweep.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowBody {
    /// The parameters' values, in the order of the axes.
    parameters: Vec<f64>,
    /// The figures, in the order of their names; null where one is undefined. Empty when the run was refused.
    figures: Vec<Option<f64>>,
    /// Why these parameters could not be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// The backtest that holds the run whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    backtest: Option<String>,
}

impl From<SweepRow> for RowBody {
    fn from(row: SweepRow) -> Self {
        Self {
            parameters: row.parameters,
            figures: row.figures,
            refused: row.refused,
            backtest: row.backtest.map(|id| id.to_string()),
        }
    }
}

impl SweepBody {
    pub(super) fn new(sweep: Sweep, fresh: Vec<InputFreshness>, job: Option<JobState>) -> Self {
        Self {
            head: (&sweep).into(),
            inputs: inputs(&sweep.inputs, fresh),
            parameters: sweep.settings.parameters.clone(),
            settings: (&sweep.settings).into(),
            engine: sweep.engine,
            figures: sweep.figures,
            rows: sweep.rows.into_iter().map(RowBody::from).collect(),
            progress: job.map(Into::into),
        }
    }
}
