//! Changing what people write about a backtest.

use domain::{
    backtest::{Backtest, BacktestEdit},
    id::BacktestId,
};

use super::error::BacktestError;
use crate::stores::Stores;

/// Changes title, notes or tags of a backtest, and returns it as it is then.
///
/// # Errors
/// [`BacktestError::Words`] with what is not kept; [`BacktestError::Store`] when there is no such backtest.
pub async fn describe(
    stores: &Stores,
    id: BacktestId,
    edit: BacktestEdit,
) -> Result<Backtest, BacktestError> {
    edit.check()?;
    Ok(stores.backtests.edit_backtest(id, edit).await?)
}
