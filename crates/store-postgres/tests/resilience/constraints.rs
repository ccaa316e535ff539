//! What the database itself refuses, whoever asks.

use domain::{
    error::StoreError,
    market::{PriceStore, PriceStoreExt, Revert, Version, WriteMeta},
};
use testkit::bars::minutes;

use crate::place::{Place, assert_intact, attempt, author, key, read, upsert, version};

#[tokio::test]
async fn two_live_chunks_that_overlap_are_refused_even_to_a_superuser() {
    let place = Place::new().await;
    let store = place.open().await;
    let key = key("X:A/1m");
    upsert(&store, &key, &minutes(0..100, 1.0)).await;
    upsert(&store, &key, &minutes(50..60, 2.0)).await;
    let mut admin = place.admin().await;
    for (first, last) in [
        ("first_time", "last_time"),
        ("first_time - 1", "first_time"),
        ("last_time", "last_time + 1"),
        ("first_time + 1", "last_time - 1"),
    ] {
        let copy = format!(
            "insert into chandlery.price_chunk select series_id, {first}, {last}, gen_random_uuid(), bars, bytes, \
             version, null, digest, runs, time, open, high, low, close, volume \
             from chandlery.price_chunk where retired_version is null limit 1"
        );
        assert_eq!(
            attempt(&mut admin, &copy).await,
            Err("23P01".to_owned()),
            "{first}"
        );
    }
    let revived = "update chandlery.price_chunk set retired_version = null where retired_version is not null";
    assert_eq!(attempt(&mut admin, revived).await, Err("23P01".to_owned()));
    assert_intact(&store, &key).await;
}

#[tokio::test]
async fn a_chunk_belongs_to_a_version_that_exists() {
    let place = Place::new().await;
    let store = place.open().await;
    upsert(&store, &key("X:A/1m"), &minutes(0..100, 1.0)).await;
    let mut admin = place.admin().await;
    let moved = attempt(&mut admin, "update chandlery.price_chunk set version = 7").await;
    assert_eq!(moved, Err("23503".to_owned()));
    let pinned =
        "insert into chandlery.series_pin select series_id, 7, 'backtest:1' from chandlery.series_head";
    assert_eq!(attempt(&mut admin, pinned).await, Err("23503".to_owned()));
}

#[tokio::test]
async fn a_series_with_a_pinned_version_is_not_purged() {
    let place = Place::new().await;
    let store = place.open().await;
    let key = key("X:A/1m");
    upsert(&store, &key, &minutes(0..100, 1.0)).await;
    upsert(&store, &key, &minutes(50..60, 2.0)).await;
    place
        .database
        .execute(
            "insert into chandlery.series_pin select series_id, 1, 'backtest:1' from chandlery.series_head",
        )
        .await;
    match store.purge(&key).await {
        Err(StoreError::Conflict { reason, .. }) => assert!(reason.contains("backtest:1"), "{reason}"),
        other => panic!("a conflict was expected, not {other:?}"),
    }
    assert_eq!(read(&store, &key).await.len(), 100);
    assert_intact(&store, &key).await;
    place.database.execute("delete from chandlery.series_pin").await;
    store.purge(&key).await.unwrap();
    assert_eq!(store.head(&key).await.unwrap(), None);
}

#[tokio::test]
async fn a_pinned_version_is_not_pruned() {
    let place = Place::new().await;
    let store = place.open().await;
    let key = key("X:A/1m");
    for price in [1.0, 2.0, 3.0, 4.0] {
        upsert(&store, &key, &minutes(0..100, price)).await;
    }
    place
        .database
        .execute(
            "insert into chandlery.series_pin select series_id, 2, 'backtest:1' from chandlery.series_head",
        )
        .await;
    let mut app = place.connect("chandlery_app").await;
    let beyond = "select chandlery.prune_series(series_id, 5) from chandlery.series_head";
    assert_eq!(attempt(&mut app, beyond).await, Err("22023".to_owned()));
    let pruned: i64 =
        sqlx::query_scalar("select chandlery.prune_series(series_id, 4) from chandlery.series_head")
            .fetch_one(&mut app)
            .await
            .unwrap();
    assert_eq!(pruned, 2);
    assert_eq!(
        store.read_all(version(&key, 2)).await.unwrap(),
        minutes(0..100, 2.0)
    );
    assert_eq!(
        store.read_all(version(&key, 4)).await.unwrap(),
        minutes(0..100, 4.0)
    );
    for gone in [1, 3] {
        let read = store.read_all(version(&key, gone)).await;
        assert!(matches!(read, Err(StoreError::Gone(_))), "{read:?}");
    }
    assert_intact(&store, &key).await;
    let back = Revert {
        to: Version(2),
        expected: None,
        meta: WriteMeta::by(author()),
    };
    store.revert(&key, back).await.unwrap();
    assert_eq!(read(&store, &key).await, minutes(0..100, 2.0));
    assert_intact(&store, &key).await;
}
