//! Removing a series with all its history.

use std::sync::Arc;

use domain::{
    backtest::pinned,
    error::{EntityRef, StoreError},
    id::{BacktestId, SweepId},
    market::{SeriesKey, Version},
};
use uuid::Uuid;

use super::{found::Found, row::Row};
use crate::{
    database::{Attempts, Fault, Lane},
    store::Shared,
};

/// Removes a series; refused while one of its versions is pinned.
pub(super) async fn purge(shared: &Arc<Shared>, key: &SeriesKey) -> Result<(), StoreError> {
    let _turn = shared.line.wait(key, shared.options.lock_wait).await?;
    let mut attempts = Attempts::within(shared.options.lock_wait);
    loop {
        match attempt(shared, key).await {
            Ok(()) => return Ok(()),
            Err(Fault::InUse(said)) => return Err(held(shared, key, said).await?),
            Err(fault) => attempts.again(fault).await?,
        }
    }
}

async fn attempt(shared: &Arc<Shared>, key: &SeriesKey) -> Result<(), Fault> {
    let mut lease = shared.database.lease(Lane::Bulk).await?;
    let found = Found::look(&mut lease, key).await?;
    let series = found.existing()?.id();
    lease
        .optional(sqlx::query("select purge_series($1)").bind(series.as_uuid()))
        .await?;
    Ok(())
}

/// Says what holds a series, in place of what the database `said`.
async fn held(shared: &Arc<Shared>, key: &SeriesKey, said: String) -> Result<StoreError, Fault> {
    let mut lease = shared.database.lease(Lane::Requests).await?;
    let found = Found::look(&mut lease, key).await?;
    let series = found.existing()?.id();
    let query = sqlx::query(include_str!("sql/holder.sql"));
    let Some(row) = lease.optional(query.bind(series.as_uuid())).await? else {
        // It was released a moment ago.
        return Ok(StoreError::conflict(EntityRef::Series(key.clone()), said));
    };
    let row = Row::new(&row, "series_pin");
    let (holder, version) = (holder_of(row.get("holder")?), row.count("version")?);
    Ok(pinned(key, Version(version), holder))
}

/// Names a holder as errors do.
fn holder_of(holder: &str) -> String {
    let known = holder.split_once(':').and_then(|(kind, id)| {
        let id: Uuid = id.parse().ok()?;
        match kind {
            "backtest" => Some(EntityRef::Backtest(BacktestId::from_uuid(id))),
            "sweep" => Some(EntityRef::Sweep(SweepId::from_uuid(id))),
            _ => None,
        }
    });
    known.map_or_else(|| holder.to_owned(), |known| known.to_string())
}
