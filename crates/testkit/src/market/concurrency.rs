//! Several writers and readers at once, through one handle and through two.

use std::sync::Arc;

use domain::{
    error::StoreError,
    market::{PriceStore, PriceWrite, SeriesKey, TimeRange, Version, Written},
};
use futures::future::join_all;

use super::steps::{
    all_series, assert_error, commit, commits, expecting, head, key, read, read_version, replace, under,
    upsert,
};
use crate::{
    bars::{minutes, synthetic_minutes},
    harness::{Fixture, StoreHarness},
};

/// Makes writes at the same time, each in a task of its own, on the handles in turn.
async fn at_once(
    handles: &[Arc<dyn PriceStore>],
    writes: Vec<(SeriesKey, PriceWrite<'static>)>,
) -> Vec<Result<Written, StoreError>> {
    let start = Arc::new(tokio::sync::Barrier::new(writes.len()));
    let tasks = writes.into_iter().enumerate().map(|(number, (key, write))| {
        let (prices, start) = (handles[number % handles.len()].clone(), start.clone());
        tokio::spawn(async move {
            start.wait().await;
            prices.commit(&key, write).await
        })
    });
    join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.expect("a writer does not panic"))
        .collect()
}

async fn two_handles(fixture: &Fixture) -> [Arc<dyn PriceStore>; 2] {
    [
        fixture.stores().prices.clone(),
        fixture.another_handle().await.prices,
    ]
}

async fn assert_one_of_two_wins(fixture: &Fixture, handles: &[Arc<dyn PriceStore>]) {
    let key = key("X:A/1m");
    for round in 0..8 {
        let write = |price: f64| (key.clone(), expecting(upsert(&minutes(0..50, price)), round));
        let prices = [round as f64 * 2.0 + 1.0, round as f64 * 2.0 + 2.0];
        let answers = at_once(handles, prices.map(write).into()).await;
        let won: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{answers:?}");
        for (answer, price) in answers.into_iter().zip(prices) {
            match answer {
                Ok(Written::Committed(commit)) => {
                    assert_eq!(commit.version, Version(round + 1));
                    assert_eq!(read(fixture.prices(), &key).await, minutes(0..50, price));
                }
                Ok(other) => panic!("a commit was expected, not {other:?}"),
                Err(error) => assert_error!(error, Conflict),
            }
        }
    }
    assert_eq!(commits(fixture.prices(), &key).await.len(), 8);
}

pub async fn of_two_writers_that_expect_the_same_one_conflicts(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    assert_one_of_two_wins(&fixture, &[fixture.stores().prices.clone()]).await;
}

pub async fn of_two_writers_on_two_handles_one_conflicts(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    assert_one_of_two_wins(&fixture, &two_handles(&fixture).await).await;
}

async fn assert_all_appended(fixture: &Fixture, handles: &[Arc<dyn PriceStore>]) {
    let key = key("X:A/1m");
    let writes = (0..16).map(|number| (key.clone(), upsert(&minutes(number * 10..number * 10 + 10, 1.0))));
    let mut versions: Vec<u64> = Vec::new();
    for answer in at_once(handles, writes.collect()).await {
        match answer.unwrap() {
            Written::Committed(commit) => versions.push(commit.version.0),
            other => panic!("a commit was expected, not {other:?}"),
        }
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=16).collect::<Vec<_>>());
    let (head, bars) = (
        head(fixture.prices(), &key).await,
        read(fixture.prices(), &key).await,
    );
    assert_eq!(bars, minutes(0..160, 1.0));
    assert_eq!(
        (head.version, head.bars, head.digest),
        (Version(16), 160, bars.digest())
    );
    let history = commits(fixture.prices(), &key).await;
    assert!(history.is_sorted_by(|newer, older| newer.committed_at > older.committed_at));
    for commit in history {
        let bars = read_version(fixture.prices(), &key, commit.version.0).await;
        assert_eq!(
            (commit.bars, commit.digest, commit.inserted),
            (bars.len() as u64, bars.digest(), 10)
        );
    }
}

pub async fn sixteen_appenders_lose_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    assert_all_appended(&fixture, &[fixture.stores().prices.clone()]).await;
}

pub async fn sixteen_appenders_on_two_handles_lose_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    assert_all_appended(&fixture, &two_handles(&fixture).await).await;
}

pub async fn many_series_are_made_at_once(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let handles = two_handles(&fixture).await;
    // Four series of each instrument, so that instruments are made at once, too.
    let timeframes = ["1m", "1h", "1d", "1M"];
    let keys = (0..16).map(|number: usize| key(&format!("X:S{}/{}", number / 4, timeframes[number % 4])));
    let keys: Vec<SeriesKey> = keys.collect();
    let writes = keys
        .iter()
        .map(|key| (key.clone(), expecting(upsert(&minutes(0..10, 1.0)), 0)))
        .collect();
    for answer in at_once(&handles, writes).await {
        assert_eq!(answer.unwrap().commit().unwrap().version, Version(1));
    }
    drop(handles);
    fixture.restart().await;
    let heads = fixture.prices().list(all_series()).await.unwrap().items;
    assert_eq!(heads.into_iter().map(|head| head.key).collect::<Vec<_>>(), keys);
}

pub async fn of_names_that_differ_by_case_alone_one_is_made(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let handles = two_handles(&fixture).await;
    let keys = ["X:aapl/1m", "X:AAPL/1m", "X:Aapl/1m", "x:aapl/1m"].map(key);
    let writes = keys
        .iter()
        .map(|key| (key.clone(), upsert(&minutes(0..10, 1.0))))
        .collect();
    let (made, refused): (Vec<_>, Vec<_>) = at_once(&handles, writes)
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 3), "{refused:?}");
    for error in refused {
        assert_error!(error.unwrap_err(), AlreadyExists);
    }
    assert_eq!(fixture.prices().list(all_series()).await.unwrap().items.len(), 1);
}

pub async fn a_write_that_is_repeated_at_once_is_made_once(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (handles, key) = (two_handles(&fixture).await, key("X:A/1m"));
    let writes = (0..8)
        .map(|_| (key.clone(), under(upsert(&minutes(0..10, 1.0)), "k")))
        .collect();
    let answers: Vec<Written> = at_once(&handles, writes)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let made = answers
        .iter()
        .filter(|written| matches!(written, Written::Committed(_)))
        .count();
    assert_eq!(made, 1, "{answers:?}");
    let history = commits(fixture.prices(), &key).await;
    assert_eq!(history.len(), 1);
    for written in answers {
        assert_eq!(
            written.commit(),
            history.first(),
            "each caller is told of the one commit"
        );
    }
}

pub async fn readers_see_whole_versions_while_others_write(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (handles, key) = (two_handles(&fixture).await, key("X:A/1m"));
    commit(fixture.prices(), &key, upsert(&minutes(0..9_000, 1.0))).await;
    let (writer, written) = (handles[0].clone(), key.clone());
    let writing = tokio::spawn(async move {
        for round in 2..=12_i64 {
            let bars = minutes(0..9_000 + round, round as f64);
            commit(&*writer, &written, replace(TimeRange::ALL, &bars)).await;
        }
    });
    let readers = handles.iter().map(|prices| {
        let (prices, key) = (prices.clone(), key.clone());
        tokio::spawn(async move {
            let mut last = 0;
            while last < 12 {
                let bars = read(&*prices, &key).await;
                let round = bars.close()[0] as i64;
                let rows = if round == 1 { 9_000 } else { 9_000 + round };
                assert_eq!(bars, minutes(0..rows, round as f64), "one version and no mixture");
                assert!(round >= last, "what was seen once is not unseen");
                let head = head(&*prices, &key).await;
                assert!(head.version.0 >= round as u64);
                last = round;
            }
        })
    });
    for task in readers.collect::<Vec<_>>().into_iter().chain([writing]) {
        task.await.unwrap();
    }
}

pub async fn writers_of_different_series_do_not_mix(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let handles = two_handles(&fixture).await;
    let series: Vec<_> = (0..6)
        .map(|number| (key(&format!("X:S{number}/1m")), synthetic_minutes(number, 9_000)))
        .collect();
    let writes = series
        .iter()
        .map(|(key, bars)| (key.clone(), upsert(bars)))
        .collect();
    for answer in at_once(&handles, writes).await {
        answer.unwrap();
    }
    for (key, bars) in &series {
        assert_eq!(&read(fixture.prices(), key).await, bars);
    }
}
