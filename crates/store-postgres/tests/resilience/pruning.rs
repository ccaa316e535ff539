//! Forgetting old versions: not at all, unless it is asked for, and then no more than that.

use std::time::{Duration, Instant};

use domain::{
    error::StoreError,
    market::{
        AsOf, Bars, BarsQuery, Commit, CommitsQuery, PriceStore, PriceStoreExt, Revert, SeriesKey, Timestamp,
        Version, WriteMeta,
    },
    page::PageRequest,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{bars::minutes, scale};

use crate::place::{Place, assert_intact, author, key, read, upsert, version};

const DAY: i64 = 86_400_000_000;
const RETENTION_DAYS: u64 = 10;

/// Writes a version a day, each with some bars that are new and some that are changed; returns what each held.
async fn write_days(
    place: &Place,
    store: &PostgresStore,
    key: &SeriesKey,
    count: u64,
    chance: &mut ChaCha8Rng,
) -> Vec<(Commit, Bars)> {
    let mut made = Vec::new();
    for number in 0..count {
        place.clock.advance(DAY);
        let from = chance.random_range(0..3_000_i64);
        let bars = minutes(
            from..from + chance.random_range(1..4_000_i64),
            number as f64 + 1.0,
        );
        let commit = upsert(store, key, &bars).await;
        made.push((commit, read(store, key).await));
    }
    made
}

async fn commits(store: &PostgresStore, key: &SeriesKey) -> Vec<Commit> {
    let query = CommitsQuery {
        key: key.clone(),
        page: PageRequest::first(1_000),
    };
    let mut commits = store.commits(query).await.unwrap().items;
    commits.reverse();
    commits
}

#[tokio::test]
async fn nothing_is_forgotten_unless_that_is_asked_for() {
    let (place, seed) = (Place::new().await, scale::seed());
    scale::announce("no retention", seed);
    assert_eq!(place.options().retention, None);
    let (store, key) = (place.open().await, key("X:A/1m"));
    let made = write_days(&place, &store, &key, 15, &mut ChaCha8Rng::seed_from_u64(seed)).await;
    place.clock.advance(10_000 * DAY);
    upsert(&store, &key, &minutes(9_000..9_001, 1.0)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    for (commit, bars) in made {
        assert_eq!(
            store.read_all(version(&key, commit.version.0)).await.unwrap(),
            bars
        );
    }
}

/// Waits until the versions below the last one that was superseded too long ago are forgotten.
async fn wait_until_gone(store: &PostgresStore, key: &SeriesKey, last: u64) {
    let begin = Instant::now();
    while !matches!(store.read_all(version(key, last)).await, Err(StoreError::Gone(_))) {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "version {last} is still there"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn assert_kept(
    store: &PostgresStore,
    key: &SeriesKey,
    made: &[(Commit, Bars)],
    keep_from: u64,
    pinned: u64,
) {
    for (commit, bars) in made {
        let number = commit.version.0;
        let by_time = BarsQuery {
            as_of: AsOf::Time(commit.committed_at),
            ..BarsQuery::all(key.clone())
        };
        for query in [version(key, number), by_time] {
            let found = store.read_all(query).await;
            if number >= keep_from || number == pinned {
                assert_eq!(&found.unwrap(), bars, "version {number}");
            } else {
                let gone = matches!(found, Err(StoreError::Gone(_)));
                assert!(
                    gone,
                    "version {number} of those before {keep_from}: {:?}",
                    found.map(|bars| bars.len())
                );
            }
        }
        let kept = store.commit_at(key, AsOf::Version(commit.version)).await.unwrap();
        assert_eq!(kept.as_ref(), Some(commit), "the record of version {number}");
    }
}

#[tokio::test]
async fn versions_that_were_superseded_too_long_ago_are_gone_and_all_else_stays() {
    let (rounds, seed) = (scale::count(1_000).div_ceil(10), scale::seed());
    scale::announce("retention", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let deadline = scale::Deadline::start();
    for _ in 0..rounds {
        if deadline.passed() {
            break;
        }
        let place = Place::new().await;
        let (forever, key) = (place.open().await, key("X:A/1m"));
        let mut made = write_days(&place, &forever, &key, 30, &mut chance).await;
        let pinned = chance.random_range(1..15_u64);
        let pin = format!(
            "insert into chandlery.series_pin select series_id, {pinned}, 'x' from chandlery.series_head"
        );
        place.database.execute(&pin).await;
        let store = place
            .open_with(PostgresOptions {
                retention: Some(Duration::from_hours(24 * RETENTION_DAYS)),
                ..place.options()
            })
            .await;
        made.extend(write_days(&place, &store, &key, 1, &mut chance).await);
        // The newest version of ten days ago can still be asked for: 31 were made, one a day.
        let last = &made[30].0;
        let until = last.committed_at.micros() - RETENTION_DAYS as i64 * DAY;
        let keep_from = made
            .iter()
            .rev()
            // A second or two passed between the commit and the pruning.
            .find(|(commit, _)| commit.committed_at.micros() <= until + 60_000_000)
            .map(|(commit, _)| commit.version.0)
            .unwrap();
        assert!((20..=22).contains(&keep_from), "{keep_from}");
        let last_gone = if pinned == keep_from - 1 {
            keep_from - 2
        } else {
            keep_from - 1
        };
        wait_until_gone(&store, &key, last_gone).await;
        assert_kept(&store, &key, &made, keep_from, pinned).await;
        assert_eq!(commits(&store, &key).await.len(), made.len());
        assert_intact(&store, &key).await;
        // What is kept can be brought back, into chunks of its own.
        let to = chance.random_range(keep_from..30);
        let back = Revert {
            to: Version(to),
            expected: None,
            meta: WriteMeta::by(author()),
        };
        store.revert(&key, back).await.unwrap();
        assert_eq!(read(&store, &key).await, made[to as usize - 1].1);
        assert_intact(&store, &key).await;
    }
}

#[tokio::test]
async fn the_head_stays_however_old_it_is() {
    let place = Place::new().await;
    let key = key("X:A/1m");
    let store = place
        .open_with(PostgresOptions {
            retention: Some(Duration::from_secs(1)),
            ..place.options()
        })
        .await;
    upsert(&store, &key, &minutes(0..10, 1.0)).await;
    place.clock.advance(100 * DAY);
    upsert(&store, &key, &minutes(0..10, 2.0)).await;
    place.clock.advance(100 * DAY);
    // A write that changes nothing still finds what is old.
    upsert(&store, &key, &minutes(0..10, 3.0)).await;
    wait_until_gone(&store, &key, 1).await;
    assert_eq!(read(&store, &key).await, minutes(0..10, 3.0));
    let earlier = BarsQuery {
        as_of: AsOf::Time(Timestamp::EPOCH),
        ..BarsQuery::all(key.clone())
    };
    assert!(
        store.read_all(earlier).await.unwrap().is_empty(),
        "before the first commit there was nothing"
    );
    assert_intact(&store, &key).await;
}
