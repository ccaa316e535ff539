//! Why a backtest was not run.

use domain::{backtest::WordsError, error::StoreError, market::SeriesKey};
use engine::{GridError, RuleError, RunError};
use tokio::task::JoinError;

use super::{compare::MAX_COMPARED, order::TopError, record::RecordError};
use crate::progress::Cancelled;

/// Why a backtest or a sweep was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The strategy's rules or the parameters are wrong, or no figure has the name.
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
    /// Title, notes or tags are not kept.
    #[error("{0}")]
    Words(#[from] WordsError),
    /// Too much of a sweep is to be stored whole.
    #[error("`top`: {0}")]
    Top(#[from] TopError),
    /// The axes of a sweep make no grid.
    #[error("{0}")]
    Grid(#[from] GridError),
    /// All bars lie before the period, or behind it.
    #[error("{reason}")]
    Beside {
        /// The bound that they lie beside.
        key: &'static str,
        /// Where they are.
        reason: String,
    },
    /// There is nothing to run over.
    #[error("{0} has no bars in that period")]
    NoBars(SeriesKey),
    /// The series' contents are not those that were pinned.
    #[error(
        "version {version} of {series} has other contents than when it was pinned: its digest is {found}, not {pinned}"
    )]
    OtherData {
        /// The series.
        series: SeriesKey,
        /// The version.
        version: domain::market::Version,
        /// The digest that was pinned.
        pinned: domain::market::SetDigest,
        /// The digest that it has.
        found: domain::market::SetDigest,
    },
    /// It can't be run again: another tool made it.
    #[error("it was made by {0}, whose strategies can't be run here")]
    Recorded(String),
    /// Prices, sizes and cash are so large, or so small, that the equity or a trade is no number.
    #[error("the equity or a trade comes to no number; try with another size, or with other cash")]
    TooLarge,
    /// So many can't be put side by side.
    #[error("2 to {MAX_COMPARED} backtests can be compared, not {0}")]
    Compared(usize),
    /// What another tool gave makes no result.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// The store could not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It was told to stop.
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    /// The engine died.
    #[error("the engine died: {0}")]
    Task(#[from] JoinError),
}

fn joined(errors: &[RuleError]) -> String {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    errors.join("\n")
}

impl From<RunError> for BacktestError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Rules(errors) => Self::Rules(errors),
            RunError::Setting { key, range } => Self::Setting { key, range },
            RunError::TooLarge => Self::TooLarge,
            RunError::Stopped => Self::Cancelled(Cancelled),
            // A kind of error that the engine may get later says for itself what is wrong.
            other => StoreError::Invalid(other.to_string()).into(),
        }
    }
}

impl BacktestError {
    /// Tells whether the same run may go well later, without anything being changed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(StoreError::Unavailable(_)))
    }
}
