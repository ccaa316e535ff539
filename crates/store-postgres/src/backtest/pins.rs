//! What backtests and sweeps refer to: a version of a strategy, and versions of series, which stay as long as they are
//! pinned.

use domain::{
    backtest::{BacktestInput, StrategyRef},
    error::StoreError,
    market::{Sha256Hex, Version},
};
use uuid::Uuid;

use crate::{
    database::{Fault, Lease},
    market::{Row, timeframe_order},
};

/// Checks that a version of a strategy is there with the document that is meant; versions never go away.
pub(super) async fn check_strategy(lease: &mut Lease, strategy: &StrategyRef) -> Result<(), Fault> {
    let missing = || StoreError::NotFound(strategy.entity());
    let version = i64::try_from(strategy.version.0).map_err(|_| missing())?;
    let query = sqlx::query("select digest from strategy_version where name = $1 and version = $2");
    let found = lease
        .optional(query.bind(strategy.name.as_str()).bind(version))
        .await?;
    let row = found.ok_or_else(missing)?;
    let digest: Sha256Hex = Row::new(&row, "strategy_version").parsed("digest")?;
    Ok(strategy.check_contents(&digest)?)
}

/// Pins the versions that `holder` reads, and returns their series.
pub(super) async fn pin(
    lease: &mut Lease,
    holder: &str,
    inputs: &[BacktestInput],
) -> Result<Vec<Uuid>, Fault> {
    if inputs.is_empty() {
        return Ok(Vec::new());
    }
    // Series are held one by one, by everybody in the same order.
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_by_key(|index| &inputs[*index].series);
    let mut series = vec![Uuid::nil(); inputs.len()];
    for index in order {
        series[index] = hold(lease, &inputs[index]).await?;
    }
    let query = sqlx::query(include_str!("sql/pin.sql"))
        .bind(holder)
        .bind(series.clone())
        .bind(versions(inputs));
    lease.execute(query).await?;
    Ok(series)
}

/// Returns the versions as the database has them.
pub(super) fn versions(inputs: &[BacktestInput]) -> Vec<i64> {
    inputs.iter().map(|input| input.version.0 as i64).collect()
}

/// Sees to it that a series is neither pruned nor purged until the end of the transaction, and that the version is there
/// with the contents that are pinned.
async fn hold(lease: &mut Lease, input: &BacktestInput) -> Result<Uuid, Fault> {
    let key = &input.series;
    let query = sqlx::query(include_str!("sql/find_input.sql"))
        .bind(key.venue.as_str())
        .bind(key.symbol.as_str())
        .bind(timeframe_order(key.timeframe))
        .bind(input.version.0 as i64);
    let missing = || StoreError::NotFound(input.entity());
    let row = lease.optional(query).await?.ok_or_else(missing)?;
    let row = Row::new(&row, "series_head");
    let (series, head, kept_from) = (row.get("id")?, row.count("version")?, row.count("kept_from")?);
    if input.version == Version::EMPTY || input.version.0 > head {
        return Err(missing().into());
    }
    input.check_contents(row.digest("digest")?)?;
    if input.version.0 < kept_from {
        // Another one's pin may have kept it.
        let query =
            sqlx::query("select version from series_pin where series_id = $1 and version = $2 limit 1");
        let kept = lease
            .optional(query.bind(series).bind(input.version.0 as i64))
            .await?;
        kept.ok_or_else(|| StoreError::Gone(input.entity()))?;
    }
    Ok(series)
}
