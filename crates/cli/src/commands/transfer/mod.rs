//! The commands that move whole stores: `copy`, `backup`, `restore`.

pub(crate) mod backup;
pub(crate) mod copy;
mod report;
pub(crate) mod restore;

use std::path::Path;

use app::{backup::BackupError, stores::Stores};

use domain::error::StoreError;

use crate::{failure::StoreOfFlag, session::Session, settings::StoreUrl, wire};

/// Opens the store on files in the folder of a backup.
async fn open_folder(session: &Session, folder: &Path) -> anyhow::Result<Stores> {
    let url = StoreUrl::File(folder.to_owned());
    let (clock, ids) = (session.clock.clone(), session.ids.clone());
    wire::open_url(&url, &session.settings, clock, ids).await
}

/// Refuses a store that is not there: opening it to read it would make it.
pub(super) fn must_exist(flag: &'static str, url: &StoreUrl) -> anyhow::Result<()> {
    if url.may_exist() {
        return Ok(());
    }
    let error = StoreError::unavailable(format!("there is no store at {url}"));
    Err(anyhow::Error::from(error).context(StoreOfFlag(flag)))
}

/// Takes an error about a transfer out of the one about the backup that it was part of.
fn unwrapped(error: BackupError) -> anyhow::Error {
    match error {
        BackupError::Transfer(error) => error.into(),
        error => error.into(),
    }
}
