//! What differs between two versions. Chunks that both have are not read.

use std::sync::Arc;

use chunks::each_difference;
use domain::{
    error::StoreError,
    id::SeriesId,
    market::{AsOf, ChangeStream, Changes, SeriesKey, TimeRange, Version},
};
use futures::{StreamExt, stream};
use tokio::{runtime::Handle, sync::mpsc, task};

use super::{
    access::SeriesChunks,
    chunk::{LiveChunk, chunks_of},
    found::Found,
    gone::still_there,
    staged::Staging,
};
use crate::{
    database::{Fault, Lane},
    store::Shared,
};

/// Two versions of a series, as chunks.
struct Sides {
    key: SeriesKey,
    series: SeriesId,
    versions: [Version; 2],
    staging: Arc<Staging>,
    earlier: Vec<Arc<LiveChunk>>,
    later: Vec<Arc<LiveChunk>>,
}

/// Streams the differences between two versions.
pub(super) fn diff(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    from: Version,
    to: Version,
) -> ChangeStream<'static> {
    let (shared, key) = (shared.clone(), key.clone());
    let changes = async move {
        match sides(&shared, &key, from, to).await {
            Ok(sides) => compare(shared, sides),
            Err(fault) => stream::iter([Err(fault.into())]).boxed(),
        }
    };
    stream::once(changes).flatten().boxed()
}

async fn sides(shared: &Arc<Shared>, key: &SeriesKey, from: Version, to: Version) -> Result<Sides, Fault> {
    let mut lease = shared.database.lease(Lane::Requests).await?;
    let found = Found::look(&mut lease, key).await?;
    let series = found.existing()?;
    for version in [from, to] {
        series.version_at(&mut lease, AsOf::Version(version)).await?;
        series.check_kept(&mut lease, version).await?;
    }
    Ok(Sides {
        earlier: chunks_of(&mut lease, series, from, &TimeRange::ALL).await?,
        later: chunks_of(&mut lease, series, to, &TimeRange::ALL).await?,
        staging: Staging::new(shared, key.timeframe, &found.zone),
        key: key.clone(),
        series: series.id(),
        versions: [from, to],
    })
}

/// Compares on a thread that may block; at most one batch waits for its reader.
fn compare(shared: Arc<Shared>, sides: Sides) -> ChangeStream<'static> {
    let (sender, receiver) = mpsc::channel::<Result<Changes, StoreError>>(1);
    let handle = Handle::current();
    task::spawn_blocking(move || {
        let access = SeriesChunks {
            shared: &shared,
            handle: handle.clone(),
            series: Some(sides.series),
            staging: &sides.staging,
        };
        let mut give = |changes| sender.blocking_send(Ok(changes)).is_ok();
        let id = |chunk: &Arc<LiveChunk>| chunk.id;
        if let Err(error) = each_difference(&access, &sides.earlier, &sides.later, id, &mut give) {
            let error = match error {
                damage @ StoreError::Corrupt { .. } => {
                    let (key, versions) = (&sides.key, &sides.versions);
                    handle.block_on(still_there(&shared, key, sides.series, versions, damage))
                }
                other => other,
            };
            // A reader that is gone does not want to know.
            drop(sender.blocking_send(Err(error)));
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    })
    .boxed()
}
