//! Tests of verifications.

use std::fs;

use super::*;
use crate::{
    fixture::{Fixture, key, rising},
    progress::Unobserved,
    transfer::tests::storied,
};

const DAY: i64 = 86_400_000_000;

#[tokio::test]
async fn finds_the_series_whose_chunk_was_damaged() {
    let fixture = Fixture::new();
    let (sound, damaged) = (key("X:A/1d"), key("X:B/1d"));
    for key in [&sound, &damaged] {
        fixture.write(key, rising("2024-01-01", DAY, 50)).await;
    }
    let before = verify(&fixture.stores, Vec::new(), &Unobserved).await.unwrap();
    assert!(before.intact);
    assert_eq!((before.series.len(), before.bars), (2, 100));

    let files = fixture
        .stores
        .files
        .as_ref()
        .unwrap()
        .files(&damaged)
        .await
        .unwrap();
    let mut bytes = fs::read(&files[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&files[0], bytes).unwrap();
    let after = verify(&fixture.stores, Vec::new(), &Unobserved).await.unwrap();
    assert!(!after.intact);
    let broken: Vec<_> = after
        .series
        .iter()
        .filter(|check| !check.damages.is_empty())
        .collect();
    assert_eq!(
        broken.iter().map(|check| &check.key).collect::<Vec<_>>(),
        [&damaged]
    );
    assert!(
        verify(&fixture.stores, vec![sound], &Unobserved)
            .await
            .unwrap()
            .intact
    );
}

#[tokio::test]
async fn finds_every_damaged_record_unless_series_are_named() {
    let fixture = Fixture::new();
    storied(&fixture).await;
    let found = verify(&fixture.stores, Vec::new(), &Unobserved).await.unwrap();
    assert!(found.intact);
    let records = found.records.unwrap();
    assert_eq!(
        (records.strategy_versions, records.backtests, records.sweeps),
        (3, 2, 1)
    );
    let files = fixture.stored_files(&["strategies", "backtests", "sweeps"]);
    assert!(files.len() > 8, "{files:?}");
    for path in files {
        let intact = fs::read(&path).unwrap();
        let mut flipped = intact.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        fs::write(&path, flipped).unwrap();
        let stores = fixture.reopen();
        let found = verify(&stores, Vec::new(), &Unobserved).await.unwrap();
        assert!(!found.intact && found.damages > 0, "{}", path.display());
        let told = format!("{:?}", found.records.unwrap().damages);
        let place = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            told.contains(place) || told.contains(name),
            "{}: {told}",
            path.display()
        );
        let series = vec![key("X:A/1d")];
        assert!(verify(&stores, series, &Unobserved).await.unwrap().intact);
        fs::write(&path, intact).unwrap();
    }
}

#[tokio::test]
async fn finds_a_missing_version_and_reads_the_versions_before_and_behind_a_damaged_one() {
    let fixture = Fixture::new();
    storied(&fixture).await;
    let folder = fixture.root().join("store/strategies/cross");
    fs::remove_file(folder.join("1.json")).unwrap();
    fs::write(folder.join("2.json"), "{").unwrap();
    let found = verify(&fixture.reopen(), Vec::new(), &Unobserved).await.unwrap();
    let records = found.records.unwrap();
    assert_eq!(records.strategy_versions, 3);
    let of_strategies = records
        .damages
        .iter()
        .filter(|damage| damage.entity.contains("strategy"));
    let entities: Vec<_> = of_strategies.clone().map(|damage| &damage.entity).collect();
    assert_eq!(
        entities,
        ["version 1 of strategy cross", "version 2 of strategy cross"]
    );
    let problems: Vec<_> = of_strategies.map(|damage| &damage.problem).collect();
    assert!(
        problems[0].contains("is missing") && problems[1].contains("2.json"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn finds_a_result_that_is_another_one_than_its_digest_says() {
    let fixture = Fixture::new();
    storied(&fixture).await;
    let stores = memory_with_another_result(&fixture).await;
    let found = verify(&stores, Vec::new(), &Unobserved).await.unwrap();
    let damages = found.records.unwrap().damages;
    let [damage] = &damages[..] else {
        panic!("{damages:?}");
    };
    assert!(damage.problem.contains("have the digest"), "{damage:?}");
}

/// Copies a result to another store, with other trades than its digest was made of.
async fn memory_with_another_result(fixture: &Fixture) -> Stores {
    let stores = crate::transfer::tests::memory(fixture);
    crate::transfer::copy(&fixture.stores, &stores, None, &Unobserved)
        .await
        .unwrap();
    let made = crate::transfer::tests::backtests::run_some(fixture).await;
    let mut other = made;
    other.result.trades.pop().unwrap();
    stores.backtests.add_backtest(&other).await.unwrap();
    stores
}
