use domain::market::{Bars, PriceStoreExt};

use super::*;
use crate::fixture::{Fixture, key, rising};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1440 * MINUTE;

fn query(key: &SeriesKey, order: Order, limit: usize) -> BarsPageQuery {
    BarsPageQuery {
        key: key.clone(),
        version: Version(1),
        range: TimeRange::ALL,
        columns: ColumnSet::ALL,
        resample: None,
        order,
        limit,
    }
}

async fn pages(stores: &Stores, mut query: BarsPageQuery) -> Vec<Vec<i64>> {
    let mut pages = Vec::new();
    loop {
        let page = page(stores, query.clone()).await.unwrap();
        let rest = page.rest(&query.range, query.order);
        pages.push(page.frame.time);
        match rest {
            Some(rest) => query.range = rest,
            None => return pages,
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_either_way() {
    let fixture = Fixture::new();
    let key = key("X:A/1d");
    fixture.write(&key, rising("2024-01-01", DAY, 7)).await;
    let all = rising("2024-01-01", DAY, 7).time().to_vec();
    let ascending = pages(&fixture.stores, query(&key, Order::Ascending, 3)).await;
    assert_eq!(ascending, [&all[0..3], &all[3..6], &all[6..7]]);
    let descending = pages(&fixture.stores, query(&key, Order::Descending, 3)).await;
    let reversed: Vec<i64> = all.iter().rev().copied().collect();
    assert_eq!(descending, [&reversed[0..3], &reversed[3..6], &reversed[6..7]]);
    let even = pages(&fixture.stores, query(&key, Order::Ascending, 7)).await;
    assert_eq!(even.len(), 1);
}

#[tokio::test]
async fn the_newest_longer_bars_are_those_that_a_whole_read_ends_with() {
    let fixture = Fixture::new();
    let key = key("X:A/1m");
    // Two sessions with a night between, which a first guess falls short of.
    let (early, late) = (
        rising("2024-01-02T00:00", MINUTE, 130),
        rising("2024-03-02T00:00", MINUTE, 65),
    );
    fixture.write(&key, Bars::concat([&early, &late]).unwrap()).await;
    let hours = |order, limit| BarsPageQuery {
        resample: Some("1h".parse().unwrap()),
        ..query(&key, order, limit)
    };
    let whole = page(&fixture.stores, hours(Order::Ascending, 100)).await.unwrap();
    assert_eq!(whole.frame.len(), 5);
    let newest = page(&fixture.stores, hours(Order::Descending, 4)).await.unwrap();
    let expected: Vec<i64> = whole.frame.time.iter().rev().take(4).copied().collect();
    assert_eq!((newest.frame.time, newest.more), (expected, true));
    assert!(!newest.complete.unwrap()[0]);
    let all = pages(&fixture.stores, hours(Order::Descending, 2)).await;
    assert_eq!(all.concat().len(), 5);
}

#[tokio::test]
async fn a_state_is_that_of_the_head_a_version_or_a_time() {
    let fixture = Fixture::new();
    let key = key("X:A/1d");
    fixture.write(&key, rising("2024-01-01", DAY, 1)).await;
    fixture.write(&key, rising("2024-01-01", DAY, 2)).await;
    let version = async |as_of| {
        state(&fixture.stores, &key, as_of)
            .await
            .map(|state| state.version)
    };
    assert_eq!(version(AsOf::Head).await.unwrap(), Version(2));
    assert_eq!(version(AsOf::Version(Version(1))).await.unwrap(), Version(1));
    assert_eq!(
        version(AsOf::Time(Timestamp::EPOCH)).await.unwrap(),
        Version::EMPTY
    );
    assert!(version(AsOf::Version(Version(3))).await.is_err());
    let unknown = state(&fixture.stores, &"X:B/1d".parse().unwrap(), AsOf::Head).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
    assert_eq!(
        fixture
            .stores
            .prices
            .read_all(BarsQuery::all(key))
            .await
            .unwrap()
            .len(),
        2
    );
}
