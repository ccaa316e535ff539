//! Describing the commit that a write makes.

use domain::market::{Commit, CommitKind, MergeTally, SetDigest, Timestamp, Version, WriteKind, WriteMeta};

use crate::{access::ChunkMeta, incoming::Incoming};

/// What counts of the newest commit when the next is made; the default stands for a series that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LastCommit {
    /// The version that it made.
    pub version: Version,
    /// How many bars the series holds.
    pub bars: u64,
    /// The digest of the series.
    pub digest: SetDigest,
    /// When it was committed.
    pub committed_at: Option<Timestamp>,
}

impl From<&Commit> for LastCommit {
    fn from(commit: &Commit) -> Self {
        Self {
            version: commit.version,
            bars: commit.bars,
            digest: commit.digest,
            committed_at: Some(commit.committed_at),
        }
    }
}

impl LastCommit {
    /// Returns the version, the bars and the digest that `tally` leads to.
    pub(crate) fn advanced_by(&self, tally: &MergeTally) -> (Version, u64, SetDigest) {
        let bars = self.bars + tally.inserted - tally.deleted;
        (self.version.next(), bars, tally.applied_to(self.digest))
    }
}

/// What a commit tells of its write, whatever that finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What kind of write it is.
    pub kind: CommitKind,
    /// Who, why and from where.
    pub meta: WriteMeta,
    /// The key under which the write may be repeated.
    pub idempotency_key: Option<String>,
    /// The digest of what is written under that key.
    pub payload: Option<SetDigest>,
}

impl Deed {
    /// Describes a write of `kind` that brings `incoming`.
    pub fn of<S: ChunkMeta>(
        kind: WriteKind,
        incoming: &Incoming<S>,
        meta: WriteMeta,
        idempotency_key: Option<String>,
    ) -> Self {
        let payload = idempotency_key.as_ref().map(|_| kind.payload(incoming.digest()));
        let kind = match kind {
            WriteKind::Upsert => CommitKind::Upsert,
            WriteKind::ReplaceRange(_) => CommitKind::Replace,
            WriteKind::DeleteRange(_) => CommitKind::Delete,
        };
        Self {
            kind,
            meta,
            idempotency_key,
            payload,
        }
    }

    /// Describes a write that can't be repeated.
    pub fn once(kind: CommitKind, meta: WriteMeta) -> Self {
        Self {
            kind,
            meta,
            idempotency_key: None,
            payload: None,
        }
    }
}

/// Returns the commit that follows `last` and changes what `tally` says. Its time is `now`, or just behind that of
/// the last one where the clock went back.
pub fn describe(last: &LastCommit, tally: &MergeTally, deed: Deed, now: Timestamp) -> Commit {
    let (version, bars, digest) = last.advanced_by(tally);
    let earliest = last.committed_at.map_or(Timestamp::MIN, |committed_at| {
        Timestamp::saturating(committed_at.micros() + 1)
    });
    Commit {
        version,
        kind: deed.kind,
        author: deed.meta.author,
        reason: deed.meta.reason,
        import_id: deed.meta.import_id,
        source_name: deed.meta.source_name,
        source_sha256: deed.meta.source_sha256,
        inserted: tally.inserted,
        changed: tally.changed,
        deleted: tally.deleted,
        bars,
        digest,
        committed_at: now.max(earliest),
        idempotency_key: deed.idempotency_key,
        payload: deed.payload,
    }
}
