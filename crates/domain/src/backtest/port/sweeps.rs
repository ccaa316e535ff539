//! The port of sweeps.

use async_trait::async_trait;

use super::NewBacktest;
use crate::{
    backtest::Sweep,
    error::StoreError,
    id::SweepId,
    page::{Page, PageRequest},
};

/// Where sweeps are stored. Those that are still to be run come in by [`crate::job::JobStore::enqueue`]. A sweep pins
/// the versions of its inputs, as a backtest does.
#[async_trait]
pub trait SweepStore: Send + Sync {
    /// Stores a sweep that has ended, together with its best runs. An equal one that is there already is left as it
    /// is, and so are equal runs.
    ///
    /// # Errors
    /// Those of [`super::BacktestStore::add_backtest`]; when one thing can't be stored, none is.
    async fn add_sweep(&self, sweep: &Sweep, best: &[NewBacktest]) -> Result<(), StoreError>;

    /// Returns a sweep, if it is known.
    async fn sweep(&self, id: SweepId) -> Result<Option<Sweep>, StoreError>;

    /// Lists sweeps without their rows, the newest first.
    async fn sweeps(&self, query: SweepsQuery) -> Result<Page<Sweep, SweepId>, StoreError>;

    /// Lists those that have ended and that lists leave out because they can't be read, as
    /// [`super::BacktestStore::damaged_backtests`] does.
    async fn damaged_sweeps(&self) -> Result<Vec<SweepId>, StoreError>;

    /// Removes a sweep; the backtests of its best runs stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] while it is queued or running.
    async fn remove_sweep(&self, id: SweepId) -> Result<(), StoreError>;
}

/// Which sweeps are listed.
#[derive(Debug, Clone)]
pub struct SweepsQuery {
    /// The page.
    pub page: PageRequest<SweepId>,
}
