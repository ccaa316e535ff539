//! A store whose results can't be read.

use async_trait::async_trait;
use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestPosition, BacktestStore, BacktestsQuery, EquityCurve, NewBacktest,
        Trade, TradesQuery,
    },
    error::StoreError,
    id::BacktestId,
    page::Page,
};

use super::*;

struct Damaged(Arc<dyn BacktestStore>, Part);

/// What can't be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Trades,
    Equity,
}

/// Makes a part of every result of a store damaged.
pub(super) fn damaged(stores: &Stores, part: Part) -> Stores {
    Stores {
        backtests: Arc::new(Damaged(stores.backtests.clone(), part)),
        ..stores.clone()
    }
}

fn damage(name: &str, id: BacktestId) -> StoreError {
    StoreError::corrupt(format!("{name} of {id}"), "its checksum is another one")
}

#[async_trait]
impl BacktestStore for Damaged {
    async fn trades(&self, query: TradesQuery) -> Result<Page<Trade, u32>, StoreError> {
        match self.1 {
            Part::Trades => Err(damage("trades", query.backtest)),
            Part::Equity => self.0.trades(query).await,
        }
    }

    async fn equity(&self, id: BacktestId) -> Result<EquityCurve, StoreError> {
        match self.1 {
            Part::Equity => Err(damage("equity", id)),
            Part::Trades => self.0.equity(id).await,
        }
    }

    async fn add_backtest(&self, new: &NewBacktest) -> Result<(), StoreError> {
        self.0.add_backtest(new).await
    }

    async fn backtest(&self, id: BacktestId) -> Result<Option<Backtest>, StoreError> {
        self.0.backtest(id).await
    }

    async fn backtests(&self, query: BacktestsQuery) -> Result<Page<Backtest, BacktestPosition>, StoreError> {
        self.0.backtests(query).await
    }

    async fn damaged_backtests(&self) -> Result<Vec<BacktestId>, StoreError> {
        self.0.damaged_backtests().await
    }

    async fn edit_backtest(&self, id: BacktestId, edit: BacktestEdit) -> Result<Backtest, StoreError> {
        self.0.edit_backtest(id, edit).await
    }

    async fn remove_backtest(&self, id: BacktestId) -> Result<(), StoreError> {
        self.0.remove_backtest(id).await
    }
}
