//! The price store: every method in one place, each carried out by a module of its own.

use async_trait::async_trait;
use domain::{
    error::StoreError,
    market::{
        AsOf, BarsQuery, ChangeStream, Commit, CommitsQuery, FrameStream, Gap, GapsQuery, PriceStore,
        PriceWrite, Replay, Revert, SeriesCheck, SeriesHead, SeriesKey, SeriesPosition, SeriesQuery,
        Timestamp, Version, Written,
    },
    page::Page,
};

use super::{bars, catalogue, commit, commits, diff, found::Found, gaps, purge, replay, revert, verify};
use crate::{
    database::{Fault, Lane},
    store::PostgresStore,
};

impl PostgresStore {
    async fn find(&self, key: &SeriesKey) -> Result<Found, Fault> {
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        Found::look(&mut lease, key).await
    }

    async fn find_commit(&self, key: &SeriesKey, as_of: AsOf) -> Result<Option<Commit>, Fault> {
        let database = &self.shared.database;
        let mut lease = database.lease(Lane::Requests).await?;
        let found = Found::look(&mut lease, key).await?;
        let series = found.existing()?;
        let version = series.version_at(&mut lease, as_of).await?;
        drop(lease);
        if version == Version::EMPTY {
            return Ok(None);
        }
        commits::of_version(database, series.id(), key, version)
            .await
            .map(Some)
    }
}

#[async_trait]
impl PriceStore for PostgresStore {
    async fn list(&self, query: SeriesQuery) -> Result<Page<SeriesHead, SeriesPosition>, StoreError> {
        Ok(catalogue::list(&self.shared, &query).await?)
    }

    async fn head(&self, key: &SeriesKey) -> Result<Option<SeriesHead>, StoreError> {
        let found = self.find(key).await?;
        Ok(found.series.map(|series| series.head))
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
        Ok(self.find_commit(key, as_of).await?)
    }

    async fn commits(&self, query: CommitsQuery) -> Result<Page<Commit, Version>, StoreError> {
        let found = self.find(&query.key).await?;
        let (series, limit) = (found.existing()?.id(), query.page.limit);
        let commits =
            commits::below(&self.shared.database, series, query.page.after, limit.get() + 1).await?;
        Ok(Page::cut(commits, limit, |commit| commit.version))
    }

    fn diff(&self, key: &SeriesKey, from: Version, to: Version) -> ChangeStream<'_> {
        diff::diff(&self.shared, key, from, to)
    }

    async fn revert(&self, key: &SeriesKey, revert: Revert) -> Result<Written, StoreError> {
        revert::revert(&self.shared, key, revert).await
    }

    async fn purge(&self, key: &SeriesKey) -> Result<(), StoreError> {
        purge::purge(&self.shared, key).await
    }

    async fn gaps(&self, query: GapsQuery) -> Result<Page<Gap, Timestamp>, StoreError> {
        Ok(gaps::gaps(&self.shared, &query).await?)
    }

    async fn verify(&self, key: &SeriesKey) -> Result<SeriesCheck, StoreError> {
        Ok(verify::verify(&self.shared, key).await?)
    }
}
