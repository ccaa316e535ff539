//! Removing a series with all its history.

use std::sync::Arc;

use domain::{
    error::{EntityRef, StoreError},
    market::SeriesKey,
};

use super::found::Found;
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
            Err(Fault::InUse(reason)) => {
                return Err(StoreError::conflict(EntityRef::Series(key.clone()), reason));
            }
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
