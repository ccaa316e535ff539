//! Reading journals, and reading on in those that have grown.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use domain::{
    error::StoreError,
    id::SeriesId,
    market::{SeriesKey, Version},
};

use super::{
    SEGMENT_COMMITS,
    frame::{self, Next},
    record::Record,
    state::SeriesState,
};
use crate::{
    fault::{damaged, file_fault},
    layout::{SeriesFolder, parse_segment},
    store::Shared,
};

/// A series as it was when its journal was last looked at.
#[derive(Debug)]
pub(crate) struct CachedSeries {
    pub(crate) state: SeriesState,
    pub(crate) folder: SeriesFolder,
    /// The segment that the newest commits are in, how much of it has been read, and its length then; a record that
    /// was cut off makes the two differ.
    pub(crate) segment: PathBuf,
    pub(crate) read_to: u64,
    pub(crate) seen_len: u64,
    /// Idempotency keys of earlier segments, once somebody has asked for one.
    pub(crate) older_keys: OnceLock<HashMap<String, Version>>,
}

/// Lists the segments of a journal by the version that they begin behind.
pub(super) fn segments(
    shared: &Shared,
    folder: &SeriesFolder,
) -> Result<Vec<(Version, SeriesId)>, StoreError> {
    let journal = folder.journal();
    let entries = match shared.vfs.list(&journal) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file_fault("list", &journal, error)),
    };
    let mut found: Vec<_> = entries
        .iter()
        .filter_map(|entry| parse_segment(&entry.name))
        .map(|(id, base)| (base, id))
        .collect();
    found.sort_unstable();
    Ok(found)
}

/// Returns the newest state of a series, reading on where its journal has grown; `None` when there is no series.
pub(crate) fn refresh(shared: &Shared, key: &SeriesKey) -> Result<Option<Arc<CachedSeries>>, StoreError> {
    let cached = lock(shared).get(key).cloned();
    let fresh = match &cached {
        Some(cached) => read_on(shared, cached)?,
        None => None,
    };
    let fresh = match fresh {
        Some(fresh) => Some(fresh),
        None => load_by_folder(shared, &shared.layout.series(key))?.filter(|series| series.state.key == *key),
    };
    match &fresh {
        Some(series) => remember(shared, series.clone()),
        None => drop(lock(shared).remove(key)),
    }
    Ok(fresh)
}

/// Returns the cached state of a series if its journal has not grown since; whatever else is the case, only a whole
/// look can tell.
pub(crate) fn unchanged(shared: &Shared, key: &SeriesKey) -> Option<Arc<CachedSeries>> {
    let cached = lock(shared).get(key).cloned()?;
    let len = shared.vfs.len(&cached.segment).ok()?;
    // A full segment stays as it is while the next one grows.
    let is_full = cached.state.commits.len() >= SEGMENT_COMMITS;
    (len == cached.seen_len && !is_full).then_some(cached)
}

/// Puts a state into the cache, unless the cache has a newer one of the same series.
pub(super) fn remember(shared: &Shared, series: Arc<CachedSeries>) {
    let mut cache = lock(shared);
    let newer = cache.get(&series.state.key).is_some_and(|known| {
        known.state.id == series.state.id && known.state.version() > series.state.version()
    });
    if !newer {
        cache.insert(series.state.key.clone(), series);
    }
}

/// Returns the keys that are in the cache.
pub(crate) fn known_series(shared: &Shared) -> HashMap<PathBuf, SeriesKey> {
    lock(shared)
        .iter()
        .map(|(key, series)| (series.folder.0.clone(), key.clone()))
        .collect()
}

fn lock(shared: &Shared) -> std::sync::MutexGuard<'_, HashMap<SeriesKey, Arc<CachedSeries>>> {
    // The map is whole after every operation on it, so a panic elsewhere does not spoil it.
    shared
        .series
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Reads on where a cached journal has grown; `None` when it is gone.
fn read_on(shared: &Shared, cached: &Arc<CachedSeries>) -> Result<Option<Arc<CachedSeries>>, StoreError> {
    let len = match shared.vfs.len(&cached.segment) {
        Ok(len) => len,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_fault("look at", &cached.segment, error)),
    };
    if len < cached.read_to {
        return Ok(None);
    }
    let mut series = cached.clone();
    if len != cached.seen_len {
        let bytes = match shared.vfs.read_from(&cached.segment, cached.read_to) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file_fault("read", &cached.segment, error)),
        };
        let mut state = cached.state.clone();
        let read = apply_all(&bytes, &mut state, &cached.segment)?;
        series = Arc::new(CachedSeries {
            state,
            folder: cached.folder.clone(),
            segment: cached.segment.clone(),
            read_to: cached.read_to + read as u64,
            seen_len: cached.read_to + bytes.len() as u64,
            older_keys: cached.older_keys.clone(),
        });
    }
    if series.state.commits.len() >= SEGMENT_COMMITS {
        let next = series.folder.segment(series.state.id, series.state.version());
        if shared.vfs.len(&next).is_ok() {
            return load_by_folder(shared, &series.folder);
        }
    }
    Ok(Some(series))
}

/// Reads the newest segment of the series in a folder; `None` when there is none.
pub(crate) fn load_by_folder(
    shared: &Shared,
    folder: &SeriesFolder,
) -> Result<Option<Arc<CachedSeries>>, StoreError> {
    let Some((base, id)) = segments(shared, folder)?.pop() else {
        return Ok(None);
    };
    let segment = folder.segment(id, base);
    let loaded = match load_segment(shared, &segment, None) {
        // Somebody purged the series between the two looks.
        Err(StoreError::Unavailable(_)) if shared.vfs.len(&segment).is_err() => return Ok(None),
        loaded => loaded?,
    };
    let (state, read_to, seen_len) = loaded;
    let folder = folder.clone();
    Ok(Some(Arc::new(CachedSeries {
        state,
        folder,
        segment,
        read_to,
        seen_len,
        older_keys: OnceLock::new(),
    })))
}

/// Reads a segment up to and including version `until`, or to its end; returns the state, how much was read, and the
/// length of the file.
pub(super) fn load_segment(
    shared: &Shared,
    path: &Path,
    until: Option<Version>,
) -> Result<(SeriesState, u64, u64), StoreError> {
    let bytes = shared
        .vfs
        .read_from(path, 0)
        .map_err(|error| file_fault("read", path, error))?;
    let (mut state, mut at) = first_record(&bytes, path)?;
    while until.is_none_or(|until| state.version() < until) {
        let Some(end) = apply_next(&bytes, at, &mut state, path)? else {
            break;
        };
        at = end;
    }
    Ok((state, at as u64, bytes.len() as u64))
}

pub(super) fn first_record(bytes: &[u8], path: &Path) -> Result<(SeriesState, usize), StoreError> {
    if let Next::Record { payload, end, .. } = frame::next(bytes, 0)
        && let Record::Checkpoint(checkpoint) = parse(payload, path)?
    {
        return Ok((SeriesState::from_checkpoint(*checkpoint), end));
    }
    Err(damaged(path, "its first record, the checkpoint, is damaged"))
}

fn apply_all(bytes: &[u8], state: &mut SeriesState, path: &Path) -> Result<usize, StoreError> {
    let mut at = 0;
    while let Some(end) = apply_next(bytes, at, state, path)? {
        at = end;
    }
    Ok(at)
}

fn apply_next(
    bytes: &[u8],
    at: usize,
    state: &mut SeriesState,
    path: &Path,
) -> Result<Option<usize>, StoreError> {
    let (payload, end) = match frame::next(bytes, at) {
        Next::Record { payload, end, .. } => (payload, end),
        Next::End | Next::Torn => return Ok(None),
        Next::Damaged => return Err(damaged(path, format!("the record at byte {at} is damaged"))),
    };
    apply(parse(payload, path)?, state)
        .map_err(|problem| damaged(path, format!("at byte {at}: {problem}")))?;
    Ok(Some(end))
}

pub(super) fn apply(record: Record, state: &mut SeriesState) -> Result<(), String> {
    match record {
        Record::Commit(record) => state.apply(*record),
        Record::Recount { gaps } => {
            state.gaps = gaps;
            Ok(())
        }
        Record::Checkpoint(_) => Err("a checkpoint stands behind the beginning".to_owned()),
    }
}

pub(super) fn parse(payload: &[u8], path: &Path) -> Result<Record, StoreError> {
    serde_json::from_slice(payload)
        .map_err(|error| damaged(path, format!("a record can't be understood: {error}")))
}

/// Reads the whole journal of a series from its first commit, calls `each` with every state and commit record in
/// order, and returns what is damaged.
pub(crate) fn audit(
    shared: &Shared,
    folder: &SeriesFolder,
    mut each: impl FnMut(&SeriesState, &Record),
) -> Result<Vec<(PathBuf, String)>, StoreError> {
    let mut problems = Vec::new();
    let mut before: Option<SeriesState> = None;
    for (base, id) in segments(shared, folder)? {
        let path = folder.segment(id, base);
        let bytes = shared
            .vfs
            .read_from(&path, 0)
            .map_err(|error| file_fault("read", &path, error))?;
        let audited = audit_segment(&bytes, &path, before.as_ref(), &mut problems, &mut each);
        match audited {
            Ok(state) => before = Some(state),
            Err(StoreError::Corrupt { source, .. }) => problems.push((path, source.to_string())),
            Err(error) => return Err(error),
        }
    }
    Ok(problems)
}

fn audit_segment(
    bytes: &[u8],
    path: &Path,
    before: Option<&SeriesState>,
    problems: &mut Vec<(PathBuf, String)>,
    each: &mut impl FnMut(&SeriesState, &Record),
) -> Result<SeriesState, StoreError> {
    let (mut state, _) = first_record(bytes, path)?;
    let continues = match before {
        Some(before) => {
            before.version() == state.base && before.digest() == state.digest() && before.id == state.id
        }
        None => state.base == Version::EMPTY,
    };
    if !continues {
        problems.push((
            path.to_owned(),
            "it does not continue the segment before it".to_owned(),
        ));
    }
    let mut at = 0;
    loop {
        match frame::next(bytes, at) {
            Next::Record { payload, end, intact } => {
                if !intact {
                    problems.push((
                        path.to_owned(),
                        format!("one copy of the record at byte {at} is damaged"),
                    ));
                }
                let record = parse(payload, path)?;
                if at > 0 {
                    each(&state, &record);
                    apply(record, &mut state)
                        .map_err(|problem| damaged(path, format!("at byte {at}: {problem}")))?;
                }
                at = end;
            }
            // A writer that died leaves a torn record behind; the next one cuts it off.
            Next::End | Next::Torn => return Ok(state),
            Next::Damaged => return Err(damaged(path, format!("the record at byte {at} is damaged"))),
        }
    }
}
