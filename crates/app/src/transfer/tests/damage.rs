//! Damage on either side.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::scale;

use super::*;
use crate::fixture::lying;

/// The folders of a store that hold something.
const FOLDERS: [&str; 6] = [
    "series",
    "instruments",
    "imports",
    "strategies",
    "backtests",
    "sweeps",
];

#[tokio::test]
async fn a_flipped_bit_in_a_copy_is_found_and_its_file_named() {
    let seed = scale::seed();
    scale::announce("flipped bits in copies", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    let files = target.stored_files(&FOLDERS);
    for _ in 0..scale::count(1_000) {
        let path = &files[chance.random_range(0..files.len())];
        let intact = fs::read(path).unwrap();
        let mut flipped = intact.clone();
        let (byte, bit) = (chance.random_range(0..flipped.len()), chance.random_range(0..8));
        flipped[byte] ^= 1 << bit;
        fs::write(path, flipped).unwrap();
        let reopened = target.reopen();
        let found = compare(&source.stores, &reopened, None, &Unobserved)
            .await
            .unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let damages = found
            .series
            .iter()
            .flat_map(|row| &row.damages)
            .map(|damage| &damage.entity);
        let problems = found
            .records()
            .into_iter()
            .flat_map(|(_, records)| &records.differences)
            .map(|record| &record.problem);
        assert!(!found.matches, "bit {bit} of byte {byte} of {name}");
        assert!(
            damages.chain(problems).any(|told| told.contains(name)),
            "bit {bit} of byte {byte} of {name}: {found:#?}"
        );
        fs::write(path, intact).unwrap();
    }
    assert!(
        compare(&source.stores, &target.reopen(), None, &Unobserved)
            .await
            .unwrap()
            .matches
    );
}

#[tokio::test]
async fn a_store_that_reads_other_bars_than_it_vouches_for_is_found_out() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let wrong = lying(&target.stores);
    let done = copy(&source.stores, &wrong, None, &Unobserved).await.unwrap();
    assert!(!done.matches);
    let found = row(&done, LONG);
    assert_eq!(found.outcome, Outcome::Damaged);
    assert_eq!(found.difference.unwrap().changed, 1);
    assert_ne!(found.target.unwrap().read_digest, Some(found.source.digest));
    // Two stores that are wrong alike agree with each other, not with their commits.
    let alike = compare(&lying(&source.stores), &wrong, None, &Unobserved)
        .await
        .unwrap();
    assert!(alike.series.iter().all(|row| row.outcome == Outcome::Damaged));
}

#[tokio::test]
async fn damage_in_the_source_keeps_no_other_series_from_being_copied() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let files = source.stores.files.as_ref().unwrap();
    let chunk = files.files(&key(LONG)).await.unwrap().remove(0);
    flip(&chunk);
    let done = copy(&source.reopen(), &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert_eq!(row(&done, LONG).outcome, Outcome::Damaged);
    assert_eq!(row(&done, LONG).damages[0].side, Side::Source);
    assert_eq!(row(&done, OTHER).outcome, Outcome::Copied);
}

#[tokio::test]
async fn a_damaged_backtest_or_sweep_in_the_source_is_named_and_the_others_are_copied() {
    for (folder, copied) in [("backtests", (1, 1)), ("sweeps", (2, 0))] {
        let (source, target) = (Fixture::new(), Fixture::new());
        storied(&source).await;
        let folder = source.root().join("store").join(folder);
        let of =
            |path: &PathBuf| path.starts_with(&folder) && path.extension().is_some_and(|kind| kind == "json");
        let path = source.stored_files(&FOLDERS).into_iter().find(of).unwrap();
        flip(&path);
        let done = copy(&source.reopen(), &target.stores, None, &Unobserved)
            .await
            .unwrap();
        assert!(!done.matches);
        assert_eq!((done.backtests.copied, done.sweeps.copied), copied);
        assert_eq!((done.backtests.records, done.sweeps.records), (2, 1));
        let differences: Vec<_> = done
            .records()
            .into_iter()
            .flat_map(|(_, records)| &records.differences)
            .collect();
        assert_eq!(differences.len(), 1, "{differences:?}");
        let text = &differences[0].problem;
        assert!(
            text.contains(&path.display().to_string()) && text.contains("in the source is damaged"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_damaged_strategy_in_the_source_is_named_and_the_others_are_copied() {
    for (damaged, copied, versions) in [
        ("old/removed.json", 2, (true, true)),
        ("old/1.json", 1, (true, false)),
        ("cross/2.json", 2, (true, true)),
        ("cross/1.json", 1, (false, true)),
    ] {
        let (source, target) = (Fixture::new(), Fixture::new());
        storied(&source).await;
        let path = source.root().join("store/strategies").join(damaged);
        flip(&path);
        let done = copy(&source.reopen(), &target.stores, None, &Unobserved)
            .await
            .unwrap();
        assert!(!done.matches);
        assert_eq!(
            (done.strategies.records, done.strategies.copied),
            (2, copied),
            "{damaged}"
        );
        let [difference] = &done.strategies.differences[..] else {
            panic!("{:?}", done.strategies.differences);
        };
        let name = damaged.split('/').next().unwrap();
        assert_eq!(difference.name, name);
        let text = &difference.problem;
        assert!(
            text.contains(&path.display().to_string()) && text.contains("in the source is damaged"),
            "{text}"
        );
        let first = async |name: &str| {
            let name = name.parse().unwrap();
            let found = target.stores.strategies.strategy(&name, Some(Version(1))).await;
            found.unwrap().is_some()
        };
        assert_eq!((first("cross").await, first("old").await), versions, "{damaged}");
    }
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}
