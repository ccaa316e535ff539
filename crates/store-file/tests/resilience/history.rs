//! A short life of a store: a list of writes of every kind, and what must be found after each.

use std::{path::Path, sync::Arc};

use domain::{
    error::StoreError,
    id::{IdSource, ImportId},
    market::{
        AsOf, Author, Bar, Bars, BarsQuery, Import, ImportState, ImportStore, Instrument, InstrumentStore,
        PriceStore, PriceStoreExt, PriceWrite, Revert, SeriesKey, SetDigest, TimeRange, Timestamp, Version,
        WriteKind, WriteMeta,
    },
};
use futures::{StreamExt, stream};
use store_file::{FileStore, FileStoreOptions};
use testkit::{clock::SteppingClock, ids::SeededIds};

use crate::simulated::SimulatedVfs;

const MINUTE: i64 = 60_000_000;

/// One step of the life.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Upserts `count` minutes from minute `from`, with a price.
    Upsert(&'static str, i64, i64, f64),
    /// Empties the minutes from the first to below the second.
    Delete(&'static str, i64, i64),
    /// Brings a version back.
    Revert(&'static str, u64),
    /// Stores an instrument with a zone.
    Instrument(&'static str, &'static str),
    /// Stores an import.
    Import(u8),
}

/// Steps that touch every kind of write: new series, appends that compact, corrections, deletions, reverts, documents.
pub(crate) fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::Upsert("X:A/1m", 0, 500, 1.0),
        Step::Instrument("X:A/1m", "UTC"),
        Step::Upsert("X:B/1d", 0, 3, 2.0),
        Step::Import(1),
    ];
    steps.extend((0..9).map(|minute| Step::Upsert("X:A/1m", 500 + minute, 1, 3.0)));
    steps.extend([
        Step::Upsert("X:A/1m", 100, 20, 4.0),
        Step::Delete("X:A/1m", 50, 60),
        Step::Revert("X:A/1m", 3),
        Step::Instrument("X:A/1m", "America/New_York"),
        Step::Delete("X:B/1d", -10_000, 10_000),
        Step::Import(1),
        Step::Upsert("X:B/1d", 5, 2, 5.0),
    ]);
    steps
}

pub(crate) fn key(text: &str) -> SeriesKey {
    text.parse().unwrap()
}

fn minute(number: i64) -> Timestamp {
    Timestamp::saturating(number * MINUTE)
}

pub(crate) fn author() -> Author {
    "local:test".parse().unwrap()
}

pub(crate) fn minutes(from: i64, count: i64, price: f64) -> Bars {
    let row = |number: i64| Bar {
        time: number * MINUTE,
        open: price,
        high: price + 1.0,
        low: price,
        close: price + 0.5,
        volume: if number % 7 == 0 {
            f64::NAN
        } else {
            number.unsigned_abs() as f64
        },
    };
    Bars::from_rows(&(from..from + count).map(row).collect::<Vec<_>>()).unwrap()
}

/// Opens a store on a simulated disk.
pub(crate) fn open(vfs: &SimulatedVfs, seed: u64) -> Result<FileStore, StoreError> {
    let clock = Arc::new(SteppingClock::new(Timestamp::EPOCH, 1_000_000));
    let mut options = FileStoreOptions::new(clock, Arc::new(SeededIds::new(seed)));
    options.vfs = Arc::new(vfs.clone());
    FileStore::open(Path::new("/store"), options)
}

/// Takes one step.
pub(crate) async fn take(store: &FileStore, step: &Step) -> Result<(), StoreError> {
    match step {
        Step::Upsert(series, from, count, price) => {
            let write = PriceWrite::upsert(minutes(*from, *count, *price), author());
            store.commit(&key(series), write).await.map(drop)
        }
        Step::Delete(series, from, to) => {
            let kind = WriteKind::DeleteRange(TimeRange::new(Some(minute(*from)), Some(minute(*to))));
            let write = PriceWrite::new(kind, stream::empty().boxed(), WriteMeta::by(author()));
            store.commit(&key(series), write).await.map(drop)
        }
        Step::Revert(series, version) => {
            let revert = Revert {
                to: Version(*version),
                expected: None,
                meta: WriteMeta::by(author()),
            };
            store.revert(&key(series), revert).await.map(drop)
        }
        Step::Instrument(series, zone) => {
            let key = key(series);
            let instrument = Instrument {
                zone: zone.parse().unwrap(),
                ..Instrument::new(key.venue, key.symbol)
            };
            store.put_instrument(&instrument).await
        }
        Step::Import(number) => store.put_import(&import(*number)).await,
    }
}

pub(crate) fn import(number: u8) -> Import {
    Import {
        id: ImportId::from_uuid(SeededIds::new(u64::from(number)).next_uuid()),
        state: ImportState::Running,
        author: author(),
        started_at: Timestamp::EPOCH,
        finished_at: None,
        sources: Vec::new(),
        options: std::collections::BTreeMap::new(),
        series: Vec::new(),
        rules: Vec::new(),
        rejected: Vec::new(),
        error: None,
    }
}

/// What a store holds: of each series the digest of every version.
pub(crate) type Seen = Vec<(SeriesKey, Vec<SetDigest>)>;

/// Reads everything back, every version of every series, and checks it against its own digests.
pub(crate) async fn look(store: &FileStore) -> Seen {
    let mut seen = Vec::new();
    for key in [key("X:A/1m"), key("X:B/1d")] {
        let Some(head) = store.head(&key).await.unwrap() else {
            continue;
        };
        let mut digests = Vec::new();
        for version in 1..=head.version.0 {
            let as_of = AsOf::Version(Version(version));
            let bars = store
                .read_all(BarsQuery {
                    as_of,
                    ..BarsQuery::all(key.clone())
                })
                .await
                .unwrap();
            let commit = store.commit_at(&key, as_of).await.unwrap().unwrap();
            assert_eq!(
                (commit.digest, commit.bars),
                (bars.digest(), bars.len() as u64),
                "{key} version {version}"
            );
            digests.push(commit.digest);
        }
        let check = store.verify(&key).await.unwrap();
        assert_eq!(check.damages, [], "{key}");
        seen.push((key, digests));
    }
    let instrument = key("X:A/1m");
    store
        .instrument(&instrument.venue, &instrument.symbol)
        .await
        .unwrap();
    store.import(import(1).id).await.unwrap();
    seen
}
