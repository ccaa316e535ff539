//! What a backtest gives: trades, an equity curve, metrics and the digest of the three.

mod costs;
mod curve;
mod digest;
mod metrics;
mod trade;

pub use costs::{Costs, CostsError};
pub use curve::{CurveError, EquityCurve};
pub use digest::{ResultDigest, ResultDigestError};
pub use metrics::{Metric, Metrics};
pub use trade::{ExitReason, Side, Trade};
