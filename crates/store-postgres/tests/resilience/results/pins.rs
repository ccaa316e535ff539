//! Versions that backtests read are kept.

use std::time::{Duration, Instant};

use domain::{
    backtest::BacktestStore,
    error::StoreError,
    id::BacktestId,
    market::{AsOf, PriceStore, PriceStoreExt, Version},
};
use store_postgres::PostgresOptions;
use testkit::bars::minutes;
use uuid::Uuid;

use super::{done, with_backtest};
use crate::{
    asleep::{hold_heads, wait_until_asleep},
    place::{key, upsert, version},
};

#[tokio::test]
async fn a_version_that_a_backtest_reads_is_neither_pruned_nor_purged_until_the_backtest_goes() {
    let retention = |options| PostgresOptions {
        retention: Some(Duration::from_mins(1)),
        ..options
    };
    let (place, store) = with_backtest(retention).await;
    let (key, id) = (key("X:A/1m"), BacktestId::from_uuid(Uuid::from_u128(1)));
    let second = store.commit_at(&key, AsOf::Version(Version(2))).await;
    let second = second.unwrap().unwrap().digest;
    for price in [3.0, 4.0] {
        place.clock.advance(86_400_000_000);
        upsert(&store, &key, &minutes(0..10, price)).await;
    }
    let begin = Instant::now();
    while !matches!(store.read_all(version(&key, 2)).await, Err(StoreError::Gone(_))) {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "version 2 is still there"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(
        store.read_all(version(&key, 1)).await.unwrap(),
        minutes(0..10, 1.0)
    );
    let refused = store.purge(&key).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    // The version is kept already, so that another backtest may read it too; one that is gone stays gone.
    let mut another = done(&store, 2, "X:A/1m").await;
    store.add_backtest(&another).await.unwrap();
    another.backtest.id = BacktestId::from_uuid(Uuid::from_u128(3));
    another.backtest.inputs[0].version = Version(2);
    another.backtest.inputs[0].digest = second;
    let gone = store.add_backtest(&another).await;
    assert!(matches!(gone, Err(StoreError::Gone(_))), "{gone:?}");
    store.remove_backtest(id).await.unwrap();
    assert!(store.purge(&key).await.is_err(), "the other one still reads it");
    let other = BacktestId::from_uuid(Uuid::from_u128(2));
    store.remove_backtest(other).await.unwrap();
    store.purge(&key).await.unwrap();
    assert_eq!(store.backtest(id).await.unwrap(), None);
}

#[tokio::test]
async fn who_reads_a_version_waits_for_who_prunes_it_and_finds_it_gone() {
    let (place, store) = with_backtest(|options| options).await;
    let new = done(&store, 2, "X:A/1m").await;
    let mut pruner = hold_heads(&place).await;
    let call = tokio::spawn(async move { store.add_backtest(&new).await });
    wait_until_asleep(&place, 1).await;
    let prune = "delete from chandlery.series_pin; update chandlery.series_head set kept_from = 2; commit";
    sqlx::raw_sql(prune).execute(&mut pruner).await.unwrap();
    let added = call.await.unwrap();
    assert!(matches!(added, Err(StoreError::Gone(_))), "{added:?}");
}
