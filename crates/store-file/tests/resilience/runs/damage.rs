//! One flipped bit in what is kept of a backtest, a sweep or a job is found, its file is named, and all else stays in use.

use std::path::{Path, PathBuf};

use domain::{
    backtest::{BacktestStore, BacktestStoreExt, Sweep, SweepRow, SweepStore, SweepsQuery},
    error::StoreError,
    id::{BacktestId, SweepId},
    job::JobStore,
    page::PageRequest,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store_file::{FileStore, vfs::Vfs};
use testkit::scale;

use super::{LEASE, Step, ended_sweep, everything, id, look, sweep_id, take};
use crate::history::open;
use crate::simulated::SimulatedVfs;

const BACKTESTS: [u64; 4] = [1, 10, 21, 22];
const SWEEPS: [u64; 2] = [20, 30];

async fn backtests(store: &FileStore) -> Vec<BacktestId> {
    let page = store.backtests(everything()).await.unwrap();
    page.items.iter().map(|backtest| backtest.id).collect()
}

async fn sweeps(store: &FileStore) -> Vec<SweepId> {
    let page = PageRequest::first(100);
    let page = store.sweeps(SweepsQuery { page }).await.unwrap();
    page.items.iter().map(|sweep| sweep.id).collect()
}

/// What is damaged, and whether lists leave out that and nothing else.
#[derive(Default)]
struct Damages(Vec<String>);

impl Damages {
    fn report(&mut self, error: StoreError) {
        match error {
            StoreError::Corrupt { entity, .. } => self.0.push(entity),
            other => panic!("damage is to be reported as damage, not as {other}"),
        }
    }

    async fn find(store: &FileStore) -> Self {
        let mut damages = Self::default();
        let (listed, listed_sweeps) = (backtests(store).await, sweeps(store).await);
        let left_out = store.damaged_backtests().await.unwrap();
        for id in BACKTESTS.map(id) {
            match store.backtest(id).await {
                Ok(found) => {
                    assert!(found.is_some() && listed.contains(&id));
                    let results = [
                        store.all_trades(id).await.map(drop),
                        store.equity(id).await.map(drop),
                    ];
                    results
                        .into_iter()
                        .filter_map(Result::err)
                        .for_each(|error| damages.report(error));
                }
                Err(error) => {
                    damages.report(error);
                    assert!(!listed.contains(&id));
                    // What waits has no place among those that have ended.
                    assert_eq!(left_out.contains(&id), id != super::id(10));
                }
            }
        }
        let left_out = store.damaged_sweeps().await.unwrap();
        for id in SWEEPS.map(sweep_id) {
            match store.sweep(id).await {
                Ok(found) => assert!(found.is_some() && listed_sweeps.contains(&id)),
                Err(error) => {
                    damages.report(error);
                    assert!(!listed_sweeps.contains(&id));
                    assert_eq!(left_out.contains(&id), id == sweep_id(20));
                }
            }
        }
        damages
    }
}

/// Makes a disk with a backtest, a sweep with two runs, a job that runs and one that waits.
async fn stored() -> SimulatedVfs {
    let vfs = SimulatedVfs::with_root(Path::new("/"));
    let store = open(&vfs, 1).unwrap();
    for step in [
        Step::Prepare,
        Step::Add(1),
        Step::AddSweep(20),
        Step::Enqueue(10),
        Step::EnqueueSweep(30),
        Step::Take,
    ] {
        take(&store, step).await.unwrap();
    }
    vfs
}

#[tokio::test]
async fn every_flipped_bit_is_found_its_file_is_named_and_nothing_else_is_lost() {
    let seed = 20_260_102;
    println!("seed {seed}");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let intact = stored().await;
    look(&open(&intact.copy(), 5).unwrap()).await.unwrap();
    let waiting = {
        let store = open(&intact.copy(), 5).unwrap();
        let took = store.take_job("another", LEASE).await.unwrap().unwrap();
        format!("/store/jobs/{}.json", took.ticket.job)
    };
    let folders = ["backtests", "sweeps", "jobs"].map(|name| Path::new("/store").join(name));
    let of_runs = |path: &Path| folders.iter().any(|folder| path.starts_with(folder));
    let files: Vec<(PathBuf, usize)> = intact
        .files()
        .into_iter()
        .filter(|(path, _)| of_runs(path))
        .collect();
    assert_eq!(files.len(), 12, "{files:?}");
    let rounds = scale::count(1_000) as usize;
    for round in 0..rounds.max(5 * files.len()) {
        let (path, len) = &files[round % files.len()];
        let (byte, bit) = (chance.random_range(0..*len), chance.random_range(0..8));
        let vfs = intact.copy();
        let before = open(&vfs, 5).unwrap();
        look(&before).await.unwrap();
        vfs.flip(path, byte, bit);
        let name = path.display().to_string();
        let store = open(&vfs, 6).unwrap();
        let found = Damages::find(&store).await.0;
        assert!(
            !found.is_empty() && found.iter().all(|entity| entity.contains(&name)),
            "bit {bit} of byte {byte} of {name}: {found:?}"
        );
        // A store that had looked before goes on, too.
        backtests(&before).await;
        sweeps(&before).await;
        let took = before.take_job("another", LEASE).await.unwrap();
        assert_eq!(took.is_some(), name != waiting, "{name}");
    }
}

/// Returns a document that was stored of something.
fn document(vfs: &SimulatedVfs, id: &str) -> PathBuf {
    let mut paths = vfs.files().into_iter().map(|(path, _)| path);
    let of = |path: &PathBuf| {
        path.extension().is_some_and(|kind| kind == "json") && path.display().to_string().contains(id)
    };
    paths.find(of).unwrap()
}

#[tokio::test]
async fn a_series_is_not_purged_while_a_damaged_document_may_hold_it() {
    let vfs = SimulatedVfs::with_root(Path::new("/"));
    let store = open(&vfs, 1).unwrap();
    take(&store, Step::Prepare).await.unwrap();
    for (step, id) in [
        (Step::Add(1), id(1).to_string()),
        (Step::AddSweep(20), sweep_id(20).to_string()),
        (Step::Enqueue(10), id(10).to_string()),
    ] {
        let vfs = vfs.copy();
        take(&open(&vfs, 2).unwrap(), step).await.unwrap();
        let path = document(&vfs, &id);
        vfs.flip(&path, 30, 1);
        let store = open(&vfs, 3).unwrap();
        for number in [21, 22] {
            // The runs of the sweep hold it, too, and are sound.
            if matches!(step, Step::AddSweep(_)) {
                take(&store, Step::Remove(number)).await.unwrap();
            }
        }
        match take(&store, Step::Purge).await {
            Err(StoreError::Conflict { reason, .. }) => {
                assert!(reason.contains(&path.display().to_string()), "{reason}");
            }
            other => panic!("{step:?}: {other:?}"),
        }
        vfs.remove_file(&path).unwrap();
        take(&store, Step::Purge).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_put_back_is_found_again_without_a_restart() {
    let vfs = stored().await;
    let store = open(&vfs, 2).unwrap();
    let whole = look(&store).await.unwrap();
    for id in [id(1).to_string(), sweep_id(20).to_string(), id(10).to_string()] {
        let path = document(&vfs, &id);
        vfs.flip(&path, 30, 1);
        let store = open(&vfs, 3).unwrap();
        assert!(!Damages::find(&store).await.0.is_empty());
        vfs.flip(&path, 30, 1);
        assert_eq!(look(&store).await.unwrap(), whole);
    }
}

#[tokio::test]
async fn a_sweep_stays_as_long_as_one_of_its_runs_cannot_be_read() {
    let vfs = SimulatedVfs::with_root(Path::new("/"));
    let store = open(&vfs, 1).unwrap();
    take(&store, Step::Prepare).await.unwrap();
    let (sweep, best) = ended_sweep(20);
    let row = |run: BacktestId| SweepRow {
        parameters: Vec::new(),
        figures: Vec::new(),
        refused: None,
        backtest: Some(run),
    };
    let rows = best.iter().map(|run| row(run.backtest.id)).collect();
    let sweep = Sweep { rows, ..sweep };
    store.add_sweep(&sweep, &best).await.unwrap();
    let path = document(&vfs, &id(22).to_string());
    vfs.flip(&path, 30, 1);
    let store = open(&vfs, 2).unwrap();
    match store.remove_sweep(sweep.id).await {
        Err(StoreError::Corrupt { entity, .. }) => assert!(entity.contains(&path.display().to_string())),
        other => panic!("its run would be lost: {other:?}"),
    }
    vfs.flip(&path, 30, 1);
    store.remove_sweep(sweep.id).await.unwrap();
    let mut runs = [id(21), id(22)];
    runs.sort_unstable();
    assert_eq!(backtests(&store).await, runs);
}

#[tokio::test]
async fn a_list_of_sweeps_reads_no_document_twice() {
    let vfs = stored().await;
    let store = open(&vfs, 2).unwrap();
    let listed = sweeps(&store).await;
    vfs.flip(&document(&vfs, &sweep_id(20).to_string()), 30, 1);
    assert_eq!(sweeps(&store).await, listed, "it was not read again");
    take(&store, Step::AddSweep(35)).await.unwrap();
    assert_eq!(sweeps(&store).await.len(), 3, "what is new is read");
}
