//! Reads of earlier states, and the list of commits.

use std::collections::BTreeMap;

use domain::{
    market::{AsOf, BarsQuery, Commit, CommitsQuery, Order, PriceStoreExt, TimeRange, Timestamp, Version},
    page::PageRequest,
};

use super::steps::{
    assert_error, at, commit, commits, delete, first_error, frame, key, read, read_version, replace, span,
    upsert,
};
use crate::{
    bars::{MINUTE, MONDAY, minutes, none, priced},
    harness::{Fixture, StoreHarness},
};

/// Makes a series of three versions: minutes 0 to 4; the same and 5 to 9; 3 to 7 deleted.
async fn three_versions(fixture: &Fixture) -> [Commit; 3] {
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let first = commit(prices, &key, upsert(&minutes(0..5, 1.0))).await;
    let second = commit(prices, &key, upsert(&minutes(5..10, 1.0))).await;
    [first, second, commit(prices, &key, delete(span(3, 8))).await]
}

pub async fn each_version_stays_readable(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let (key, commits) = (key("X:A/1m"), three_versions(&fixture).await);
    for _ in 0..2 {
        let prices = fixture.prices();
        let versions = [
            none(),
            minutes(0..5, 1.0),
            minutes(0..10, 1.0),
            minutes([0, 1, 2, 8, 9], 1.0),
        ];
        for (version, bars) in versions.iter().enumerate() {
            assert_eq!(&read_version(prices, &key, version as u64).await, bars);
        }
        for (commit, bars) in commits.iter().zip(&versions[1..]) {
            assert_eq!((commit.digest, commit.bars), (bars.digest(), bars.len() as u64));
        }
        fixture.restart().await;
    }
}

pub async fn an_unknown_version_is_not_found(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    three_versions(&fixture).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    for version in [4, 1_000_000, i64::MAX as u64] {
        let as_of = AsOf::Version(Version(version));
        assert_error!(
            first_error(
                prices,
                BarsQuery {
                    as_of,
                    ..BarsQuery::all(key.clone())
                }
            )
            .await,
            NotFound
        );
        assert_error!(prices.commit_at(&key, as_of).await.unwrap_err(), NotFound);
    }
}

pub async fn a_time_means_the_last_commit_at_or_before_it(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let commits = three_versions(&fixture).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let times = commits.each_ref().map(|commit| commit.committed_at.micros());
    let expected = [
        (times[0] - 1, 0),
        (times[0], 1),
        (times[0] + 1, 1),
        (times[1] - 1, 1),
        (times[1], 2),
        (times[2] - 1, 2),
        (times[2], 3),
        (times[2] + 1_000_000_000, 3),
        (0, 0),
        (Timestamp::MIN.micros(), 0),
        (Timestamp::MAX.micros(), 3),
    ];
    for (time, version) in expected {
        let as_of = AsOf::Time(at(time));
        let found = prices
            .read_all(BarsQuery {
                as_of,
                ..BarsQuery::all(key.clone())
            })
            .await
            .unwrap();
        assert_eq!(found, read_version(prices, &key, version).await, "as of {time}");
        let commit = prices.commit_at(&key, as_of).await.unwrap();
        assert_eq!(
            commit.map_or(0, |commit| commit.version.0),
            version,
            "as of {time}"
        );
    }
}

pub async fn commit_at_returns_the_commit_of_a_state(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let commits = three_versions(&fixture).await;
    let (prices, key, missing) = (fixture.prices(), key("X:A/1m"), key("X:B/1m"));
    assert_eq!(
        prices.commit_at(&key, AsOf::Version(Version(0))).await.unwrap(),
        None
    );
    for commit in &commits {
        let found = prices
            .commit_at(&key, AsOf::Version(commit.version))
            .await
            .unwrap();
        assert_eq!(found.as_ref(), Some(commit));
    }
    assert_eq!(
        prices.commit_at(&key, AsOf::Head).await.unwrap().as_ref(),
        commits.last()
    );
    for as_of in [AsOf::Head, AsOf::Version(Version(0)), AsOf::Time(at(0))] {
        assert_error!(prices.commit_at(&missing, as_of).await.unwrap_err(), NotFound);
    }
}

pub async fn an_earlier_state_is_read_with_range_limit_and_order(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    three_versions(&fixture).await;
    let query = BarsQuery {
        as_of: AsOf::Version(Version(2)),
        range: span(2, 9),
        limit: Some(4),
        order: Order::Descending,
        ..BarsQuery::all(key("X:A/1m"))
    };
    let frame = frame(fixture.prices(), query).await.unwrap();
    assert_eq!(frame.time, [8, 7, 6, 5].map(|minute| MONDAY + minute * MINUTE));
}

pub async fn commits_are_listed_newest_first(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let made = three_versions(&fixture).await;
    let listed = commits(fixture.prices(), &key("X:A/1m")).await;
    assert_eq!(
        listed.iter().rev().collect::<Vec<_>>(),
        made.iter().collect::<Vec<_>>()
    );
}

pub async fn commits_are_listed_page_by_page(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    for number in 0..12 {
        commit(prices, &key, upsert(&minutes([number], 1.0))).await;
    }
    for limit in [1, 5, 6, 11, 12, 13] {
        let (mut versions, mut page) = (Vec::new(), PageRequest::first(limit));
        loop {
            let answer = prices
                .commits(CommitsQuery {
                    key: key.clone(),
                    page: page.clone(),
                })
                .await
                .unwrap();
            assert!(answer.items.len() <= limit && !answer.items.is_empty());
            versions.extend(answer.items.iter().map(|commit| commit.version.0));
            let Some(next) = answer.next else { break };
            assert_eq!(
                Some(next.0),
                versions.last().copied(),
                "the cursor is the last item's place"
            );
            page = page.after(next);
        }
        assert_eq!(versions, (1..=12).rev().collect::<Vec<_>>(), "{limit} a page");
    }
}

pub async fn a_page_goes_on_where_it_was_though_commits_were_added(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    three_versions(&fixture).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let first = prices
        .commits(CommitsQuery {
            key: key.clone(),
            page: PageRequest::first(1),
        })
        .await
        .unwrap();
    commit(prices, &key, upsert(&minutes([77], 1.0))).await;
    let page = PageRequest::first(9).after(first.next.unwrap());
    let rest = prices.commits(CommitsQuery { key, page }).await.unwrap();
    assert_eq!(
        rest.items
            .iter()
            .map(|commit| commit.version.0)
            .collect::<Vec<_>>(),
        [2, 1]
    );
}

pub async fn an_unknown_series_has_no_commits(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let query = CommitsQuery {
        key: key("X:A/1m"),
        page: PageRequest::first(9),
    };
    assert_error!(fixture.prices().commits(query).await.unwrap_err(), NotFound);
}

pub async fn three_hundred_small_commits_can_all_be_read_back(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    let mut state: BTreeMap<i64, f64> = BTreeMap::new();
    let mut remembered = vec![state.clone()];
    for number in 0..300_i64 {
        let (minute, price) = (number * 7 % 120, 1.0 + number as f64);
        let write = match number % 10 {
            8 if number > 20 => {
                state.retain(|time, _| !(minute..minute + 3).contains(time));
                state.insert(minute + 1, price);
                replace(span(minute, minute + 3), &minutes([minute + 1], price))
            }
            9 if state.contains_key(&minute) => {
                state.remove(&minute);
                delete(span(minute, minute + 1))
            }
            _ => {
                state.insert(minute, price);
                upsert(&minutes([minute], price))
            }
        };
        commit(fixture.prices(), &key, write).await;
        remembered.push(state.clone());
    }
    fixture.restart().await;
    let bars = |state: &BTreeMap<i64, f64>| {
        priced(
            state
                .iter()
                .map(|(minute, price)| (MONDAY + minute * MINUTE, *price)),
        )
    };
    assert_eq!(read(fixture.prices(), &key).await, bars(&state));
    for version in [0, 1, 2, 9, 63, 64, 65, 128, 150, 255, 256, 257, 298, 299, 300] {
        let expected = bars(&remembered[version]);
        assert_eq!(
            read_version(fixture.prices(), &key, version as u64).await,
            expected,
            "version {version}"
        );
        let range = TimeRange {
            end: None,
            ..span(30, 0)
        };
        let as_of = AsOf::Version(Version(version as u64));
        let part = BarsQuery {
            as_of,
            range,
            ..BarsQuery::all(key.clone())
        };
        assert_eq!(
            fixture.prices().read_all(part).await.unwrap(),
            expected.within(&range),
            "version {version}"
        );
    }
}
