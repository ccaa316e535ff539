//! One flipped bit, anywhere in a store, is found and named.

use std::path::{Path, PathBuf};

use crate::history::{import, key, open, steps, take};
use crate::simulated::SimulatedVfs;
use domain::{
    error::StoreError,
    market::{ImportStore, InstrumentStore, PriceStore},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::scale;

const SERIES: [&str; 2] = ["X:A/1m", "X:B/1d"];

/// Reads everything and returns what is reported as damaged.
async fn damages(vfs: &SimulatedVfs) -> Vec<String> {
    let store = match open(vfs, 5) {
        Ok(store) => store,
        Err(error) => return vec![error.to_string()],
    };
    let mut found = Vec::new();
    let mut report = |error: StoreError| match error {
        StoreError::Corrupt { entity, .. } => found.push(entity),
        other => panic!("damage is to be reported as damage, not as {other}"),
    };
    for series in SERIES.map(key) {
        match store.verify(&series).await {
            Ok(check) => check
                .damages
                .into_iter()
                .for_each(|damage| report(StoreError::corrupt(damage.entity, damage.problem))),
            Err(error) => report(error),
        }
        if let Err(error) = store.instrument(&series.venue, &series.symbol).await {
            report(error);
        }
    }
    if let Err(error) = store.import(import(1).id).await {
        report(error);
    }
    found
}

#[tokio::test]
async fn every_flipped_bit_is_found_and_its_file_is_named() {
    let seed = 20_260_101;
    println!("seed {seed}");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let intact = SimulatedVfs::with_root(Path::new("/"));
    let store = open(&intact, 1).unwrap();
    for step in steps() {
        take(&store, &step).await.unwrap();
    }
    drop(store);
    assert_eq!(damages(&intact.copy()).await, Vec::<String>::new());
    let files: Vec<(PathBuf, usize)> = intact.files().into_iter().filter(|(_, len)| *len > 0).collect();
    for _ in 0..scale::count(1_000) {
        let (path, len) = &files[chance.random_range(0..files.len())];
        let (byte, bit) = (chance.random_range(0..*len), chance.random_range(0..8));
        let vfs = intact.copy();
        vfs.flip(path, byte, bit);
        let found = damages(&vfs).await;
        let name = path.display().to_string();
        assert!(
            found.iter().any(|damage| damage.contains(&name)),
            "bit {bit} of byte {byte} of {name}: {found:?}"
        );
    }
}
