//! Stores on the disk that the system's temporary folder is on, gone when the benchmark ends.

use std::sync::Arc;

use anyhow::Result;
use app::{
    ambient::{RandomIds, SystemClock},
    stores::Stores,
};
use domain::market::{Author, Bars, PriceStore, PriceWrite, SeriesKey};
use store_file::{FileStore, FileStoreOptions};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A store and the folder that it lies in.
pub(crate) struct Kept {
    pub(crate) store: Arc<FileStore>,
    _folder: TempDir,
}

impl Kept {
    /// Makes an empty store.
    pub(crate) fn empty() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = FileStoreOptions::new(Arc::new(SystemClock), Arc::new(RandomIds));
        let store = Arc::new(FileStore::open(&folder.path().join("store"), options)?);
        Ok(Self {
            store,
            _folder: folder,
        })
    }

    /// Returns its ports.
    pub(crate) fn ports(&self) -> Stores {
        Stores {
            instruments: self.store.clone(),
            prices: self.store.clone(),
            imports: self.store.clone(),
            strategies: self.store.clone(),
            backtests: self.store.clone(),
            sweeps: self.store.clone(),
            jobs: self.store.clone(),
            files: Some(self.store.clone()),
        }
    }
}

/// Makes a store that holds `bars`.
pub(crate) fn holding(runtime: &Runtime, bars: &Bars) -> Result<Kept> {
    let kept = Kept::empty()?;
    runtime.block_on(
        kept.store
            .commit(&key()?, PriceWrite::upsert(bars.clone(), author()?)),
    )?;
    Ok(kept)
}

/// The series that everything is measured on.
pub(crate) fn key() -> Result<SeriesKey> {
    Ok("SYNTHETIC:BENCH/1m".parse()?)
}

pub(crate) fn author() -> Result<Author> {
    Ok("local:bench".parse()?)
}
