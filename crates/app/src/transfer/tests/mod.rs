pub(crate) mod backtests;
mod damage;
mod interrupted;
mod strategies;

use domain::{
    id::ImportId,
    market::{
        AsOf, Bars, BarsQuery, Commit, CommitsQuery, Import, ImportState, Instrument, PriceStoreExt,
        PriceWrite, Revert, TimeRange, Version, WriteKind, WriteMeta,
    },
    page::PageRequest,
};
use futures::{StreamExt, stream};
use testkit::memory::MemoryStore;

use super::*;
use crate::{
    fixture::{Fixture, author, key, rising, time},
    progress::Unobserved,
};

const DAY: i64 = 86_400_000_000;
const LONG: &str = "X:A/1d";
const OTHER: &str = "X:B/1d";

/// Writes four versions of one series (the third without some bars, the fourth as the first), two of another with
/// unknown volumes, an instrument with a zone, one without a series, an import, two versions of a strategy, one that is
/// removed, a sweep with one whole run, and a backtest.
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
    for (name, days) in [("cross", 1), ("cross", 2), ("old", 1)] {
        strategies::save(stores, name, days).await;
    }
    strategies::remove(stores, "old").await;
    backtests::run_some(fixture).await;
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

pub(crate) fn memory(fixture: &Fixture) -> Stores {
    let stores = MemoryStore::new(fixture.clock.clone(), fixture.ids.clone()).into_stores();
    Stores {
        instruments: stores.instruments,
        prices: stores.prices,
        imports: stores.imports,
        strategies: stores.strategies,
        backtests: stores.backtests,
        sweeps: stores.sweeps,
        jobs: stores.jobs,
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
async fn differences_are_counted_from_the_first_to_the_last_whatever_the_batches_of_either_side() {
    let (source, target) = (Fixture::new(), Fixture::new());
    let between = memory(&target);
    let all = rising("2024-01-01", DAY, 20_001);
    source.write(&key(LONG), all.slice(0..20_000)).await;
    let (time, [open, high, low, mut close, volume]) = all.slice(1..20_001).into_columns();
    close[9_000] += 0.5;
    let changed = Bars::new(time, open, high, low, close, volume).unwrap();
    let changed = PriceWrite::upsert(changed, author());
    between.prices.commit(&key(LONG), changed).await.unwrap();
    for (from, to) in [(&source.stores, &between), (&between, &source.stores)] {
        let compared = compare(from, to, None, &Unobserved).await.unwrap();
        let found = row(&compared, LONG).difference.unwrap();
        assert_eq!((found.only_source, found.only_target, found.changed), (1, 1, 1));
        assert_eq!(found.first.micros(), all.time()[0]);
        assert_eq!(found.last.micros(), all.time()[20_000]);
    }
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

#[test]
fn a_transfer_can_run_in_a_task_of_its_own() {
    fn is_send(_: impl Send) {}
    let (source, target) = (Fixture::new(), Fixture::new());
    is_send(copy(&source.stores, &target.stores, None, &Unobserved));
}
