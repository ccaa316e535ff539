//! Counting and listing gaps by the runs that the journal keeps with each chunk.

use std::{collections::HashMap, path::Path, path::PathBuf, sync::Arc};

use domain::{
    error::{EntityRef, StoreError},
    market::{ColumnSet, Gap, GapsQuery, GridRun, Timeframe, Timestamp, TradingCalendar, Zone},
    page::Page,
};
use uuid::Uuid;

use super::{
    instruments,
    staged::{StagedChunk, load_frame},
};
use crate::{
    chunk::{ChunkMeta, Selection},
    journal,
    layout::SeriesFolder,
    store::Shared,
};

/// Counts the missing bars of a series that consists of `live` chunks, some of which are still `staged`.
pub(super) fn count_gaps(
    shared: &Shared,
    folder: &SeriesFolder,
    timeframe: Timeframe,
    zone: &Zone,
    live: &[Arc<ChunkMeta>],
    staged: &[Arc<StagedChunk>],
) -> Result<u64, StoreError> {
    let staged: HashMap<Uuid, PathBuf> = staged
        .iter()
        .map(|chunk| (chunk.meta.id, chunk.path.clone()))
        .collect();
    let path = |chunk: &ChunkMeta| {
        staged
            .get(&chunk.id)
            .cloned()
            .unwrap_or_else(|| folder.chunk(&chunk.file))
    };
    let runs = all_runs(shared, timeframe, live, path)?;
    Ok(TradingCalendar::learn(timeframe, zone, &runs).missing(&runs))
}

fn all_runs(
    shared: &Shared,
    timeframe: Timeframe,
    chunks: &[Arc<ChunkMeta>],
    path: impl Fn(&ChunkMeta) -> PathBuf,
) -> Result<Vec<GridRun>, StoreError> {
    let mut runs = Vec::new();
    for chunk in chunks {
        match chunk.known_runs(timeframe) {
            Some(known) => runs.extend_from_slice(known),
            None => runs.extend_from_slice(read_runs(shared, timeframe, chunk, &path(chunk))?),
        }
    }
    Ok(runs)
}

fn read_runs<'a>(
    shared: &Shared,
    timeframe: Timeframe,
    chunk: &'a ChunkMeta,
    path: &Path,
) -> Result<&'a [GridRun], StoreError> {
    let times = Selection {
        columns: ColumnSet::TIME,
        ..Selection::ALL
    };
    let frame = load_frame(shared, path, chunk, &times)?;
    Ok(chunk.learn_runs(&frame.time, timeframe))
}

/// Lists the gaps of the newest version.
pub(super) fn gaps(shared: &Shared, query: &GapsQuery) -> Result<Page<Gap, Timestamp>, StoreError> {
    let unknown = || StoreError::NotFound(EntityRef::Series(query.key.clone()));
    let series = journal::refresh(shared, &query.key)?.ok_or_else(unknown)?;
    let instrument = instruments::find(shared, &query.key.venue, &query.key.symbol)?;
    let zone = instrument.map(|instrument| instrument.zone).unwrap_or_default();
    let timeframe = query.key.timeframe;
    let runs = all_runs(shared, timeframe, &series.state.chunks, |chunk| {
        series.folder.chunk(&chunk.file)
    })?;
    let gaps = TradingCalendar::learn(timeframe, &zone, &runs).gaps(&runs);
    let wanted = gaps.into_iter().filter(|gap| {
        query.range.contains(gap.first.micros()) && query.page.after.is_none_or(|after| gap.first > after)
    });
    let limit = query.page.limit;
    Ok(Page::cut(wanted.take(limit.get() + 1).collect(), limit, |gap| {
        gap.first
    }))
}
