//! What differs between two versions.

use std::sync::Arc;

use chunks::each_difference;
use domain::{
    error::{EntityRef, StoreError},
    market::{ChangeStream, SeriesKey, Version},
};

use super::access::SeriesChunks;
use crate::{blocking, journal, store::Shared};

/// Streams the differences between two versions.
pub(super) fn diff(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    from: Version,
    to: Version,
) -> ChangeStream<'static> {
    let (shared, key) = (shared.clone(), key.clone());
    blocking::stream(move |give| {
        let unknown = || StoreError::NotFound(EntityRef::Series(key.clone()));
        let series = journal::refresh(&shared, &key)?.ok_or_else(unknown)?;
        let earlier = journal::state_at(&shared, &series, from)?;
        let later = journal::state_at(&shared, &series, to)?;
        let access = SeriesChunks {
            shared: &shared,
            folder: &series.folder,
            timeframe: key.timeframe,
        };
        each_difference(&access, &earlier.chunks, &later.chunks, |chunk| chunk.id, give)
    })
}
