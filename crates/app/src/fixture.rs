//! A file store in a temporary folder, for the tests of this crate.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{
    clock::Clock,
    id::IdSource,
    market::{Author, Bar, Bars, PriceWrite, SeriesKey, Timestamp},
};
use store_file::{FileStore, FileStoreOptions};
use tempfile::TempDir;
use testkit::{clock::SteppingClock, ids::SeededIds};

use crate::{
    progress::{Progress, Stage},
    stores::Stores,
};

const DAY: i64 = 86_400_000_000;

pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) stores: Stores,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SteppingClock::new("2024-06-01".parse().unwrap(), 1_000_000));
        let ids: Arc<dyn IdSource> = Arc::new(SeededIds::new(1));
        let stores = open(&folder.path().join("store"), &clock, &ids);
        Self {
            folder,
            stores,
            clock,
            ids,
        }
    }

    /// Opens the store once more, with nothing remembered.
    pub(crate) fn reopen(&self) -> Stores {
        open(&self.root().join("store"), &self.clock, &self.ids)
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn write(&self, key: &SeriesKey, bars: Bars) {
        self.stores
            .prices
            .commit(key, PriceWrite::upsert(bars, author()))
            .await
            .unwrap();
    }
}

/// Opens a store on files.
pub(crate) fn open(root: &Path, clock: &Arc<dyn Clock>, ids: &Arc<dyn IdSource>) -> Stores {
    let options = FileStoreOptions::new(Arc::clone(clock), Arc::clone(ids));
    let store = Arc::new(FileStore::open(root, options).unwrap());
    Stores {
        instruments: store.clone(),
        prices: store.clone(),
        imports: store.clone(),
        files: Some(store),
    }
}

pub(crate) fn author() -> Author {
    "local:ada".parse().unwrap()
}

pub(crate) fn key(text: &str) -> SeriesKey {
    text.parse().unwrap()
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Bars `step` µs apart, the price rising by one each.
pub(crate) fn rising(start: &str, step: i64, count: usize) -> Bars {
    let start = time(start).micros();
    let bar = |number: usize| {
        let price = 100.0 + number as f64;
        let time = start + number as i64 * step;
        Bar {
            time,
            open: price,
            high: price + 1.0,
            low: price - 1.0,
            close: price,
            volume: 1.0,
        }
    };
    Bars::from_rows(&(0..count).map(bar).collect::<Vec<_>>()).unwrap()
}

/// A CSV file of daily bars, the price rising by one each; `close` overrules the close of a row.
pub(crate) fn daily_csv(rows: usize, close: Option<(usize, f64)>) -> String {
    let first = time("2024-01-01").micros();
    let mut text = "Date,Open,High,Low,Close,Volume\n".to_owned();
    for row in 0..rows {
        let price = 100.0 + row as f64;
        let date = Timestamp::saturating(first + row as i64 * DAY).to_string();
        let close = close
            .filter(|(at, _)| *at == row)
            .map_or(price, |(_, close)| close);
        let (high, low) = (price + 1.0, price - 1.0);
        writeln!(text, "{},{price},{high},{low},{close},10", &date[..10]).unwrap();
    }
    text
}

/// Stops a use case once it has come to writing for the given time.
pub(crate) struct StopAtWrite {
    pub(crate) allowed: u64,
    pub(crate) writes: AtomicU64,
}

impl StopAtWrite {
    pub(crate) fn after(allowed: u64) -> Arc<Self> {
        Arc::new(Self {
            allowed,
            writes: AtomicU64::new(0),
        })
    }
}

impl Progress for StopAtWrite {
    fn begin(&self, stage: &Stage, _total: Option<u64>) {
        if matches!(stage, Stage::Writing(_)) {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn advance(&self, _units: u64, _rows: u64) {}

    fn cancelled(&self) -> bool {
        self.writes.load(Ordering::SeqCst) > self.allowed
    }
}
