//! The ports behind which instruments, price history and imports are stored.

use std::path::PathBuf;

use async_trait::async_trait;
use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use xxhash_rust::xxh3::xxh3_128;

use super::{
    AsOf, Author, BarFrame, Bars, Changes, ColumnSet, Commit, Gap, Import, Instrument, SeriesCheck,
    SeriesHead, SeriesKey, SeriesPosition, SetDigest, Sha256Hex, Symbol, TimeRange, Timeframe, Venue,
    Version,
};
use crate::{
    error::StoreError,
    id::ImportId,
    page::{Page, PageRequest},
};

/// Bars to write: ascending across batches, each batch bounded (65,536 bars are a good size).
pub type BarStream<'a> = BoxStream<'a, Result<Bars, StoreError>>;
/// Bars that were read, in the order that the query asked for.
pub type FrameStream<'a> = BoxStream<'a, Result<BarFrame, StoreError>>;
/// Differences between two versions, ascending; the batches cover stretches of time that do not overlap.
pub type ChangeStream<'a> = BoxStream<'a, Result<Changes, StoreError>>;

/// Where instruments are stored.
#[async_trait]
pub trait InstrumentStore: Send + Sync {
    /// Returns an instrument, if it is known.
    async fn instrument(&self, venue: &Venue, symbol: &Symbol) -> Result<Option<Instrument>, StoreError>;

    /// Lists instruments by venue and symbol.
    async fn instruments(
        &self,
        query: InstrumentsQuery,
    ) -> Result<Page<Instrument, (Venue, Symbol)>, StoreError>;

    /// Stores an instrument, new or known. Gap counts of its series follow a changed zone.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] when another instrument's name differs by case alone.
    async fn put_instrument(&self, instrument: &Instrument) -> Result<(), StoreError>;
}

/// Which instruments are listed.
#[derive(Debug, Clone)]
pub struct InstrumentsQuery {
    /// Those of one venue, or all.
    pub venue: Option<Venue>,
    /// The page.
    pub page: PageRequest<(Venue, Symbol)>,
}

/// Where imports are stored.
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Stores an import in its present state, in place of the state stored before.
    async fn put_import(&self, import: &Import) -> Result<(), StoreError>;

    /// Returns an import, if it is known.
    async fn import(&self, id: ImportId) -> Result<Option<Import>, StoreError>;

    /// Lists imports, the newest first.
    async fn imports(&self, query: ImportsQuery) -> Result<Page<Import, ImportId>, StoreError>;
}

/// Which imports are listed.
#[derive(Debug, Clone)]
pub struct ImportsQuery {
    /// The page.
    pub page: PageRequest<ImportId>,
}

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
    /// [`StoreError::NotFound`] when there is no such series.
    async fn purge(&self, key: &SeriesKey) -> Result<(), StoreError>;

    /// Lists the gaps of the newest version, by time.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such series.
    async fn gaps(&self, query: GapsQuery) -> Result<Page<Gap, super::Timestamp>, StoreError>;

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

/// Which series are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesFilter {
    /// Those of one venue.
    pub venue: Option<Venue>,
    /// Those of one symbol.
    pub symbol: Option<Symbol>,
    /// Those of one timeframe.
    pub timeframe: Option<Timeframe>,
    /// Those whose key holds this text, whatever its case.
    pub text: Option<String>,
}

impl SeriesFilter {
    /// Tells whether a series is to be listed.
    pub fn accepts(&self, key: &SeriesKey) -> bool {
        let text = self.text.as_ref();
        self.venue.as_ref().is_none_or(|venue| *venue == key.venue)
            && self.symbol.as_ref().is_none_or(|symbol| *symbol == key.symbol)
            && self.timeframe.is_none_or(|timeframe| timeframe == key.timeframe)
            && text.is_none_or(|text| key.to_string().to_lowercase().contains(&text.to_lowercase()))
    }
}

/// What series are sorted by; ties are broken by key, and series without the figure come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeriesSort {
    /// Venue, symbol and timeframe.
    #[default]
    Key,
    /// The number of bars.
    Bars,
    /// The time of the first bar.
    First,
    /// The time of the last bar.
    Last,
    /// The number of missing bars.
    Gaps,
    /// The time of the newest commit.
    Updated,
}

impl SeriesSort {
    /// Returns the place of a series in a list sorted this way.
    pub fn position(self, head: &SeriesHead) -> SeriesPosition {
        let rank = match self {
            Self::Key => None,
            Self::Bars => Some(head.bars as i64),
            Self::First => head.first.map(super::Timestamp::micros),
            Self::Last => head.last.map(super::Timestamp::micros),
            Self::Gaps => Some(head.gaps as i64),
            Self::Updated => Some(head.updated_at.micros()),
        };
        SeriesPosition {
            rank,
            key: head.key.clone(),
        }
    }

    /// Compares two places of a list that is sorted this way; series without the figure come last either way.
    pub fn compare(order: Order, a: &SeriesPosition, b: &SeriesPosition) -> std::cmp::Ordering {
        let turned = |ordering: std::cmp::Ordering| match order {
            Order::Ascending => ordering,
            Order::Descending => ordering.reverse(),
        };
        match (a.rank, b.rank) {
            (Some(x), Some(y)) => turned(x.cmp(&y)).then_with(|| turned(a.key.cmp(&b.key))),
            (None, None) => turned(a.key.cmp(&b.key)),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
        }
    }
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

/// Asks for a page of the catalogue.
#[derive(Debug, Clone)]
pub struct SeriesQuery {
    /// Which series.
    pub filter: SeriesFilter,
    /// Sorted by what.
    pub sort: SeriesSort,
    /// Which way.
    pub order: Order,
    /// The page.
    pub page: PageRequest<SeriesPosition>,
}

/// Asks for bars.
#[derive(Debug, Clone)]
pub struct BarsQuery {
    /// Of which series.
    pub key: SeriesKey,
    /// In which state.
    pub as_of: AsOf,
    /// From when to when.
    pub range: TimeRange,
    /// Which columns.
    pub columns: ColumnSet,
    /// At most how many bars, counted in the order of the read.
    pub limit: Option<u64>,
    /// Oldest or newest first.
    pub order: Order,
}

impl BarsQuery {
    /// Asks for all columns of all bars of the newest version, oldest first.
    pub fn all(key: SeriesKey) -> Self {
        Self {
            key,
            as_of: AsOf::Head,
            range: TimeRange::ALL,
            columns: ColumnSet::ALL,
            limit: None,
            order: Order::Ascending,
        }
    }
}

/// What a write does with the bars that it brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    /// Insert them, or put them in the place of those with the same time.
    Upsert,
    /// Make them the only bars of a range, in which all of them must lie.
    ReplaceRange(TimeRange),
    /// Empty a range; the write brings no bars.
    DeleteRange(TimeRange),
}

impl WriteKind {
    /// Returns the digest of a whole write, bars with the digest `bars` and what is done with them: what stores keep
    /// with an idempotency key. It is the sum of `bars` and the XXH3-128 of the deed's text.
    pub fn payload(self, bars: SetDigest) -> SetDigest {
        let deed = match self {
            Self::Upsert => "upsert".to_owned(),
            Self::ReplaceRange(range) => format!("replace {} {}", range.first_micros(), range.last_micros()),
            Self::DeleteRange(range) => format!("delete {} {}", range.first_micros(), range.last_micros()),
        };
        bars.plus(SetDigest::from_u128(xxh3_128(deed.as_bytes())))
    }
}

/// Who writes, why, and where the bars came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteMeta {
    /// Who writes.
    pub author: Author,
    /// Why.
    pub reason: Option<String>,
    /// The import that the write belongs to.
    pub import_id: Option<ImportId>,
    /// The name of the file or folder that the bars came from.
    pub source_name: Option<String>,
    /// The SHA-256 of that file.
    pub source_sha256: Option<Sha256Hex>,
}

impl WriteMeta {
    /// Names the author and nothing else.
    pub fn by(author: Author) -> Self {
        Self {
            author,
            reason: None,
            import_id: None,
            source_name: None,
            source_sha256: None,
        }
    }
}

/// A write, to be made as one commit.
pub struct PriceWrite<'a> {
    /// What to do with the bars.
    pub kind: WriteKind,
    /// The bars.
    pub bars: BarStream<'a>,
    /// The version that the head must have; [`Version::EMPTY`] for a series that must not exist yet.
    pub expected: Option<Version>,
    /// A key under which the write may be repeated and is made once.
    pub idempotency_key: Option<String>,
    /// Who, why and from where.
    pub meta: WriteMeta,
}

impl<'a> PriceWrite<'a> {
    /// Upserts bars that are in memory.
    pub fn upsert(bars: Bars, author: Author) -> PriceWrite<'a> {
        Self::new(
            WriteKind::Upsert,
            stream::iter([Ok(bars)]).boxed(),
            WriteMeta::by(author),
        )
    }

    /// Makes a write that expects no version and can't be repeated.
    pub fn new(kind: WriteKind, bars: BarStream<'a>, meta: WriteMeta) -> Self {
        Self {
            kind,
            bars,
            expected: None,
            idempotency_key: None,
            meta,
        }
    }
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It made a version.
    Committed(Commit),
    /// Nothing differed, bit for bit; the head stays what it is (`None`: the series does not exist).
    Unchanged(Option<SeriesHead>),
    /// It had been made before under the same idempotency key.
    Repeated(Commit),
}

impl Written {
    /// Returns the commit, if the write made one now or before.
    pub fn commit(&self) -> Option<&Commit> {
        match self {
            Self::Committed(commit) | Self::Repeated(commit) => Some(commit),
            Self::Unchanged(_) => None,
        }
    }
}

/// A commit that was made elsewhere, and what it changed.
pub struct Replay<'a> {
    /// The commit, as it was.
    pub commit: Commit,
    /// What it changed against the version before.
    pub changes: ChangeStream<'a>,
}

/// Asks for an earlier version's contents to be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revert {
    /// The version; 0 empties the series.
    pub to: Version,
    /// The version that the head must have.
    pub expected: Option<Version>,
    /// Who and why.
    pub meta: WriteMeta,
}

/// Asks for a page of commits.
#[derive(Debug, Clone)]
pub struct CommitsQuery {
    /// Of which series.
    pub key: SeriesKey,
    /// The page.
    pub page: PageRequest<Version>,
}

/// Asks for a page of gaps.
#[derive(Debug, Clone)]
pub struct GapsQuery {
    /// Of which series.
    pub key: SeriesKey,
    /// The gaps that begin in this range.
    pub range: TimeRange,
    /// The page; positions are the first missing times.
    pub page: PageRequest<super::Timestamp>,
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
