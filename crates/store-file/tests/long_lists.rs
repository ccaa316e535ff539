//! Lists of ten thousand backtests: quick once they are known, and without a look at what has not changed.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestResult, BacktestSettings, BacktestSort, BacktestStore,
        BacktestsFilter, BacktestsQuery, Costs, Metric, Metrics, NewBacktest, Origin, RunStatus,
    },
    id::BacktestId,
    market::{Order, Timestamp},
    page::PageRequest,
};
use store_file::{
    FileStore, FileStoreOptions,
    vfs::{Entry, LockGuard, OsVfs, Vfs, VfsFile},
};
use testkit::{clock::SteppingClock, ids::SeededIds};

const BACKTESTS: usize = 10_000;
const PAGE: usize = 50;

/// The file system without its syncs, which take longer than everything else; it counts what is read.
#[derive(Debug, Default)]
struct Unsynced {
    reads: AtomicUsize,
}

struct UnsyncedFile(Box<dyn VfsFile>);

impl VfsFile for UnsyncedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.truncate(len)
    }
}

impl Vfs for Unsynced {
    fn create_folder(&self, path: &Path) -> io::Result<bool> {
        OsVfs.create_folder(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn VfsFile>> {
        Ok(Box::new(UnsyncedFile(OsVfs.create(path)?)))
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn VfsFile>> {
        OsVfs.open_append(path)
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Vec<u8>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        OsVfs.read_from(path, offset)
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        OsVfs.len(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        OsVfs.list(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsVfs.rename(from, to)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        OsVfs.remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        OsVfs.remove_folder(path)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn LockGuard>>> {
        OsVfs.try_lock(path)
    }
}

fn open(root: &Path, ids: &Arc<SeededIds>) -> (FileStore, Arc<Unsynced>) {
    let clock = Arc::new(SteppingClock::new(Timestamp::EPOCH, 1));
    let vfs = Arc::new(Unsynced::default());
    let mut options = FileStoreOptions::new(clock, ids.clone());
    options.vfs = vfs.clone();
    (FileStore::open(root, options).unwrap(), vfs)
}

/// A backtest with the figures of a real one; without a result, which no list looks at.
fn backtest(ids: &SeededIds, number: usize) -> NewBacktest {
    let metric = |name: &&str| {
        let metric = Metric {
            value: Some(number as f64 * 7.3 % 10.0),
            basis: "daily returns, N = 252, of the equity at each session's last close".to_owned(),
            reason: None,
        };
        ((*name).to_owned(), metric)
    };
    let settings = BacktestSettings {
        start: None,
        end: None,
        parameters: [("fast".to_owned(), 10.0), ("slow".to_owned(), 30.0)].into(),
        cash: 10_000.0,
        costs: Costs::default(),
        sessions_per_year: 252.0,
        zone: "UTC".parse().unwrap(),
        risk_free: 0.0,
    };
    let backtest = Backtest {
        id: BacktestId::next(ids),
        status: RunStatus::Failed,
        origin: Origin::Engine,
        strategy: None,
        inputs: Vec::new(),
        settings,
        title: Some(format!("the run with number {number}")),
        notes: None,
        tags: [format!("tag {}", number % 10)].into(),
        author: "local:ada".parse().unwrap(),
        created_at: Timestamp::EPOCH,
        finished_at: None,
        sweep: None,
        engine: None,
        digest: None,
        span: None,
        metrics: BacktestSort::FIGURES.iter().map(metric).collect::<Metrics>(),
        failure: None,
    };
    NewBacktest {
        backtest,
        result: BacktestResult::default(),
    }
}

fn best() -> BacktestsQuery {
    BacktestsQuery {
        filter: BacktestsFilter::default(),
        sort: BacktestSort::Figure("sharpe"),
        order: Order::Descending,
        page: PageRequest::first(PAGE),
    }
}

#[tokio::test]
async fn a_page_of_ten_thousand_backtests_is_quick_and_reads_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let (root, ids) = (folder.path().join("store"), Arc::new(SeededIds::new(1)));
    let (writer, _) = open(&root, &ids);
    for number in 0..BACKTESTS {
        writer.add_backtest(&backtest(&ids, number)).await.unwrap();
    }
    let (reader, vfs) = open(&root, &ids);
    let begin = Instant::now();
    let first = reader.backtests(best()).await.unwrap();
    println!("the first list took {:?}", begin.elapsed());
    assert_eq!(first.items.len(), PAGE);

    let (limit, start, mut quickest) = (Duration::from_millis(20), Instant::now(), Duration::MAX);
    // Others that use the machine make it slower, and for no more than a minute.
    while quickest >= limit {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "a list took {quickest:?}"
        );
        let (begin, before) = (Instant::now(), vfs.reads.load(Ordering::Relaxed));
        let page = reader.backtests(best()).await.unwrap();
        quickest = quickest.min(begin.elapsed());
        assert_eq!(page, first);
        let read = vfs.reads.load(Ordering::Relaxed) - before;
        // Each may be looked for in two places.
        assert!(read <= 2 * PAGE, "{read} files were read for {PAGE} backtests");
    }
    println!("a list took {quickest:?}");

    let edit = BacktestEdit {
        title: Some(Some("another".to_owned())),
        ..BacktestEdit::default()
    };
    let edited = writer.edit_backtest(first.items[7].id, edit).await.unwrap();
    let before = vfs.reads.load(Ordering::Relaxed);
    let page = reader.backtests(best()).await.unwrap();
    assert_eq!(page.items[7], edited);
    let read = vfs.reads.load(Ordering::Relaxed) - before;
    assert!(
        read <= 2 * PAGE + 4,
        "{read} files were read after one had changed"
    );
}
