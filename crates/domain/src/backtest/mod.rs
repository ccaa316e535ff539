//! Backtests: what they depend on, and what they give: trades, an equity curve, metrics and the digest of the three.

mod costs;
mod curve;
mod digest;
mod metrics;
mod port;
mod record;
mod settings;
mod status;
mod storing;
mod sweep;
mod trade;
mod words;

pub use costs::{Costs, CostsError};
pub use curve::{CurveError, EquityCurve, ROUNDING};
pub use digest::{ResultDigest, ResultDigestError};
pub use metrics::{Metric, Metrics};
pub use port::{
    BacktestPosition, BacktestSort, BacktestSortError, BacktestStore, BacktestStoreExt, BacktestsFilter,
    BacktestsQuery, NewBacktest, SweepStore, SweepsQuery, TradesQuery,
};
pub use record::{Backtest, BacktestEdit, BacktestResult, Origin, Span};
pub use settings::{BacktestInput, BacktestSettings, StrategyRef, pinned};
pub use status::{RunStatus, RunStatusError};
pub use sweep::{Sweep, SweepAxis, SweepRow};
pub use trade::{ExitReason, Side, Trade};
pub use words::{WordsError, check_notes, check_tags, check_title, is_line};

pub(crate) use storing::{check_numbers, taken};
