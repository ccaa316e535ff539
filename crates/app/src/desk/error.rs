//! Why the desk does not do what it was asked to.

use domain::{error::StoreError, id::ImportId, market::RejectedRow};
use interchange::write_rejected;

use super::ImportPhase;
use crate::import::ImportError;

/// Why the desk does not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Too many imports are under way.
    #[error(
        "too many imports are under way; wait until some have ended, or cancel dry runs that nobody confirms"
    )]
    Busy,
    /// The server is shutting down.
    #[error("no import is taken any more: the server is shutting down")]
    Closed,
    /// There is no such import.
    #[error("import {0} does not exist")]
    NotFound(ImportId),
    /// It is no dry run that could be confirmed.
    #[error("only a dry run that has been checked can be confirmed, and this import is {0}")]
    NotChecked(ImportPhase),
    /// It has not ended.
    #[error("the import is still under way; cancel it, or wait for its end")]
    UnderWay,
    /// It has ended.
    #[error("the import is {0} and can't be cancelled here; `undo` takes back what it committed")]
    Ended(ImportPhase),
    /// The import itself was refused or failed.
    #[error("{0}")]
    Import(#[from] ImportError),
    /// The store could not answer, or a series has moved.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The rows that were turned away can't be put together.
    #[error("the rejected rows can't be written")]
    Rejected(#[source] std::io::Error),
}

pub(super) fn csv_of(rows: &[RejectedRow]) -> Result<Vec<u8>, DeskError> {
    let mut text = Vec::new();
    write_rejected(rows, &mut text).map_err(DeskError::Rejected)?;
    Ok(text)
}
