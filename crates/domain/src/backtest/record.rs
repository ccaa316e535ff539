//! One backtest.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    BacktestInput, BacktestSettings, EquityCurve, Metrics, ResultDigest, RunStatus, StrategyRef, Trade,
};
use crate::{
    id::{BacktestId, SweepId},
    market::{Author, Timestamp},
};

/// Who computed trades and equity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Origin {
    /// Chandlery's own engine: the backtest can be run again.
    Engine,
    /// Another tool: what it gave was recorded, and only the metrics are computed here.
    Recorded {
        /// The tool and its version, as who recorded it calls it.
        tool: String,
        /// What the tool calls the strategy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        strategy: Option<String>,
    },
}

/// A backtest, without its trades and its equity curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Its identity.
    pub id: BacktestId,
    /// How far it is.
    pub status: RunStatus,
    /// Who computed it.
    pub origin: Origin,
    /// The strategy that it runs; one that was recorded may have none here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<StrategyRef>,
    /// What it reads; one that was recorded may name none.
    pub inputs: Vec<BacktestInput>,
    /// What it depends on besides.
    pub settings: BacktestSettings,
    /// What it is called for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What people write about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// What it is found by.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Who asked for it, or recorded it.
    pub author: Author,
    /// When that was.
    pub created_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The sweep whose best runs it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepId>,
    /// The version of the engine that computed metrics and digest, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The digest of metrics, trades and equity, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<ResultDigest>,
    /// What was traded over, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// The figures, once it is done.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metrics: Metrics,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What a backtest was computed over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The time of the first point of the equity curve.
    pub first: Timestamp,
    /// The time of the last one.
    pub last: Timestamp,
    /// How many points there are: one a bar.
    pub bars: u64,
    /// For how many bars at the beginning nothing was traded, as some rule was undefined.
    pub warm_up: u64,
    /// The equity at the end, in the account's currency.
    pub final_equity: f64,
}

/// What a backtest gave besides its figures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BacktestResult {
    /// The closed trades, in the order of their exits.
    pub trades: Vec<Trade>,
    /// The equity at each bar's close.
    pub equity: EquityCurve,
}

/// What people may change of a backtest. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BacktestEdit {
    /// Another title, or none.
    pub title: Option<Option<String>>,
    /// Other notes, or none.
    pub notes: Option<Option<String>>,
    /// Other tags in place of all.
    pub tags: Option<BTreeSet<String>>,
}

impl BacktestEdit {
    /// Changes a backtest.
    pub fn apply(self, backtest: &mut Backtest) {
        let Self { title, notes, tags } = self;
        if let Some(title) = title {
            backtest.title = title;
        }
        if let Some(notes) = notes {
            backtest.notes = notes;
        }
        if let Some(tags) = tags {
            backtest.tags = tags;
        }
    }
}
