//! What backtests gave: who reads it, who changes it, what it holds back, and how it is listed.

mod damage;
mod lists;
mod pins;
mod rights;

use std::time::Instant;

use domain::{
    backtest::{
        Backtest, BacktestInput, BacktestResult, BacktestSettings, BacktestStore, BacktestStoreExt, Costs,
        EquityCurve, ExitReason, Metric, Metrics, NewBacktest, Origin, RunStatus, Side, Trade,
    },
    error::StoreError,
    id::BacktestId,
    market::{AsOf, PriceStore, Timestamp, Version, Zone},
};
use sqlx::Row;
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::bars::{MINUTE, MONDAY, minutes};
use uuid::Uuid;

use crate::place::{Place, author, key, upsert};

/// Describes a backtest that is done, over version 1 of a series.
pub(crate) async fn done(store: &PostgresStore, number: u128, series: &str) -> NewBacktest {
    let key = key(series);
    let first = store.commit_at(&key, AsOf::Version(Version(1))).await;
    let digest = first.unwrap().unwrap().digest;
    let metric = |value, reason: Option<&str>| Metric {
        value,
        basis: "daily returns, N = 252".to_owned(),
        reason: reason.map(str::to_owned),
    };
    let metrics = Metrics::from_iter([
        ("total_return".to_owned(), metric(Some(0.25), None)),
        ("sharpe".to_owned(), metric(None, Some("there is one day"))),
        ("another".to_owned(), metric(Some(1e300), None)),
    ]);
    let backtest = Backtest {
        id: BacktestId::from_uuid(Uuid::from_u128(number)),
        status: RunStatus::Done,
        origin: Origin::Engine,
        strategy: None,
        inputs: vec![BacktestInput {
            series: key,
            version: Version(1),
            digest,
        }],
        settings: BacktestSettings {
            start: None,
            end: None,
            parameters: [("fast".to_owned(), 10.0)].into(),
            cash: 100.0,
            costs: Costs::default(),
            sessions_per_year: 252.0,
            zone: Zone::UTC,
            risk_free: 0.0,
        },
        title: Some("a title".to_owned()),
        notes: None,
        tags: ["kept".to_owned()].into(),
        author: author(),
        created_at: Timestamp::saturating(MONDAY),
        finished_at: Some(Timestamp::saturating(MONDAY + 1)),
        sweep: None,
        engine: Some("1.0.0".to_owned()),
        digest: None,
        span: None,
        metrics,
        failure: None,
    };
    let day = 24 * 60 * MINUTE;
    let result = BacktestResult {
        trades: vec![trade(1), trade(2)],
        equity: EquityCurve::new(
            vec![MONDAY, MONDAY + MINUTE, MONDAY + day],
            vec![150.0, 120.0, 200.0],
        )
        .unwrap(),
    };
    NewBacktest { backtest, result }
}

fn trade(number: u32) -> Trade {
    Trade {
        number,
        side: Side::Short,
        units: 2.0,
        entry_time: Timestamp::saturating(MONDAY),
        entry_price: 10.0,
        exit_time: Timestamp::saturating(MONDAY + i64::from(number) * MINUTE),
        exit_price: 9.0,
        exit_reason: ExitReason::TrailingStop,
        gross: 2.0,
        costs: 0.5,
        net: 1.5,
        net_return: 0.075,
    }
}

/// Makes a place with a series in two versions and a backtest of the first one.
async fn with_backtest(options: impl FnOnce(PostgresOptions) -> PostgresOptions) -> (Place, PostgresStore) {
    let place = Place::new().await;
    let store = place.open_with(options(place.options())).await;
    upsert(&store, &key("X:A/1m"), &minutes(0..10, 1.0)).await;
    store
        .add_backtest(&done(&store, 1, "X:A/1m").await)
        .await
        .unwrap();
    upsert(&store, &key("X:A/1m"), &minutes(0..10, 2.0)).await;
    (place, store)
}

#[tokio::test]
async fn a_million_points_and_a_hundred_thousand_trades_come_back_as_they_were() {
    let (place, store) = with_backtest(|options| options).await;
    let mut new = done(&store, 2, "X:A/1m").await;
    let time = (0..1_000_000).map(|minute| MONDAY + minute * MINUTE).collect();
    let equity = (0..1_000_000)
        .map(|minute| 10_000.0 + f64::from(minute).sqrt() / 3.0)
        .collect();
    new.result.equity = EquityCurve::new(time, equity).unwrap();
    new.result.trades = (1..=100_000).map(trade).collect();
    let begin = Instant::now();
    store.add_backtest(&new).await.unwrap();
    let written = begin.elapsed();
    assert_eq!(store.equity(new.backtest.id).await.unwrap(), new.result.equity);
    assert_eq!(
        store.all_trades(new.backtest.id).await.unwrap(),
        new.result.trades
    );
    println!(
        "written in {written:?}, written and read in {:?}",
        begin.elapsed()
    );
    let mut admin = place.admin().await;
    let row = sqlx::query(
        "select count(*), max(octet_length(equity)) from chandlery.equity_chunk where points > 3",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert_eq!(row.get::<i64, _>(0), 16);
    store.remove_backtest(new.backtest.id).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from chandlery.trade")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(left, 2, "those of the other backtest");
}

#[tokio::test]
async fn a_text_that_could_never_be_reported_is_refused() {
    let (_place, store) = with_backtest(|options| options).await;
    for (number, in_title) in [(2, true), (3, false)] {
        let mut new = done(&store, number, "X:A/1m").await;
        let nul = Some("a\0b".to_owned());
        if in_title {
            new.backtest.title = nul;
        } else {
            new.backtest.failure = nul;
        }
        let refused = store.add_backtest(&new).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
}
