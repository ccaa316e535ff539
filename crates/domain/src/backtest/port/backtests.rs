//! The port of backtests.

use std::num::NonZeroUsize;

use async_trait::async_trait;

use super::{BacktestPosition, BacktestsQuery};
use crate::{
    backtest::{Backtest, BacktestEdit, BacktestResult, EquityCurve, Trade},
    error::StoreError,
    id::BacktestId,
    page::{Page, PageRequest},
};

/// A backtest that has ended, with what it gave.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBacktest {
    /// The backtest.
    pub backtest: Backtest,
    /// Its trades and its equity curve; empty unless it is done.
    pub result: BacktestResult,
}

/// Where backtests are stored. Those that are still to be run come in by [`crate::job::JobStore::enqueue`].
///
/// A backtest pins the versions of its inputs: as long as it is there, whatever its status, they are neither pruned
/// nor purged.
#[async_trait]
pub trait BacktestStore: Send + Sync {
    /// Stores a backtest that has ended, whole. An equal one that is there already is left as it is.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it has not ended, or [`NewBacktest::check`] finds something else;
    /// [`StoreError::Conflict`] when another one has its id, or an input's version has other contents than those that
    /// are pinned; [`StoreError::NotFound`] when the strategy's version or an input is not there; [`StoreError::Gone`] when an
    /// input's version has been pruned.
    async fn add_backtest(&self, new: &NewBacktest) -> Result<(), StoreError>;

    /// Returns a backtest, if it is known.
    async fn backtest(&self, id: BacktestId) -> Result<Option<Backtest>, StoreError>;

    /// Lists backtests.
    async fn backtests(&self, query: BacktestsQuery) -> Result<Page<Backtest, BacktestPosition>, StoreError>;

    /// Lists those that have ended and that lists leave out because they can't be read; asking for one by its id tells
    /// what is damaged.
    async fn damaged_backtests(&self) -> Result<Vec<BacktestId>, StoreError>;

    /// Lists the trades of a backtest, in order of their numbers; none while it is not done.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Corrupt`] where what is stored is damaged.
    async fn trades(&self, query: TradesQuery) -> Result<Page<Trade, u32>, StoreError>;

    /// Returns the equity curve of a backtest; an empty one while it is not done.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Corrupt`] where what is stored is damaged.
    async fn equity(&self, id: BacktestId) -> Result<EquityCurve, StoreError>;

    /// Changes what people may change, and returns the backtest as it is then.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn edit_backtest(&self, id: BacktestId, edit: BacktestEdit) -> Result<Backtest, StoreError>;

    /// Removes a backtest with all that it gave; its inputs are no longer pinned by it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] while it is queued or running.
    async fn remove_backtest(&self, id: BacktestId) -> Result<(), StoreError>;
}

/// Which trades are listed.
#[derive(Debug, Clone)]
pub struct TradesQuery {
    /// The backtest.
    pub backtest: BacktestId,
    /// The page, by the numbers of trades.
    pub page: PageRequest<u32>,
}

impl TradesQuery {
    /// Asks for all trades of a backtest on one page.
    pub fn all(backtest: BacktestId) -> Self {
        let page = PageRequest {
            limit: NonZeroUsize::MAX,
            after: None,
        };
        Self { backtest, page }
    }
}

/// Conveniences over any store of backtests.
#[async_trait]
pub trait BacktestStoreExt: BacktestStore {
    /// Returns all trades of a backtest, in order of their numbers; none while it is not done.
    ///
    /// # Errors
    /// Those of [`BacktestStore::trades`].
    async fn all_trades(&self, id: BacktestId) -> Result<Vec<Trade>, StoreError> {
        Ok(self.trades(TradesQuery::all(id)).await?.items)
    }
}

impl<T: BacktestStore + ?Sized> BacktestStoreExt for T {}
