use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use domain::{
    id::ImportId,
    market::{
        AsOf, Bars, BarsQuery, Commit, CommitsQuery, Import, ImportState, Instrument, PriceStoreExt,
        PriceWrite, Revert, TimeRange, Version, WriteKind, WriteMeta,
    },
    page::PageRequest,
};
use futures::{StreamExt, stream};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::{memory::MemoryStore, scale};

use super::*;
use crate::{
    fixture::{Fixture, author, key, rising, time},
    progress::Unobserved,
};

const DAY: i64 = 86_400_000_000;
const LONG: &str = "X:A/1d";
const OTHER: &str = "X:B/1d";

/// Writes four versions of one series (the third without some bars, the fourth as the first), two of another with
/// unknown volumes, an instrument with a zone, one without a series, and an import.
pub(crate) async fn storied(fixture: &Fixture) {
    let stores = &fixture.stores;
    let mut instrument = Instrument::new("X".parse().unwrap(), "A".parse().unwrap());
    instrument.zone = "America/New_York".parse().unwrap();
    stores.instruments.put_instrument(&instrument).await.unwrap();
    instrument.symbol = "LONELY".parse().unwrap();
    stores.instruments.put_instrument(&instrument).await.unwrap();
    let import = import(fixture);
    stores.imports.put_import(&import).await.unwrap();
    let mut first = PriceWrite::upsert(rising("2024-01-01", DAY, 300), author());
    first.meta.import_id = Some(import.id);
    first.idempotency_key = Some("once".to_owned());
    stores.prices.commit(&key(LONG), first).await.unwrap();
    fixture.write(&key(LONG), rising("2024-10-01", DAY, 100)).await;
    let range = TimeRange::new(Some(time("2024-02-01")), Some(time("2024-03-01")));
    let deletion = PriceWrite::new(
        WriteKind::DeleteRange(range),
        stream::empty().boxed(),
        WriteMeta::by(author()),
    );
    stores.prices.commit(&key(LONG), deletion).await.unwrap();
    let revert = Revert {
        to: Version(1),
        expected: None,
        meta: WriteMeta::by(author()),
    };
    stores.prices.revert(&key(LONG), revert).await.unwrap();
    fixture
        .write(&key(OTHER), without_volume(&rising("2024-01-01", DAY, 50)))
        .await;
    fixture.write(&key(OTHER), rising("2024-01-10", DAY, 5)).await;
}

fn without_volume(bars: &Bars) -> Bars {
    let (time, [open, high, low, close, volume]) = bars.clone().into_columns();
    let unknown = vec![f64::NAN; volume.len()];
    Bars::new(time, open, high, low, close, unknown).unwrap()
}

fn import(fixture: &Fixture) -> Import {
    Import {
        id: ImportId::next(&*fixture.ids),
        state: ImportState::Done,
        author: author(),
        started_at: fixture.clock.now(),
        finished_at: None,
        sources: Vec::new(),
        options: std::collections::BTreeMap::default(),
        series: Vec::new(),
        rules: Vec::new(),
        rejected: Vec::new(),
        error: None,
    }
}

fn memory(fixture: &Fixture) -> Stores {
    let stores = MemoryStore::new(fixture.clock.clone(), fixture.ids.clone()).into_stores();
    Stores {
        instruments: stores.instruments,
        prices: stores.prices,
        imports: stores.imports,
        files: None,
    }
}

async fn commits(stores: &Stores, key: &SeriesKey) -> Vec<Commit> {
    let (key, page) = (key.clone(), PageRequest::first(100));
    stores
        .prices
        .commits(CommitsQuery { key, page })
        .await
        .unwrap()
        .items
}

async fn bars_at(stores: &Stores, key: &SeriesKey, version: Version) -> Bars {
    let query = BarsQuery {
        as_of: AsOf::Version(version),
        ..BarsQuery::all(key.clone())
    };
    stores.prices.read_all(query).await.unwrap()
}

async fn assert_same(from: &Stores, to: &Stores, series: &str) {
    let series = key(series);
    let history = commits(from, &series).await;
    assert_eq!(history, commits(to, &series).await);
    for commit in history {
        assert_eq!(
            bars_at(from, &series, commit.version).await,
            bars_at(to, &series, commit.version).await
        );
    }
}

fn row<'a>(transfer: &'a Transfer, series: &str) -> &'a SeriesTransfer {
    transfer.series.iter().find(|row| row.key == key(series)).unwrap()
}

#[tokio::test]
async fn every_version_commit_instrument_and_import_is_copied_between_any_two_stores() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let between = memory(&source);
    for (from, to) in [(&source.stores, &between), (&between, &target.stores)] {
        let done = copy(from, to, None, &Unobserved).await.unwrap();
        assert!(done.matches, "{done:#?}");
        assert_eq!(row(&done, LONG).copied_versions, 4);
        assert_eq!(row(&done, LONG).outcome, Outcome::Copied);
        assert_eq!((done.instruments.records, done.instruments.copied), (3, 3));
        assert_eq!((done.imports.records, done.imports.copied), (1, 1));
        assert_same(from, to, LONG).await;
        assert_same(from, to, OTHER).await;
    }
    let zone = target
        .stores
        .instruments
        .instrument(&"X".parse().unwrap(), &"A".parse().unwrap())
        .await;
    assert_eq!(zone.unwrap().unwrap().zone.to_string(), "America/New_York");
}

#[tokio::test]
async fn copying_again_copies_nothing_and_later_what_is_new() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    let again = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(again.matches);
    assert_eq!(again.totals.copied_versions, 0);
    assert_eq!((again.instruments.copied, again.imports.copied), (0, 0));
    assert!(again.series.iter().all(|row| row.outcome == Outcome::UpToDate));
    source.write(&key(OTHER), rising("2025-01-01", DAY, 3)).await;
    let later = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert_eq!((later.totals.copied_versions, later.totals.copied_bars), (1, 3));
    assert_same(&source.stores, &target.stores, OTHER).await;
}

#[tokio::test]
async fn a_target_that_diverged_is_left_alone_and_named_with_the_first_version_and_the_range_of_time() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    target.write(&key(LONG), rising("2024-01-01", DAY, 299)).await;
    let before = commits(&target.stores, &key(LONG)).await;
    let done = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(!done.matches);
    let diverged = row(&done, LONG);
    assert_eq!(diverged.outcome, Outcome::Differs);
    let problem = diverged.problem.as_deref().unwrap();
    assert!(
        problem.contains("version 1 is the first that differs"),
        "{problem}"
    );
    let difference = diverged.difference.unwrap();
    assert_eq!(
        (difference.only_source, difference.only_target, difference.changed),
        (1, 0, 0)
    );
    assert_eq!(difference.first, time("2024-10-26"));
    assert_eq!(difference.first, difference.last);
    assert_eq!(commits(&target.stores, &key(LONG)).await, before);
    assert_eq!(row(&done, OTHER).outcome, Outcome::Copied);
    // The target made the instrument with its first bars; its zone is its own until the series match.
    assert_eq!(done.instruments.differences[0].name, "X:A");
}

#[tokio::test]
async fn a_target_with_further_versions_is_ahead_and_left_alone() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    target.write(&key(OTHER), rising("2025-01-01", DAY, 3)).await;
    let done = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(!done.matches);
    assert_eq!(row(&done, OTHER).outcome, Outcome::Ahead);
    assert_eq!(row(&done, OTHER).target.unwrap().versions, 3);
    assert_eq!(row(&done, OTHER).difference.unwrap().only_target, 3);
}

#[tokio::test]
async fn changed_attributes_follow_when_the_series_match() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    let mut instrument = Instrument::new("X".parse().unwrap(), "B".parse().unwrap());
    instrument.currency = Some("USD".parse().unwrap());
    source
        .stores
        .instruments
        .put_instrument(&instrument)
        .await
        .unwrap();
    let compared = compare(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert_eq!(compared.instruments.differences[0].name, "X:B");
    let done = copy(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(done.matches);
    assert_eq!(done.instruments.copied, 1);
}

#[tokio::test]
async fn a_pattern_takes_some_series_with_their_instruments_and_imports() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let glob: SeriesGlob = "X:B/*".parse().unwrap();
    let done = copy(&source.stores, &target.stores, Some(&glob), &Unobserved)
        .await
        .unwrap();
    assert!(done.matches);
    assert_eq!(
        (done.totals.series, done.instruments.records, done.imports.records),
        (1, 1, 0)
    );
    let glob: SeriesGlob = "X:A/?d".parse().unwrap();
    let done = copy(&source.stores, &target.stores, Some(&glob), &Unobserved)
        .await
        .unwrap();
    assert_eq!((done.instruments.records, done.imports.records), (1, 1));
    let nothing: SeriesGlob = "Y:*".parse().unwrap();
    let error = copy(&source.stores, &target.stores, Some(&nothing), &Unobserved)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Y:*"), "{error}");
}

#[tokio::test]
async fn comparing_writes_nothing_and_names_what_is_missing() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let compared = compare(&source.stores, &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert!(!compared.matches);
    assert_eq!(row(&compared, LONG).outcome, Outcome::Differs);
    assert!(row(&compared, LONG).target.is_none());
    assert_eq!(compared.imports.differences.len(), 1);
    assert!(
        target
            .stores
            .all_series(SeriesFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
}

/// Stops a copy at one of the many points where it asks.
struct StopAt(AtomicU64);

impl Progress for StopAt {
    fn begin(&self, _stage: &Stage, _total: Option<u64>) {}

    fn advance(&self, _units: u64, _rows: u64) {}

    fn cancelled(&self) -> bool {
        let left = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.is_err()
    }
}

#[tokio::test]
async fn a_copy_that_is_cancelled_anywhere_leaves_whole_versions_and_is_completed_by_the_next() {
    let source = Fixture::new();
    storied(&source).await;
    let mut partial = 0;
    for point in 0..60 {
        let target = Fixture::new();
        let stopped = copy(
            &source.stores,
            &target.stores,
            None,
            &StopAt(AtomicU64::new(point)),
        )
        .await;
        match stopped {
            Err(TransferError::Cancelled(_)) => {}
            Ok(done) => assert!(done.matches),
            Err(error) => panic!("{error}"),
        }
        let heads = target.stores.all_series(SeriesFilter::default()).await.unwrap();
        partial += usize::from(heads.iter().any(|head| head.version < Version(4)));
        for head in heads {
            let own = commits(&source.stores, &head.key).await;
            let at = own.iter().find(|commit| commit.version == head.version).unwrap();
            assert_eq!(head.digest, at.digest);
        }
        let done = copy(&source.stores, &target.stores, None, &Unobserved)
            .await
            .unwrap();
        assert!(done.matches, "stopped at {point}: {done:#?}");
    }
    assert!(partial > 3, "{partial} copies were stopped half-way");
}

/// Lists the files of a store that hold something.
fn stored_files(fixture: &Fixture) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["series", "instruments", "imports"]
        .map(|name| fixture.root().join("store").join(name))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

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
    let files = stored_files(&target);
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
        let records = [&found.instruments, &found.imports];
        let problems = records
            .iter()
            .flat_map(|records| &records.differences)
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
async fn damage_in_the_source_keeps_no_other_series_from_being_copied() {
    let (source, target) = (Fixture::new(), Fixture::new());
    storied(&source).await;
    let files = source.stores.files.as_ref().unwrap();
    let chunk = files.files(&key(LONG)).await.unwrap().remove(0);
    let mut bytes = fs::read(&chunk).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&chunk, bytes).unwrap();
    let done = copy(&source.reopen(), &target.stores, None, &Unobserved)
        .await
        .unwrap();
    assert_eq!(row(&done, LONG).outcome, Outcome::Damaged);
    assert_eq!(row(&done, LONG).damages[0].side, Side::Source);
    assert_eq!(row(&done, OTHER).outcome, Outcome::Copied);
}

#[test]
fn a_transfer_can_run_in_a_task_of_its_own() {
    fn is_send(_: impl Send) {}
    let (source, target) = (Fixture::new(), Fixture::new());
    is_send(copy(&source.stores, &target.stores, None, &Unobserved));
}
