//! What a writer has written and not committed yet: a folder of its own, with a lock that lives as long as the
//! process, so that clean-up can tell leftovers from work.

use std::{io, path::PathBuf};

use domain::error::StoreError;

use crate::{
    fault::file_fault,
    layout::Layout,
    vfs::{LockGuard, Vfs},
};

const LOCK: &str = "lock";

/// A folder for uncommitted files; it is removed on drop, or by the next process if this one dies.
pub(crate) struct Staging {
    folder: PathBuf,
    _lock: Box<dyn LockGuard>,
}

impl Staging {
    /// Makes a folder of the given name; `None` when another process took it for leftovers before it was locked.
    pub(crate) fn create(vfs: &dyn Vfs, layout: &Layout, name: &str) -> Result<Option<Self>, StoreError> {
        let folder = layout.staging().join(name);
        vfs.create_folder(&folder)
            .map_err(|error| file_fault("make the folder", &folder, error))?;
        let path = folder.join(LOCK);
        let lock = match vfs.try_lock(&path) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(file_fault("lock", &path, error)),
        };
        // A lock that can still be found by its name is one that nobody else can take any more.
        let kept = lock.filter(|_| vfs.len(&path).is_ok());
        Ok(kept.map(|lock| Self { folder, _lock: lock }))
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }
}

/// Removes the folders of writers that are gone.
pub(crate) fn clean_up(vfs: &dyn Vfs, layout: &Layout) -> Result<(), StoreError> {
    let staging = layout.staging();
    for entry in vfs
        .list(&staging)
        .map_err(|error| file_fault("list", &staging, error))?
    {
        let folder = staging.join(&entry.name);
        let lock = folder.join(LOCK);
        // A folder without its lock is one that is being made or removed right now, or never got one.
        let Ok(true) = vfs.len(&lock).map(|_| true) else {
            continue;
        };
        if let Ok(Some(_guard)) = vfs.try_lock(&lock)
            && let Err(error) = vfs.remove_folder(&folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "could not remove the leftovers of a writer");
        }
    }
    Ok(())
}
