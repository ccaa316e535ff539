//! A long history does not slow down the next commit.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::market::{
    BarsQuery, CommitsQuery, PriceStore, PriceStoreExt, PriceWrite, SeriesKey, Timestamp, Version,
};
use domain::page::PageRequest;
use store_file::{FileStore, FileStoreOptions};
use testkit::{clock::SteppingClock, ids::SeededIds, scale};

use crate::history::{author, key, minutes};

/// More commits than two segments of the journal hold, or all ten thousand at full scale.
fn commits() -> i64 {
    scale::count(10_000).max(2_400) as i64
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_commit_behind_thousands_takes_no_more_than_three_times_one_of_the_first_hundred() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SteppingClock::new(Timestamp::EPOCH, 1));
    let options = FileStoreOptions::new(clock, Arc::new(SeededIds::new(1)));
    let store = FileStore::open(&folder.path().join("store"), options).unwrap();
    let (long, young) = (key("X:LONG/1m"), key("X:YOUNG/1m"));
    let timed = async |key: &SeriesKey, minute: i64| {
        let begin = Instant::now();
        store
            .commit(key, PriceWrite::upsert(minutes(minute, 1, 1.0), author()))
            .await
            .unwrap();
        begin.elapsed()
    };
    for minute in 0..commits() {
        timed(&long, minute).await;
    }
    // Taken in turns, so that whatever else the machine does slows down both.
    let (mut early, mut late) = (Vec::new(), Vec::new());
    for minute in 0..100 {
        early.push(timed(&young, minute).await);
        late.push(timed(&long, commits() + minute).await);
    }
    let (early, late) = (median(&early), median(&late));
    println!("{} commits: {early:?} at first, {late:?} at last", commits());
    assert!(late <= early * 3, "{late:?} against {early:?}");

    let bars = store.read_all(BarsQuery::all(long.clone())).await.unwrap();
    assert_eq!(bars, minutes(0, commits() + 100, 1.0));
    let before = PageRequest::first(3).after(Version(1_003));
    let page = store
        .commits(CommitsQuery {
            key: long.clone(),
            page: before,
        })
        .await
        .unwrap();
    let versions: Vec<u64> = page.items.iter().map(|commit| commit.version.0).collect();
    assert_eq!(versions, [1_002, 1_001, 1_000], "pages go on across segments");
    assert_eq!(store.verify(&long).await.unwrap().damages, []);
}
