//! The port of price history.

use std::path::PathBuf;

use async_trait::async_trait;
use futures::TryStreamExt;

use super::{
    BarsQuery, ChangeStream, CommitsQuery, FrameStream, GapsQuery, Order, PriceWrite, Replay, Revert,
    SeriesQuery, Written,
};
use crate::{
    error::StoreError,
    market::{
        AsOf, Bars, ColumnSet, Commit, Gap, SeriesCheck, SeriesHead, SeriesKey, SeriesPosition, Timestamp,
        Version,
    },
    page::Page,
};

/// Where price history is stored: series of bars, each a log of immutable versions.
///
/// Each method is one atomic unit. Writers of one series never lose each other's commits: of two that expect the
/// same version, one gets [`StoreError::Conflict`].
#[async_trait]
pub trait PriceStore: Send + Sync {
    /// Lists series.
    async fn list(&self, query: SeriesQuery) -> Result<Page<SeriesHead, SeriesPosition>, StoreError>;

    /// Returns the newest state of a series, if there is one.
    async fn head(&self, key: &SeriesKey) -> Result<Option<SeriesHead>, StoreError>;

    /// Writes bars as one commit; the series and its instrument appear with the first one. A write that changes
    /// nothing, bit for bit, makes no version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the head is not `write.expected`, or the idempotency key was used for another
    /// payload; [`StoreError::Invalid`] when bars do not ascend, lie outside a replaced range, or are not positive
    /// though the instrument's must be; [`StoreError::Input`] when the stream itself fails;
    /// [`StoreError::AlreadyExists`] when another series' name differs by case alone.
    async fn commit(&self, key: &SeriesKey, write: PriceWrite<'_>) -> Result<Written, StoreError>;

    /// Stores a commit that was made elsewhere, with its version, author, time and digest. A commit that is there
    /// already, with the same digest, is left alone.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it does not follow the head, or another commit has its version;
    /// [`StoreError::Invalid`] when the changes do not lead to its digest.
    async fn replay(&self, key: &SeriesKey, replay: Replay<'_>) -> Result<Commit, StoreError>;

    /// Reads bars. A series without bars in the range gives an empty stream.
    ///
    /// # Errors
    /// The stream's first item is [`StoreError::NotFound`] when there is no such series or version,
    /// [`StoreError::Gone`] when it was pruned; a later one [`StoreError::Corrupt`] where a chunk is damaged.
    fn bars(&self, query: BarsQuery) -> FrameStream<'_>;

    /// Returns the commit that made the state `as_of`; `None` for the empty state before the first commit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series or version.
    async fn commit_at(&self, key: &SeriesKey, as_of: AsOf) -> Result<Option<Commit>, StoreError>;

    /// Lists the commits of a series, the newest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    async fn commits(&self, query: CommitsQuery) -> Result<Page<Commit, Version>, StoreError>;

    /// Compares two versions. Version 0 is the empty series.
    ///
    /// # Errors
    /// The stream's first item is [`StoreError::NotFound`] when there is no such series or version.
    fn diff(&self, key: &SeriesKey, from: Version, to: Version) -> ChangeStream<'_>;

    /// Makes a new version with the contents and digest of an earlier one; nothing when they are equal already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series or version, [`StoreError::Conflict`] when the head is
    /// not `revert.expected`.
    async fn revert(&self, key: &SeriesKey, revert: Revert) -> Result<Written, StoreError>;

    /// Removes a series with all its history. A series made again under the name has a new identity.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series; [`StoreError::Conflict`] while a backtest or a sweep, of
    /// whatever status, pins a version of it.
    async fn purge(&self, key: &SeriesKey) -> Result<(), StoreError>;

    /// Lists the gaps of the newest version, by time.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    async fn gaps(&self, query: GapsQuery) -> Result<Page<Gap, Timestamp>, StoreError>;

    /// Reads a series back with all its history and compares everything with its checksums and digests.
    /// Damage is reported, not returned as an error.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    async fn verify(&self, key: &SeriesKey) -> Result<SeriesCheck, StoreError>;
}

/// What a store that keeps series in files can tell besides.
#[async_trait]
pub trait SeriesFiles: Send + Sync {
    /// Returns the files that hold the newest version of a series, in order of time; other programs can read them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    async fn files(&self, key: &SeriesKey) -> Result<Vec<PathBuf>, StoreError>;
}

/// Conveniences over any price store.
#[async_trait]
pub trait PriceStoreExt: PriceStore {
    /// Reads everything that a query asks for into memory, oldest first and with all columns, whatever the query
    /// says of those.
    async fn read_all(&self, query: BarsQuery) -> Result<Bars, StoreError> {
        let query = BarsQuery {
            columns: ColumnSet::ALL,
            order: Order::Ascending,
            ..query
        };
        let key = query.key.clone();
        let mut whole = Bars::default();
        let mut frames = self.bars(query);
        while let Some(frame) = frames.try_next().await? {
            let damaged = |cause| StoreError::corrupt(format!("series {key}"), cause);
            whole
                .append(&Bars::try_from(frame).map_err(damaged)?)
                .map_err(damaged)?;
        }
        Ok(whole)
    }
}

impl<T: PriceStore + ?Sized> PriceStoreExt for T {}
