//! Zones of instruments that change while series are written and counted again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::market::{Instrument, InstrumentStore};
use futures::future::join_all;
use testkit::{bars::minutes, scale};
use tokio::time::timeout;

use crate::{
    outage::Behind,
    place::{Place, assert_intact, attempt, key, upsert},
};

fn instrument(zone: &str) -> Instrument {
    Instrument {
        zone: zone.parse().unwrap(),
        ..Instrument::new("X".parse().unwrap(), "A".parse().unwrap())
    }
}

/// Checks that every series is counted in the zone of its instrument.
async fn assert_counted_in_their_zone(place: &Place) {
    let zones: Vec<(String, String)> = sqlx::query_as(
        "select h.zone, i.zone from chandlery.series_head h \
         join chandlery.price_series s on s.id = h.series_id join chandlery.instrument i on i.id = s.instrument_id",
    )
    .fetch_all(&mut place.admin().await)
    .await
    .unwrap();
    assert!(!zones.is_empty());
    for (counted, current) in zones {
        assert_eq!(counted, current);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_that_is_made_while_the_zone_changes_is_counted_in_the_new_one() {
    let place = Place::new().await;
    let store = place.open().await;
    store.put_instrument(&instrument("UTC")).await.unwrap();
    let mut admin = place.admin().await;
    attempt(
        &mut admin,
        "begin; update chandlery.instrument set zone = 'Asia/Tokyo'",
    )
    .await
    .unwrap();
    let writer = {
        let store = store.clone();
        tokio::spawn(async move { upsert(&store, &key("X:A/1m"), &minutes(0..3_000, 1.0)).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    attempt(&mut admin, "commit").await.unwrap();
    writer.await.unwrap();
    assert_counted_in_their_zone(&place).await;
    assert_intact(&store, &key("X:A/1m")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_zones_that_are_put_at_once_the_later_one_counts() {
    let place = Place::new().await;
    let handles = [place.open().await, place.open().await];
    for (symbol, bars) in [("X:A/1m", 9_000), ("X:A/5m", 40_000)] {
        upsert(&handles[0], &key(symbol), &minutes((0..bars).step_by(5), 1.0)).await;
    }
    let deadline = scale::Deadline::start();
    let zones = ["Asia/Tokyo", "America/New_York", "UTC", "Europe/Berlin"];
    for round in 0..scale::count(1_000).clamp(30, 200) as usize {
        if deadline.passed() {
            break;
        }
        let puts = handles.iter().enumerate().map(|(number, store)| {
            let (store, instrument) = (store.clone(), instrument(zones[(round + number) % zones.len()]));
            tokio::spawn(async move { store.put_instrument(&instrument).await })
        });
        for put in join_all(puts).await {
            put.unwrap().unwrap();
        }
        assert_counted_in_their_zone(&place).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_is_counted_again_however_fast_it_is_written() {
    let (behind, key) = (Behind::new().await, key("X:A/1m"));
    upsert(&behind.store, &key, &minutes(0..9_000, 1.0)).await;
    // Who counts is slow, who writes is not.
    behind.proxy.delay(Duration::from_millis(10));
    let ended = Arc::new(AtomicBool::new(false));
    let writer = {
        let (ended, store, key) = (ended.clone(), behind.place.open().await, key.clone());
        tokio::spawn(async move {
            let mut writes = 0;
            while !ended.load(Ordering::SeqCst) {
                writes += 1;
                upsert(&store, &key, &minutes([7], f64::from(writes) + 1.0)).await;
            }
            writes
        })
    };
    let tokyo = instrument("Asia/Tokyo");
    let put = timeout(Duration::from_secs(15), behind.store.put_instrument(&tokyo)).await;
    ended.store(true, Ordering::SeqCst);
    assert!(writer.await.unwrap() > 3);
    put.expect("the count ends").unwrap();
    behind.proxy.open();
    assert_counted_in_their_zone(&behind.place).await;
    assert_intact(&behind.store, &key).await;
}
