//! Reads: ranges, limits, order, columns, and what a read sees.

use domain::{
    error::EntityRef,
    market::{
        AsOf, BarFrame, Bars, BarsQuery, Column, ColumnSet, Order, PriceStoreExt, TimeRange, Timestamp,
        Version,
    },
};
use futures::{StreamExt, TryStreamExt};

use super::steps::{assert_error, at, batched, commit, delete, first_error, frame, key, read, span, upsert};
use crate::{
    bars::{MINUTE, MONDAY, batches, minutes, priced, synthetic_minutes},
    harness::{Fixture, StoreHarness},
};

const NO_MINUTES: [i64; 0] = [];

/// Returns the minutes, counted from the Monday that bars begin on, that a query finds in a series of minutes 0 to 9.
async fn found(harness: &dyn StoreHarness, change: impl Fn(BarsQuery) -> BarsQuery) -> Vec<i64> {
    let fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    commit(fixture.prices(), &key, upsert(&minutes(0..10, 1.0))).await;
    let frame = frame(fixture.prices(), change(BarsQuery::all(key)))
        .await
        .unwrap();
    frame.time.iter().map(|time| (time - MONDAY) / MINUTE).collect()
}

pub async fn ranges_are_half_open(harness: &dyn StoreHarness) {
    assert_eq!(
        found(harness, |query| BarsQuery {
            range: span(3, 6),
            ..query
        })
        .await,
        [3, 4, 5]
    );
    let micro = |start, end| TimeRange::new(Some(at(MONDAY + start)), Some(at(MONDAY + end)));
    assert_eq!(
        found(harness, |query| BarsQuery {
            range: micro(MINUTE, MINUTE + 1),
            ..query
        })
        .await,
        [1]
    );
    assert_eq!(
        found(harness, |query| BarsQuery {
            range: micro(MINUTE + 1, 2 * MINUTE),
            ..query
        })
        .await,
        NO_MINUTES
    );
}

pub async fn a_missing_bound_is_no_bound(harness: &dyn StoreHarness) {
    let (from, to) = (
        TimeRange {
            end: None,
            ..span(7, 7)
        },
        TimeRange {
            start: None,
            ..span(3, 3)
        },
    );
    assert_eq!(
        found(harness, |query| BarsQuery { range: from, ..query }).await,
        [7, 8, 9]
    );
    assert_eq!(
        found(harness, |query| BarsQuery { range: to, ..query }).await,
        [0, 1, 2]
    );
    let widest = TimeRange::new(Some(Timestamp::MIN), Some(Timestamp::MAX));
    assert_eq!(
        found(harness, |query| BarsQuery {
            range: widest,
            ..query
        })
        .await
        .len(),
        10
    );
}

pub async fn a_range_without_bars_reads_nothing(harness: &dyn StoreHarness) {
    for range in [span(3, 3), span(6, 3), span(-9, 0), span(10, 99)] {
        for order in [Order::Ascending, Order::Descending] {
            assert_eq!(
                found(harness, |query| BarsQuery {
                    range,
                    order,
                    ..query
                })
                .await,
                NO_MINUTES,
                "{range:?} {order:?}"
            );
        }
    }
}

pub async fn a_limit_counts_in_the_order_of_the_read(harness: &dyn StoreHarness) {
    assert_eq!(
        found(harness, |query| BarsQuery {
            limit: Some(3),
            ..query
        })
        .await,
        [0, 1, 2]
    );
    assert_eq!(
        found(harness, |query| BarsQuery {
            limit: Some(0),
            ..query
        })
        .await,
        NO_MINUTES
    );
    assert_eq!(
        found(harness, |query| BarsQuery {
            limit: Some(99),
            ..query
        })
        .await
        .len(),
        10
    );
    let newest = |query| BarsQuery {
        limit: Some(3),
        order: Order::Descending,
        ..query
    };
    assert_eq!(found(harness, newest).await, [9, 8, 7]);
    let within = |query| BarsQuery {
        limit: Some(2),
        order: Order::Descending,
        range: span(2, 6),
        ..query
    };
    assert_eq!(found(harness, within).await, [5, 4]);
}

pub async fn a_descending_read_begins_with_the_newest(harness: &dyn StoreHarness) {
    let all = |query| BarsQuery {
        order: Order::Descending,
        ..query
    };
    assert_eq!(found(harness, all).await, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    let part = |query| BarsQuery {
        order: Order::Descending,
        range: span(4, 7),
        ..query
    };
    assert_eq!(found(harness, part).await, [6, 5, 4]);
}

pub async fn a_large_read_is_cut_where_it_should_be(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), synthetic_minutes(5, 60_000));
    commit(
        prices,
        &key,
        batched(domain::market::WriteKind::Upsert, batches(&bars, 7_000)),
    )
    .await;
    for (start, end, limit) in [
        (0, 60_000, 59_999),
        (1, 59_999, 99_999),
        (4_095, 4_097, 9),
        (10_007, 50_003, 30_011),
    ] {
        let part = bars.slice(start..end);
        let kept = part.len().min(limit);
        let range = span(start as i64, end as i64);
        let query = BarsQuery {
            range,
            limit: Some(limit as u64),
            ..BarsQuery::all(key.clone())
        };
        let ascending = frame(prices, query.clone()).await.unwrap();
        assert_eq!(Bars::try_from(ascending).unwrap(), part.slice(0..kept));
        let descending = frame(
            prices,
            BarsQuery {
                order: Order::Descending,
                ..query
            },
        )
        .await
        .unwrap();
        let newest = part.slice(part.len() - kept..part.len());
        assert_eq!(Bars::try_from(descending.reversed()).unwrap(), newest);
    }
}

pub async fn a_read_brings_the_columns_that_were_asked_for(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), synthetic_minutes(6, 10_000));
    commit(prices, &key, upsert(&bars)).await;
    let mut sets = vec![
        ColumnSet::TIME,
        ColumnSet::ALL,
        [Column::Low, Column::Volume].into_iter().collect(),
    ];
    sets.extend(Column::ALL.map(|column| ColumnSet::from_iter([column])));
    for columns in sets {
        for order in [Order::Ascending, Order::Descending] {
            let query = BarsQuery {
                columns,
                order,
                range: span(5, 9_000),
                ..BarsQuery::all(key.clone())
            };
            let frame = frame(prices, query).await.unwrap();
            let expected = BarFrame::of(bars.slice(5..9_000), columns);
            let expected = if order == Order::Descending {
                expected.reversed()
            } else {
                expected
            };
            assert_eq!(frame.time, expected.time);
            assert_eq!(frame.columns, expected.columns, "{columns:?} {order:?}");
        }
    }
}

pub async fn an_unknown_series_is_not_found(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, missing) = (fixture.prices(), key("X:MISSING/1m"));
    commit(prices, &key("X:A/1m"), upsert(&minutes(0..3, 1.0))).await;
    assert_eq!(prices.head(&missing).await.unwrap(), None);
    for as_of in [
        AsOf::Head,
        AsOf::Version(Version(0)),
        AsOf::Version(Version(1)),
        AsOf::Time(at(MONDAY)),
    ] {
        let error = first_error(
            prices,
            BarsQuery {
                as_of,
                ..BarsQuery::all(missing.clone())
            },
        )
        .await;
        assert_error!(error, NotFound);
    }
    match prices
        .read_all(BarsQuery::all(missing.clone()))
        .await
        .unwrap_err()
    {
        domain::error::StoreError::NotFound(entity) => assert_eq!(entity, EntityRef::Series(missing)),
        other => panic!("expected NotFound, got {other:?}"),
    }
}

pub async fn an_empty_read_of_an_unknown_series_is_not_found_either(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    for query in [
        BarsQuery {
            limit: Some(0),
            ..BarsQuery::all(key("X:A/1m"))
        },
        BarsQuery {
            range: span(3, 3),
            ..BarsQuery::all(key("X:A/1m"))
        },
    ] {
        assert_error!(first_error(fixture.prices(), query).await, NotFound);
    }
}

pub async fn a_read_that_has_begun_sees_one_version(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), synthetic_minutes(7, 100_000));
    commit(prices, &key, upsert(&bars)).await;
    let mut frames = prices.bars(BarsQuery::all(key.clone()));
    let first = frames.next().await.unwrap().unwrap();
    let other = fixture.another_handle().await;
    commit(&*other.prices, &key, upsert(&minutes(50_000..100_010, 1.0))).await;
    commit(prices, &key, delete(TimeRange::ALL)).await;
    let rest: Vec<BarFrame> = frames.try_collect().await.unwrap();
    let pieces: Vec<Bars> = [first]
        .into_iter()
        .chain(rest)
        .map(|frame| frame.try_into().unwrap())
        .collect();
    assert_eq!(Bars::concat(&pieces).unwrap(), bars);
}

pub async fn a_read_that_is_given_up_disturbs_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key, bars) = (fixture.prices(), key("X:A/1m"), synthetic_minutes(8, 100_000));
    commit(prices, &key, upsert(&bars)).await;
    for _ in 0..20 {
        let mut frames = prices.bars(BarsQuery::all(key.clone()));
        assert!(frames.next().await.unwrap().is_ok());
        drop(frames);
        drop(prices.bars(BarsQuery::all(key.clone())));
    }
    commit(prices, &key, upsert(&minutes(100_000..100_010, 1.0))).await;
    assert_eq!(read(prices, &key).await.len(), 100_010);
}

pub async fn bars_at_one_microsecond_apart_are_found_by_their_range(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1s"));
    let bars = priced((-5..5).map(|time| (time, 1.0)));
    commit(prices, &key, upsert(&bars)).await;
    let range = TimeRange::new(Some(at(-2)), Some(at(1)));
    let frame = frame(
        prices,
        BarsQuery {
            range,
            ..BarsQuery::all(key)
        },
    )
    .await
    .unwrap();
    assert_eq!(frame.time, [-2, -1, 0]);
}
