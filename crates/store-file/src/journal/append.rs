//! Adding to a journal: the moment at which a commit happens.

use std::{path::Path, sync::Arc};

use domain::error::StoreError;

use super::{
    SEGMENT_COMMITS, frame,
    load::{CachedSeries, apply, remember},
    record::Record,
    state::SeriesState,
};
use crate::{
    document,
    fault::{damaged, file_fault},
    layout::SeriesFolder,
    store::Shared,
};

/// Appends a record behind the state that `series` is in, durably. The caller holds the root's lock and has looked
/// that the state is the newest one.
///
/// `Err` means that the record is not there, unless the store has become read-only.
pub(crate) fn append(
    shared: &Shared,
    series: Result<&CachedSeries, (SeriesState, SeriesFolder)>,
    record: Record,
) -> Result<Arc<CachedSeries>, StoreError> {
    shared.check_writable()?;
    let payload = serde_json::to_vec(&record).map_err(StoreError::unavailable)?;
    let mut bytes = Vec::new();
    let appended = match series {
        Ok(series) if series.state.commits.len() < SEGMENT_COMMITS => {
            frame::write(&payload, &mut bytes);
            append_to_segment(shared, series, &bytes)?;
            let read_to = series.read_to + bytes.len() as u64;
            CachedSeries {
                state: applied(series.state.clone(), record, &series.segment)?,
                folder: series.folder.clone(),
                segment: series.segment.clone(),
                read_to,
                seen_len: read_to,
                older_keys: series.older_keys.clone(),
            }
        }
        Ok(series) => begin_segment(shared, &series.state, series.folder.clone(), &payload, record)?,
        Err((state, folder)) => begin_segment(shared, &state, folder, &payload, record)?,
    };
    let appended = Arc::new(appended);
    remember(shared, appended.clone());
    Ok(appended)
}

fn applied(mut state: SeriesState, record: Record, path: &Path) -> Result<SeriesState, StoreError> {
    apply(record, &mut state).map_err(|problem| damaged(path, problem))?;
    Ok(state)
}

fn append_to_segment(shared: &Shared, series: &CachedSeries, bytes: &[u8]) -> Result<(), StoreError> {
    let path = &series.segment;
    let len = shared
        .vfs
        .len(path)
        .map_err(|error| file_fault("look at", path, error))?;
    let mut file = shared
        .vfs
        .open_append(path)
        .map_err(|error| file_fault("open", path, error))?;
    if len != series.read_to {
        // A writer died in the middle of a record that nobody was told of.
        file.truncate(series.read_to)
            .map_err(|error| file_fault("cut", path, error))?;
    }
    let written = file
        .append(bytes)
        .map_err(|error| file_fault("write", path, error));
    let written = written.and_then(|()| shared.synced(path, file.sync()));
    if let Err(error) = written {
        // The caller hears that nothing was committed, so nothing of it may stay to be read.
        if let Err(cut) = file.truncate(series.read_to) {
            drop(shared.synced(path, Err(cut)));
        }
        return Err(error);
    }
    Ok(())
}

/// Begins a segment with a checkpoint of `state` and the record behind it; both appear at once.
fn begin_segment(
    shared: &Shared,
    state: &SeriesState,
    folder: SeriesFolder,
    payload: &[u8],
    record: Record,
) -> Result<CachedSeries, StoreError> {
    let checkpoint = state.checkpoint();
    let segment = folder.segment(state.id, state.version());
    let first = serde_json::to_vec(&Record::Checkpoint(Box::new(checkpoint.clone())));
    let mut bytes = Vec::new();
    frame::write(&first.map_err(StoreError::unavailable)?, &mut bytes);
    frame::write(payload, &mut bytes);
    if let Err(error) = document::replace(shared, &segment, &bytes) {
        // The caller hears that nothing was committed, so nothing of it may stay to be read.
        shared.discard_file(&segment);
        return Err(error);
    }
    let read_to = bytes.len() as u64;
    let state = applied(SeriesState::from_checkpoint(checkpoint), record, &segment)?;
    let older_keys = std::sync::OnceLock::new();
    Ok(CachedSeries {
        state,
        folder,
        segment,
        read_to,
        seen_len: read_to,
        older_keys,
    })
}
