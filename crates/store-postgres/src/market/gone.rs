//! Chunks that are not there any more when their turn comes: pruned or purged since they were found, or damage.

use std::sync::Arc;

use domain::{
    error::{EntityRef, StoreError},
    id::SeriesId,
    market::{SeriesKey, Version},
};

use super::found::{Found, FoundSeries};
use crate::{
    database::{Fault, Lane, Lease},
    store::Shared,
};

/// Looks a series up that was there before; refused when it has been purged since.
pub(super) async fn look_again(
    lease: &mut Lease,
    key: &SeriesKey,
    series: SeriesId,
) -> Result<FoundSeries, Fault> {
    let found = Found::look(lease, key).await?;
    let now = found.existing()?;
    if now.id() != series {
        return Err(StoreError::NotFound(EntityRef::Series(key.clone())).into());
    }
    Ok(now.clone())
}

/// Tells why a chunk of one of these versions is missing: the version was pruned, the series purged, or it is the
/// damage that it looked like.
pub(super) async fn still_there(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    series: SeriesId,
    versions: &[Version],
    damage: StoreError,
) -> StoreError {
    let look = async {
        let mut lease = shared.database.lease(Lane::Requests).await?;
        let now = look_again(&mut lease, key, series).await?;
        for version in versions {
            now.check_kept(&mut lease, *version).await?;
        }
        Ok::<_, Fault>(())
    };
    match look.await {
        Ok(()) => damage,
        Err(fault) => fault.into(),
    }
}
