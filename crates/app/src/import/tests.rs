use std::{fs, path::PathBuf, sync::Arc};

use domain::market::{AssetClass, ImportsQuery, Timeframe, Version};
use domain::page::PageRequest;

use super::*;
use crate::{
    fixture::{Fixture, StopAtWrite, author, daily_csv, key},
    progress::Unobserved,
};

const KEY: &str = "NASDAQ:GOOG/1d";

fn request(path: PathBuf, series: Option<&str>, venue: Option<&str>) -> ImportRequest {
    ImportRequest {
        id: None,
        expected: None,
        paths: vec![path],
        naming: Naming {
            series: series.map(key),
            venue: venue.map(|venue| venue.parse().unwrap()),
        },
        read: ReadOptions::default(),
        rejected_folder: None,
        archive_folder: None,
        author: author(),
        reason: Some("because".to_owned()),
        options: BTreeMap::new(),
    }
}

impl Fixture {
    fn importer(&self) -> Importer {
        Importer::new(
            self.stores.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.ids),
        )
    }

    async fn import(&self, path: PathBuf) -> Result<ImportOutcome, ImportError> {
        self.importer()
            .run(request(path, Some(KEY), None), Arc::new(Unobserved))
            .await
    }

    async fn bars(&self) -> u64 {
        self.stores
            .prices
            .head(&key(KEY))
            .await
            .unwrap()
            .map_or(0, |head| head.bars)
    }

    async fn records(&self) -> Vec<Import> {
        self.stores
            .imports
            .imports(ImportsQuery {
                page: PageRequest::first(10),
            })
            .await
            .unwrap()
            .items
    }
}

#[tokio::test]
async fn an_import_commits_each_bar_and_is_on_record() {
    let fixture = Fixture::new();
    let outcome = fixture
        .import(fixture.file("goog.csv", &daily_csv(30, None)))
        .await
        .unwrap();
    let series = &outcome.import.series[0];
    assert_eq!((series.before, series.version), (Version(0), Some(Version(1))));
    assert_eq!((series.inserted, series.changed, series.unchanged), (30, 0, 0));
    assert_eq!(fixture.bars().await, 30);

    let commit = fixture
        .stores
        .prices
        .commit_at(&key(KEY), domain::market::AsOf::Head)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(commit.import_id, Some(outcome.import.id));
    assert_eq!(commit.reason.as_deref(), Some("because"));
    assert!(commit.source_name.unwrap().ends_with("goog.csv"));
    assert_eq!(
        commit.source_sha256.as_ref(),
        Some(&outcome.import.sources[0].sha256)
    );
    assert_eq!(fixture.records().await, [outcome.import]);
}

#[tokio::test]
async fn the_same_file_again_makes_no_version() {
    let fixture = Fixture::new();
    let file = fixture.file("goog.csv", &daily_csv(30, None));
    fixture.import(file.clone()).await.unwrap();
    let again = fixture.import(file).await.unwrap();
    let series = &again.import.series[0];
    assert_eq!(
        (series.before, series.version, series.unchanged),
        (Version(1), None, 30)
    );
    assert_eq!(again.import.state, ImportState::Done);
}

#[tokio::test]
async fn a_dry_run_tells_what_would_change_and_changes_nothing() {
    let fixture = Fixture::new();
    fixture
        .import(fixture.file("goog.csv", &daily_csv(30, None)))
        .await
        .unwrap();
    let corrected = fixture.file("corrected.csv", &daily_csv(32, Some((3, 103.5))));
    let request = request(corrected, Some(KEY), None);
    let preview = fixture
        .importer()
        .preview(request, Arc::new(Unobserved))
        .await
        .unwrap();
    let series = &preview.series[0];
    assert_eq!((series.inserted, series.changed, series.unchanged), (2, 1, 29));
    let [difference] = series.differences.as_slice() else {
        panic!("{series:?}")
    };
    assert_eq!(difference.time.to_string(), "2024-01-04T00:00:00Z");
    assert_eq!(
        [difference.before.close, difference.after.close].map(f64::to_bits),
        [103.0, 103.5].map(f64::to_bits)
    );
    assert_eq!(fixture.bars().await, 30);
    assert_eq!(fixture.records().await.len(), 1);
}

#[tokio::test]
async fn a_correction_is_a_new_version_and_its_differences_are_listed() {
    let fixture = Fixture::new();
    fixture
        .import(fixture.file("goog.csv", &daily_csv(30, None)))
        .await
        .unwrap();
    let outcome = fixture
        .import(fixture.file("goog.csv", &daily_csv(30, Some((3, 103.5)))))
        .await
        .unwrap();
    assert_eq!(outcome.import.series[0].version, Some(Version(2)));
    assert_eq!(outcome.differences[KEY].len(), 1);
}

#[tokio::test]
async fn rows_that_are_turned_away_are_kept_beside_their_file() {
    let fixture = Fixture::new();
    let text = daily_csv(30, None) + "2024-02-01,1,0.5,2,1,10\n";
    let outcome = fixture.import(fixture.file("goog.csv", &text)).await.unwrap();
    assert_eq!(fixture.bars().await, 30);
    let [quarantine] = outcome.quarantine.as_slice() else {
        panic!("{:?}", outcome.quarantine)
    };
    assert_eq!(quarantine.path, fixture.root().join("goog.csv.rejected.csv"));
    let rejected = fs::read_to_string(&quarantine.path).unwrap();
    assert!(
        rejected.contains("2024-02-01") && rejected.contains(",32,"),
        "{rejected}"
    );
}

#[tokio::test]
async fn too_many_bad_rows_fail_the_import_which_stays_on_record() {
    let fixture = Fixture::new();
    let bad = "2024-02-01,1,0.5,2,1,10\n".repeat(10);
    let error = fixture
        .import(fixture.file("goog.csv", &(daily_csv(30, None) + &bad)))
        .await
        .unwrap_err();
    let ImportError::TooManyRejected { quarantine, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(quarantine[0].rows, 10);
    assert_eq!(fixture.bars().await, 0);
    let records = fixture.records().await;
    assert_eq!(records[0].state, ImportState::Failed);
    assert_eq!(records[0].error.as_deref(), Some(error.to_string().as_str()));
}

#[tokio::test]
async fn a_new_instrument_takes_what_its_files_say() {
    let fixture = Fixture::new();
    let klines = "1704067200000,1,2,0.5,1.5,10,1704067259999,1,1,1,1,0\n1704067260000,1,2,0.5,1.5,10,1704067319999,1,1,1,1,0\n";
    let file = fixture.file("BTCUSDT-1m-2024-01.csv", klines);
    let request = request(file, None, Some("BINANCE"));
    let outcome = fixture
        .importer()
        .run(request, Arc::new(Unobserved))
        .await
        .unwrap();
    let key = &outcome.import.series[0].key;
    assert_eq!(
        (key.symbol.as_str(), key.timeframe),
        ("BTCUSDT", Timeframe::MINUTE)
    );
    let instrument = fixture
        .stores
        .instruments
        .instrument(&key.venue, &key.symbol)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (instrument.asset_class, instrument.sessions_per_year),
        (AssetClass::Crypto, 365)
    );
}

#[tokio::test]
async fn a_cancelled_import_leaves_no_commit() {
    let fixture = Fixture::new();
    let file = fixture.file("goog.csv", &daily_csv(30, None));
    let error = fixture
        .importer()
        .run(request(file, Some(KEY), None), StopAtWrite::after(0))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ImportError::Cancelled { committed } if committed.is_empty()),
        "{error}"
    );
    assert!(fixture.stores.prices.head(&key(KEY)).await.unwrap().is_none());
    assert_eq!(fixture.records().await[0].state, ImportState::Failed);
}

#[tokio::test]
async fn undoing_reverts_what_is_still_the_newest() {
    let fixture = Fixture::new();
    fixture
        .import(fixture.file("goog.csv", &daily_csv(20, None)))
        .await
        .unwrap();
    let second = fixture
        .import(fixture.file("goog.csv", &daily_csv(30, None)))
        .await
        .unwrap();
    let undone = fixture
        .importer()
        .undo(second.import.id, author(), None)
        .await
        .unwrap();
    assert_eq!(
        undone.series[0].outcome,
        UndoOutcome::Reverted { version: Version(3) }
    );
    assert_eq!(undone.state, ImportState::Undone);
    assert_eq!(fixture.bars().await, 20);

    let again = fixture
        .importer()
        .undo(second.import.id, author(), None)
        .await
        .unwrap();
    assert_eq!(again.series[0].outcome, UndoOutcome::UndoneBefore);
}

#[tokio::test]
async fn undoing_leaves_alone_what_something_was_built_on() {
    let fixture = Fixture::new();
    let first = fixture
        .import(fixture.file("goog.csv", &daily_csv(20, None)))
        .await
        .unwrap();
    fixture
        .import(fixture.file("goog.csv", &daily_csv(30, None)))
        .await
        .unwrap();
    let undone = fixture
        .importer()
        .undo(first.import.id, author(), None)
        .await
        .unwrap();
    assert!(
        matches!(
            undone.series[0].outcome,
            UndoOutcome::Kept { head: Version(2), .. }
        ),
        "{undone:?}"
    );
    assert_eq!(undone.state, ImportState::Done);
    assert_eq!(fixture.bars().await, 30);
}

#[tokio::test]
async fn a_symbol_in_the_file_that_contradicts_the_series_is_refused() {
    let fixture = Fixture::new();
    let klines = "1704067200000,1,2,0.5,1.5,10,1704067259999,1,1,1,1,0\n1704067260000,1,2,0.5,1.5,10,1704067319999,1,1,1,1,0\n";
    let file = fixture.file("BTCUSDT-1m-2024-01.csv", klines);
    let request = request(file, Some("BINANCE:ETHUSDT/1m"), None);
    let error = fixture
        .importer()
        .run(request, Arc::new(Unobserved))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("ETHUSDT") && error.contains("BTCUSDT"), "{error}");
}
