//! One flipped bit in what is kept of a backtest, a sweep or a job is found and its file is named.

use std::path::{Path, PathBuf};

use domain::error::StoreError;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::scale;

use super::{Step, look, take};
use crate::history::open;
use crate::simulated::SimulatedVfs;

#[tokio::test]
async fn every_flipped_bit_is_found_and_its_file_is_named() {
    let seed = 20_260_102;
    println!("seed {seed}");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let intact = SimulatedVfs::with_root(Path::new("/"));
    let store = open(&intact, 1).unwrap();
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
    drop(store);
    look(&open(&intact.copy(), 5).unwrap()).await.unwrap();
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
        vfs.flip(path, byte, bit);
        let name = path.display().to_string();
        match look(&open(&vfs, 5).unwrap()).await {
            Err(StoreError::Corrupt { entity, .. }) if entity.contains(&name) => {}
            other => panic!("bit {bit} of byte {byte} of {name}: {other:?}"),
        }
    }
}
