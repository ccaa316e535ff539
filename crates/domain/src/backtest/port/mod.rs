//! The ports behind which backtests and sweeps are stored.

mod backtests;
mod list;
mod sweeps;

pub use backtests::{BacktestStore, BacktestStoreExt, NewBacktest, TradesQuery};
pub use list::{BacktestPosition, BacktestSort, BacktestSortError, BacktestsFilter, BacktestsQuery};
pub use sweeps::{SweepStore, SweepsQuery};
