//! What the store says when a file lets it down.

use std::{
    io,
    path::{Path, PathBuf},
};

use domain::error::StoreError;

/// A file operation failed.
#[derive(Debug, thiserror::Error)]
#[error("can't {action} {}: {source}", path.display())]
struct FileFault {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// What is stored in a file is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Damaged(pub(crate) String);

/// Another process holds the lock.
#[derive(Debug, thiserror::Error)]
#[error("{} is held by another writer, and {waited_ms} ms were not enough; try again", path.display())]
pub(crate) struct Locked {
    pub(crate) path: PathBuf,
    pub(crate) waited_ms: u128,
}

/// The store writes nothing any more.
#[derive(Debug, thiserror::Error)]
#[error(
    "the store is read-only since a sync to disk failed, after which nobody can tell what is on the disk; \
     check the disk, then open the store again"
)]
pub(crate) struct ReadOnly;

/// A background task broke off.
#[derive(Debug, thiserror::Error)]
#[error("a background task of the store broke off: {0}")]
pub(crate) struct TaskFault(pub(crate) tokio::task::JoinError);

/// Says which operation failed on which file.
pub(crate) fn file_fault(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::unavailable(FileFault {
        action,
        path: path.to_owned(),
        source,
    })
}

/// Says which file is damaged, and how.
pub(crate) fn damaged(path: &Path, problem: impl Into<String>) -> StoreError {
    StoreError::corrupt(path.display(), Damaged(problem.into()))
}
