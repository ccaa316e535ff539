//! Adding backtests.

use async_trait::async_trait;
use domain::{
    backtest::{Backtest, BacktestResult, NewBacktest, TradesQuery},
    error::StoreError,
};

use super::{
    pins, points, record,
    result::{self, Coded, Ended},
    trades,
};
use crate::{
    database::{Fault, Lease},
    market::digest_bytes,
    store::Shared,
    unit::Unit,
};

/// Adds backtests that have ended.
pub(super) struct AddBacktest(pub(super) Ended);

#[async_trait]
impl Unit for AddBacktest {
    type Done = ();

    async fn run(&self, _: &Shared, lease: &mut Lease) -> Result<(), Fault> {
        for (new, coded) in self.0.iter() {
            add_if_missing(lease, new, coded).await?;
        }
        Ok(())
    }
}

/// Adds a backtest that has ended, unless an equal one is there.
pub(crate) async fn add_if_missing(lease: &mut Lease, new: &NewBacktest, coded: &Coded) -> Result<(), Fault> {
    let stored = stored(lease, new).await?;
    if new.is_missing_beside(stored.as_ref())? {
        add_row(lease, &new.backtest, result::counts(new)).await?;
        result::add(lease, new, coded).await?;
    }
    Ok(())
}

/// Adds a backtest that is to be run.
pub(crate) async fn add_queued(lease: &mut Lease, backtest: &Backtest) -> Result<(), Fault> {
    add_row(lease, backtest, (0, 0)).await
}

/// Returns what is stored under the id of a backtest; what it gave is only read when all else is equal.
async fn stored(lease: &mut Lease, new: &NewBacktest) -> Result<Option<NewBacktest>, Fault> {
    let id = new.backtest.id;
    let Some(backtest) = record::find(lease, id).await? else {
        return Ok(None);
    };
    let mut result = BacktestResult::default();
    if backtest == new.backtest {
        let trades = trades::list(lease, &TradesQuery::all(id)).await?;
        result.trades = trades.map(|page| page.items).unwrap_or_default();
        result.equity = points::read(lease, id).await?.unwrap_or_default();
    }
    Ok(Some(NewBacktest { backtest, result }))
}

/// Adds the row of a backtest, and pins what it reads.
async fn add_row(lease: &mut Lease, backtest: &Backtest, counts: (usize, usize)) -> Result<(), Fault> {
    if let Some(strategy) = &backtest.strategy {
        pins::check_strategy(lease, strategy).await?;
    }
    let inputs = &backtest.inputs;
    let series = pins::pin(lease, &format!("backtest:{}", backtest.id), inputs).await?;
    record::add(lease, backtest, counts).await?;
    if inputs.is_empty() {
        return Ok(());
    }
    let query = sqlx::query(include_str!("sql/add_inputs.sql"))
        .bind(backtest.id.as_uuid())
        .bind(series)
        .bind(pins::versions(inputs))
        .bind(
            inputs
                .iter()
                .map(|input| digest_bytes(input.digest))
                .collect::<Vec<_>>(),
        );
    match lease.execute(query).await? {
        added if added == inputs.len() as u64 => Ok(()),
        added => Err(StoreError::unavailable(format!(
            "{added} of {} inputs of backtest {} could be stored; try again",
            inputs.len(),
            backtest.id
        ))
        .into()),
    }
}
