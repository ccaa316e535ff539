//! Forgetting superseded versions after a while, for those who asked for it.

use std::{sync::Arc, time::Duration};

use domain::{
    error::StoreError,
    market::{AsOf, SeriesKey, Timestamp},
};

use super::found::Found;
use crate::{
    database::{Fault, Lane},
    store::Shared,
};

/// Forgets the bars that only versions show which were superseded longer than `retention` ago. The head, the records
/// of commits and pinned versions stay.
pub(super) async fn prune(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    retention: Duration,
) -> Result<(), StoreError> {
    let age = i64::try_from(retention.as_micros()).unwrap_or(i64::MAX);
    let now = shared.options.clock.now().micros();
    let until = Timestamp::saturating(now.saturating_sub(age));
    let mut lease = shared.database.lease(Lane::Bulk).await?;
    let found = Found::look(&mut lease, key).await?;
    let Some(series) = &found.series else {
        return Ok(());
    };
    // What was the newest version then can still be asked for.
    let keep_from = series.version_at(&mut lease, AsOf::Time(until)).await?;
    if keep_from <= series.kept_from {
        return Ok(());
    }
    let query = sqlx::query("select prune_series($1, $2)");
    let pruned: Result<_, Fault> = lease
        .optional(query.bind(series.id().as_uuid()).bind(keep_from.0 as i64))
        .await;
    pruned?;
    Ok(())
}
