//! What is stored of a result.

use domain::{
    backtest::{Backtest, BacktestStoreExt, ResultDigest},
    error::StoreError,
};

use crate::stores::Stores;

/// Computes the digest of the trades, the equity and the figures of a backtest as they are stored.
///
/// # Errors
/// [`StoreError::Corrupt`] when they can't be read; [`StoreError::Unavailable`].
pub(crate) async fn stored_digest(stores: &Stores, backtest: &Backtest) -> Result<ResultDigest, StoreError> {
    let trades = stores.backtests.all_trades(backtest.id).await?;
    let equity = stores.backtests.equity(backtest.id).await?;
    let metrics = backtest.metrics.clone();
    let digest = tokio::task::spawn_blocking(move || engine::digest_of(&trades, &equity, &metrics));
    digest.await.map_err(StoreError::unavailable)
}
