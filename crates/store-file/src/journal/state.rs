//! The state of a series: what its commits so far lead to.

use std::{collections::HashSet, sync::Arc};

use domain::{
    id::SeriesId,
    market::{Commit, SeriesHead, SeriesKey, SetDigest, Timestamp, Version},
};
use uuid::Uuid;

use super::record::{Checkpoint, CommitRecord};
use crate::chunk::ChunkMeta;

/// A version of a series: its commits since the last checkpoint and its live chunks.
#[derive(Debug, Clone)]
pub(crate) struct SeriesState {
    pub(crate) id: SeriesId,
    pub(crate) key: SeriesKey,
    /// The version of the checkpoint.
    pub(crate) base: Version,
    /// The commit of the checkpoint.
    pub(crate) base_commit: Option<Arc<Commit>>,
    /// The commits behind the checkpoint, in order.
    pub(crate) commits: Vec<Arc<Commit>>,
    pub(crate) gaps: u64,
    /// The live chunks, by time.
    pub(crate) chunks: Arc<Vec<Arc<ChunkMeta>>>,
}

impl SeriesState {
    /// The state of a series before its first commit.
    pub(crate) fn empty(id: SeriesId, key: SeriesKey) -> Self {
        Self::from_checkpoint(Checkpoint {
            id,
            key,
            commit: None,
            gaps: 0,
            chunks: Vec::new(),
        })
    }

    pub(crate) fn from_checkpoint(checkpoint: Checkpoint) -> Self {
        Self {
            id: checkpoint.id,
            key: checkpoint.key,
            base: checkpoint
                .commit
                .as_ref()
                .map_or(Version::EMPTY, |commit| commit.version),
            base_commit: checkpoint.commit,
            commits: Vec::new(),
            gaps: checkpoint.gaps,
            chunks: Arc::new(checkpoint.chunks),
        }
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            id: self.id,
            key: self.key.clone(),
            commit: self.last_commit().cloned(),
            gaps: self.gaps,
            chunks: self.chunks.to_vec(),
        }
    }

    /// Adds a commit; says what is wrong when it does not fit.
    pub(crate) fn apply(&mut self, record: CommitRecord) -> Result<(), String> {
        let expected = self.version().next();
        if record.commit.version != expected {
            return Err(format!(
                "version {} stands where {expected} belongs",
                record.commit.version
            ));
        }
        self.chunks = Arc::new(changed_chunks(&self.chunks, &record.add, &record.retire)?);
        self.gaps = record.gaps;
        self.commits.push(record.commit);
        Ok(())
    }

    pub(crate) fn last_commit(&self) -> Option<&Arc<Commit>> {
        self.commits.last().or(self.base_commit.as_ref())
    }

    pub(crate) fn version(&self) -> Version {
        self.last_commit().map_or(Version::EMPTY, |commit| commit.version)
    }

    pub(crate) fn digest(&self) -> SetDigest {
        self.last_commit()
            .map_or(SetDigest::EMPTY, |commit| commit.digest)
    }

    /// Returns a commit that this state holds itself.
    pub(crate) fn own_commit(&self, version: Version) -> Option<&Arc<Commit>> {
        if version == self.base {
            return self.base_commit.as_ref();
        }
        let index = version.0.checked_sub(self.base.0 + 1)?;
        self.commits.get(usize::try_from(index).ok()?)
    }

    pub(crate) fn head(&self) -> Option<SeriesHead> {
        let commit = self.last_commit()?;
        Some(SeriesHead {
            key: self.key.clone(),
            id: self.id,
            version: commit.version,
            bars: commit.bars,
            first: self
                .chunks
                .first()
                .map(|chunk| Timestamp::saturating(chunk.first)),
            last: self.chunks.last().map(|chunk| Timestamp::saturating(chunk.last)),
            gaps: self.gaps,
            digest: commit.digest,
            bytes: self.chunks.iter().map(|chunk| chunk.bytes).sum(),
            updated_at: commit.committed_at,
        })
    }
}

fn changed_chunks(
    live: &[Arc<ChunkMeta>],
    add: &[Arc<ChunkMeta>],
    retire: &[Uuid],
) -> Result<Vec<Arc<ChunkMeta>>, String> {
    let retired: HashSet<Uuid> = retire.iter().copied().collect();
    let mut chunks: Vec<_> = live
        .iter()
        .filter(|chunk| !retired.contains(&chunk.id))
        .cloned()
        .collect();
    if chunks.len() + retired.len() != live.len() {
        return Err("it retires a chunk that is not live".to_owned());
    }
    chunks.extend(add.iter().cloned());
    chunks.sort_by_key(|chunk| chunk.first);
    if chunks.windows(2).any(|pair| pair[1].first <= pair[0].last) {
        return Err("two live chunks overlap".to_owned());
    }
    Ok(chunks)
}
