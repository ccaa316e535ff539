//! Why an import was not made.

use std::{fmt, io, path::PathBuf};

use domain::{error::StoreError, id::ImportId, market::SeriesKey};
use interchange::ReadError;
use tokio::task::JoinError;

use super::{naming::NamingError, quarantine::QuarantineFile};
use crate::progress::Cancelled;

/// Why an import, its dry run or its undoing was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The series can't be named.
    #[error("{0}")]
    Naming(#[from] NamingError),
    /// The files were refused or could not be read.
    #[error("{0}")]
    Read(#[source] Box<ReadError>),
    /// More rows were turned away than is tolerated; all of them were written to files.
    #[error("{source}")]
    TooManyRejected {
        /// What the reader says.
        source: Box<ReadError>,
        /// Where the rows are; empty in a dry run.
        quarantine: Vec<QuarantineFile>,
    },
    /// The rows that were turned away could not be written.
    #[error("the rejected rows can't be written to {}", path.display())]
    Quarantine {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store could not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A series could not be written; those before it were.
    #[error("{0}")]
    Commit(#[source] Box<CommitFailure>),
    /// It was told to stop.
    #[error("cancelled{}{}", if committed.is_empty() { "; nothing was written" } else { "" }, Besides(committed))]
    Cancelled {
        /// The series that were committed before.
        committed: Vec<SeriesKey>,
    },
    /// There is no such import.
    #[error("import {0} does not exist")]
    NotFound(ImportId),
    /// A task died.
    #[error("a reading task died")]
    Task(#[from] JoinError),
}

/// A series could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{key} was not written{}: {source}", Besides(committed))]
pub struct CommitFailure {
    /// The series.
    pub key: SeriesKey,
    /// The series that were committed before; importing again completes the import.
    pub committed: Vec<SeriesKey>,
    /// Why.
    pub source: StoreError,
}

struct Besides<'a>(&'a [SeriesKey]);

impl fmt::Display for Besides<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            [one] => write!(
                f,
                "; {one} was committed before and stays, importing again completes the rest"
            ),
            several => {
                write!(
                    f,
                    "; {} series were committed before and stay, importing again completes the rest",
                    several.len()
                )
            }
        }
    }
}

impl From<ReadError> for ImportError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Cancelled => Self::Cancelled {
                committed: Vec::new(),
            },
            error => Self::Read(Box::new(error)),
        }
    }
}

impl From<Cancelled> for ImportError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled {
            committed: Vec::new(),
        }
    }
}
