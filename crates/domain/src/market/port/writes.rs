//! What is written, and what becomes of it.

use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use xxhash_rust::xxh3::xxh3_128;

use super::ChangeStream;
use crate::{
    error::StoreError,
    id::ImportId,
    market::{Author, Bars, Commit, SeriesHead, SetDigest, Sha256Hex, TimeRange, Version},
};

/// Bars to write: ascending across batches, each batch bounded (65,536 bars are a good size).
pub type BarStream<'a> = BoxStream<'a, Result<Bars, StoreError>>;

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
