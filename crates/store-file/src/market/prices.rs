//! The price store: every method in one place, each carried out by a module of its own.

use std::path::PathBuf;

use async_trait::async_trait;
use domain::{
    backtest::BacktestInput,
    error::{EntityRef, StoreError},
    market::{
        AsOf, BarsQuery, ChangeStream, Commit, CommitsQuery, FrameStream, Gap, GapsQuery, PriceStore,
        PriceWrite, Replay, Revert, SeriesCheck, SeriesFiles, SeriesHead, SeriesKey, SeriesPosition,
        SeriesQuery, Timestamp, Version, Written,
    },
    page::Page,
};

use super::{bars, catalogue, commit, diff, gaps, replay, revert, verify};
use crate::{
    backtest::pins,
    journal::{self, CachedSeries, CommitWalk},
    store::{FileStore, Shared},
};

#[async_trait]
impl PriceStore for FileStore {
    async fn list(&self, query: SeriesQuery) -> Result<Page<SeriesHead, SeriesPosition>, StoreError> {
        let shared = self.shared.clone();
        self.shared
            .workers
            .run(move || catalogue::list(&shared, &query))
            .await
    }

    async fn head(&self, key: &SeriesKey) -> Result<Option<SeriesHead>, StoreError> {
        // Telling that nothing has changed takes one look at a file's length: less than going to another thread.
        if let Some(series) = journal::unchanged(&self.shared, key) {
            return Ok(series.state.head());
        }
        let (shared, key) = (self.shared.clone(), key.clone());
        let look = move || Ok(journal::refresh(&shared, &key)?.and_then(|series| series.state.head()));
        self.shared.workers.run(look).await
    }

    async fn commit(&self, key: &SeriesKey, write: PriceWrite<'_>) -> Result<Written, StoreError> {
        commit::commit(&self.shared, key, write).await
    }

    async fn replay(&self, key: &SeriesKey, replay: Replay<'_>) -> Result<Commit, StoreError> {
        replay::replay(&self.shared, key, replay).await
    }

    fn bars(&self, query: BarsQuery) -> FrameStream<'_> {
        bars::bars(&self.shared, query)
    }

    async fn commit_at(&self, key: &SeriesKey, as_of: AsOf) -> Result<Option<Commit>, StoreError> {
        let (shared, key) = (self.shared.clone(), key.clone());
        let look = move || {
            let series = existing(&shared, &key)?;
            Ok(journal::commit_at(&shared, &series, as_of)?.map(|commit| (*commit).clone()))
        };
        self.shared.workers.run(look).await
    }

    async fn commits(&self, query: CommitsQuery) -> Result<Page<Commit, Version>, StoreError> {
        let shared = self.shared.clone();
        self.shared.workers.run(move || commits(&shared, &query)).await
    }

    fn diff(&self, key: &SeriesKey, from: Version, to: Version) -> ChangeStream<'_> {
        diff::diff(&self.shared, key, from, to)
    }

    async fn revert(&self, key: &SeriesKey, revert: Revert) -> Result<Written, StoreError> {
        revert::revert(&self.shared, key, revert).await
    }

    async fn purge(&self, key: &SeriesKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.write(move |shared| purge(shared, &key)).await
    }

    async fn gaps(&self, query: GapsQuery) -> Result<Page<Gap, Timestamp>, StoreError> {
        let shared = self.shared.clone();
        self.shared.workers.run(move || gaps::gaps(&shared, &query)).await
    }

    async fn verify(&self, key: &SeriesKey) -> Result<SeriesCheck, StoreError> {
        verify::verify(&self.shared, key).await
    }
}

#[async_trait]
impl SeriesFiles for FileStore {
    async fn files(&self, key: &SeriesKey) -> Result<Vec<PathBuf>, StoreError> {
        let (shared, key) = (self.shared.clone(), key.clone());
        let look = move || {
            let series = existing(&shared, &key)?;
            Ok(series
                .state
                .chunks
                .iter()
                .map(|chunk| series.folder.chunk(&chunk.file))
                .collect())
        };
        self.shared.workers.run(look).await
    }
}

fn existing(shared: &Shared, key: &SeriesKey) -> Result<std::sync::Arc<CachedSeries>, StoreError> {
    let unknown = || StoreError::NotFound(EntityRef::Series(key.clone()));
    journal::refresh(shared, key)?.ok_or_else(unknown)
}

fn commits(shared: &Shared, query: &CommitsQuery) -> Result<Page<Commit, Version>, StoreError> {
    let series = existing(shared, &query.key)?;
    let mut walk = CommitWalk::new(shared, &series, query.page.after)?;
    let mut items = Vec::new();
    while items.len() <= query.page.limit.get()
        && let Some(commit) = walk.next()?
    {
        items.push((*commit).clone());
    }
    Ok(Page::cut(items, query.page.limit, |commit| commit.version))
}

/// Checks that a version of a series is there, with the contents that are pinned.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] when it has other contents.
pub(crate) fn check_version(shared: &Shared, input: &BacktestInput) -> Result<(), StoreError> {
    let series = existing(shared, &input.series)?;
    let commit = journal::commit_at(shared, &series, AsOf::Version(input.version))?;
    let commit = commit.ok_or_else(|| StoreError::NotFound(input.entity()))?;
    input.check_contents(commit.digest)
}

/// Takes a series out of sight at once, then removes its files.
fn purge(shared: &Shared, key: &SeriesKey) -> Result<(), StoreError> {
    let series = existing(shared, key)?;
    pins::check_purge(shared, key)?;
    let folder = &series.folder.0;
    shared.bury(folder)?;
    if let Some(parent) = folder.parent() {
        shared.sync_folder(parent)?;
    }
    Ok(())
}
