//! Opening a store, and what all its parts share.

use std::{
    collections::HashMap,
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{clock::Clock, error::StoreError, id::IdSource, market::SeriesKey};

use crate::{
    backtest::Index,
    blocking::Workers,
    document,
    fault::{ReadOnly, damaged, file_fault},
    journal::CachedSeries,
    layout::Layout,
    lock::WriterLine,
    staging::{self, Staging},
    strategy::UnreadableStrategies,
    vfs::{OsVfs, Vfs},
};

/// What the root's marker says, to the byte.
const MARKER: &[u8] = b"{\"chandlery\":\"file store\",\"format\":1}\n";

/// What a store needs besides its root.
#[derive(Clone)]
pub struct FileStoreOptions {
    /// Where commits get their time from.
    pub clock: Arc<dyn Clock>,
    /// Where series and chunks get their ids from.
    pub ids: Arc<dyn IdSource>,
    /// The file system.
    pub vfs: Arc<dyn Vfs>,
    /// How long a writer waits for its turn.
    pub lock_wait: Duration,
}

impl FileStoreOptions {
    /// Takes the file system of the operating system, and lets writers wait for ten seconds.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            clock,
            ids,
            vfs: Arc::new(OsVfs),
            lock_wait: Duration::from_secs(10),
        }
    }
}

impl fmt::Debug for FileStoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStoreOptions")
            .field("vfs", &self.vfs)
            .field("lock_wait", &self.lock_wait)
            .finish_non_exhaustive()
    }
}

/// A store on plain files. Clones share one handle; several handles, of one process or of many, share one root.
#[derive(Clone)]
pub struct FileStore {
    pub(crate) shared: Arc<Shared>,
}

impl FileStore {
    /// Opens the store under `root`, and makes it when the folder is missing or empty.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the folder can't be read or made, or holds something else;
    /// [`StoreError::Corrupt`] when its marker is damaged.
    pub fn open(root: &Path, options: FileStoreOptions) -> Result<Self, StoreError> {
        let layout = Layout::new(root);
        let shared = Shared {
            layout,
            vfs: options.vfs,
            clock: options.clock,
            ids: options.ids,
            lock_wait: options.lock_wait,
            line: WriterLine::default(),
            workers: Workers::new(),
            read_only: AtomicBool::new(false),
            staging: OnceLock::new(),
            series: Mutex::new(HashMap::new()),
            runs: Mutex::new(None),
            unreadable_strategies: UnreadableStrategies::default(),
        };
        shared.prepare_root()?;
        staging::clean_up(&*shared.vfs, &shared.layout)?;
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Runs a look at the files on a thread that may block.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = self.shared.clone();
        self.shared.workers.run(move || look(&shared)).await
    }

    /// Runs a write, with the right to commit, on a thread that may block.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = self.shared.clone();
        let right = self.shared.write_right().await?;
        self.shared
            .workers
            .run(move || {
                let _right = right;
                write(&shared)
            })
            .await
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("root", &self.shared.layout.root())
            .finish_non_exhaustive()
    }
}

/// What all parts of a store share.
pub(crate) struct Shared {
    pub(crate) layout: Layout,
    pub(crate) vfs: Arc<dyn Vfs>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) lock_wait: Duration,
    pub(crate) line: WriterLine,
    pub(crate) workers: Workers,
    read_only: AtomicBool,
    staging: OnceLock<Staging>,
    /// What has been read of journals; every use looks whether they have grown.
    pub(crate) series: Mutex<HashMap<SeriesKey, Arc<CachedSeries>>>,
    /// What lists of backtests need, once somebody has asked for one; every use looks whether something has changed.
    pub(crate) runs: Mutex<Option<Index>>,
    pub(crate) unreadable_strategies: UnreadableStrategies,
}

impl Shared {
    fn prepare_root(&self) -> Result<(), StoreError> {
        let marker = self.layout.marker();
        match self.vfs.read_from(&marker, 0) {
            Ok(found) if found == MARKER => {}
            Ok(found) => {
                let found = String::from_utf8_lossy(&found[..found.len().min(80)])
                    .trim()
                    .to_owned();
                return Err(damaged(
                    &marker,
                    format!("it does not mark a store of this format: {found}"),
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.mark_root()?,
            Err(error) => return Err(file_fault("read", &marker, error)),
        }
        let folders = [
            self.layout.staging(),
            self.layout.all_series(),
            self.layout.instruments(),
            self.layout.imports(),
            self.layout.strategies(),
            self.layout.backtests(),
            self.layout.sweeps(),
            self.layout.jobs(),
        ];
        for folder in folders {
            self.make_folders(&folder)?;
        }
        Ok(())
    }

    fn mark_root(&self) -> Result<(), StoreError> {
        let root = self.layout.root();
        self.make_folders(root)?;
        // Another process may be making the same store right now: its marker is the same to the byte.
        let known = [
            "chandlery.json",
            "staging",
            "series",
            "instruments",
            "imports",
            "strategies",
            "backtests",
            "sweeps",
            "jobs",
            "changes.log",
            "lock",
        ];
        let entries = self
            .vfs
            .list(root)
            .map_err(|error| file_fault("list", root, error))?;
        let foreign = entries
            .iter()
            .find(|entry| !entry.name.starts_with('.') && !known.contains(&entry.name.as_str()));
        if let Some(entry) = foreign {
            let problem = format!(
                "it holds `{}` and is no store; give an empty or a new folder",
                entry.name
            );
            return Err(file_fault("make a store in", root, io::Error::other(problem)));
        }
        document::replace(self, &self.layout.marker(), MARKER)
    }

    /// Returns the folder for uncommitted files, made when it is first needed.
    pub(crate) fn staging(&self) -> Result<&Staging, StoreError> {
        loop {
            if let Some(staging) = self.staging.get() {
                return Ok(staging);
            }
            let name = self.ids.next_uuid().simple().to_string();
            let staging = Staging::create(&*self.vfs, &self.layout, &name)?;
            if let Some(staging) = staging
                && let Err(late) = self.staging.set(staging)
            {
                // Another thread was faster: its folder serves, this one goes.
                self.discard_folder(late.folder());
            }
        }
    }

    /// Refuses when a sync has failed before.
    pub(crate) fn check_writable(&self) -> Result<(), StoreError> {
        if self.read_only.load(Ordering::Acquire) {
            Err(StoreError::unavailable(ReadOnly))
        } else {
            Ok(())
        }
    }

    /// Passes the result of a sync on; after a failure nothing is written any more.
    pub(crate) fn synced(&self, path: &Path, result: io::Result<()>) -> Result<(), StoreError> {
        result.map_err(|error| {
            self.read_only.store(true, Ordering::Release);
            tracing::error!(path = %path.display(), %error, "a sync failed; the store is read-only from now on");
            file_fault("sync", path, error)
        })
    }

    /// Makes a file that survives a loss of power once its folder is synced.
    pub(crate) fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        self.check_writable()?;
        let mut file = self
            .vfs
            .create(path)
            .map_err(|error| file_fault("make", path, error))?;
        file.append(bytes)
            .map_err(|error| file_fault("write", path, error))?;
        self.synced(path, file.sync())
    }

    pub(crate) fn sync_folder(&self, path: &Path) -> Result<(), StoreError> {
        self.synced(path, self.vfs.sync_folder(path))
    }

    /// Makes a folder and those above it, and syncs the folders that got a new entry.
    pub(crate) fn make_folders(&self, path: &Path) -> Result<(), StoreError> {
        let mut missing: Vec<PathBuf> = Vec::new();
        let mut folder = path;
        let made = loop {
            match self.vfs.create_folder(folder) {
                Ok(made) => break made,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    missing.push(folder.to_owned());
                    match folder.parent() {
                        Some(parent) if !parent.as_os_str().is_empty() => folder = parent,
                        _ => return Err(file_fault("make the folder", path, error)),
                    }
                }
                Err(error) => return Err(file_fault("make the folder", folder, error)),
            }
        };
        if made && let Some(parent) = folder.parent() {
            self.sync_parent(parent)?;
        }
        while let Some(folder) = missing.pop() {
            self.vfs
                .create_folder(&folder)
                .map_err(|error| file_fault("make the folder", &folder, error))?;
            if let Some(parent) = folder.parent() {
                self.sync_parent(parent)?;
            }
        }
        Ok(())
    }

    fn sync_parent(&self, parent: &Path) -> Result<(), StoreError> {
        let parent = if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        };
        self.sync_folder(parent)
    }

    /// Tells whether there is a file.
    pub(crate) fn has_file(&self, path: &Path) -> Result<bool, StoreError> {
        match self.vfs.len(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(file_fault("look at", path, error)),
        }
    }

    /// Takes a folder out of sight at once, then removes it; its parent is still to be synced.
    pub(crate) fn bury(&self, folder: &Path) -> Result<(), StoreError> {
        self.check_writable()?;
        let grave = self.staging()?.path(&self.ids.next_uuid().simple().to_string());
        self.vfs
            .rename(folder, &grave)
            .map_err(|error| file_fault("remove", folder, error))?;
        // Leftovers go with the staging folder at the latest.
        self.discard_folder(&grave);
        Ok(())
    }

    /// Removes a file that nothing refers to; one that stays does no harm.
    pub(crate) fn discard_file(&self, path: &Path) {
        if let Err(error) = self.vfs.remove_file(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!(path = %path.display(), %error, "could not remove an unused file");
        }
    }

    /// Removes a folder that nothing refers to; one that stays is removed when the store is opened next.
    pub(crate) fn discard_folder(&self, path: &Path) {
        if let Err(error) = self.vfs.remove_folder(path) {
            tracing::debug!(path = %path.display(), %error, "could not remove an unused folder");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(staging) = self.staging.get() {
            self.discard_folder(staging.folder());
        }
    }
}
