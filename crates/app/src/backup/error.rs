//! Why a backup was not made, checked or restored.

use std::{io, path::PathBuf};

use domain::error::StoreError;
use tokio::task::JoinError;

use crate::{progress::Cancelled, transfer::TransferError};

/// Why a backup was not made, checked or restored. Damage that a check finds is no error but its result.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder holds no backup.
    #[error(
        "{} has no manifest.json: it holds no backup, or its first one was broken off before it began; \
         `chandlery backup --to DIR` makes one",
        .0.display()
    )]
    NoManifest(PathBuf),
    /// The folder holds a store that is no backup.
    #[error(
        "{} holds a store that is no backup, as it has no manifest.json; give an empty or a new folder \
         (`chandlery copy` copies into a store)",
        .0.display()
    )]
    OtherContents(PathBuf),
    /// The folder holds the backup of another store.
    #[error(
        "{} holds a backup of {theirs}{}; give each store a folder of its own, or pass --moved if that store is this \
         one, moved to another place",
        folder.display(),
        if theirs == ours { " as it was before: another database stands in its place".to_owned() } else { format!(", not of {ours}") }
    )]
    OtherStore {
        /// The folder.
        folder: PathBuf,
        /// The store whose backup it holds, without credentials.
        theirs: String,
        /// The store that was to be backed up, without credentials.
        ours: String,
    },
    /// The manifest that a backup was to go on from is damaged.
    #[error("{}: {problem}; keep the folder as it is and give a new one", file.display())]
    Manifest {
        /// The manifest.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file could not be read or written.
    #[error("can't {action} {}", path.display())]
    File {
        /// What was to be done with it.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
    /// The store in the folder could not answer.
    #[error("the backup: {0}")]
    Store(#[from] StoreError),
    /// The transfer could not be carried out.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// It was told to stop.
    #[error("cancelled")]
    Cancelled(#[from] Cancelled),
    /// A task died.
    #[error("a reading task died")]
    Task(#[from] JoinError),
}

impl BackupError {
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
