//! Values that formats and databases change on the way, and must not.

use domain::market::{Bar, Bars, CANONICAL_NAN, Instrument, SeriesKey, Timestamp};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::steps::{commit, head, key, read, upsert};
use crate::{
    bars::{MINUTE, MONDAY, flat, hostile_bars, priced},
    harness::{Fixture, StoreHarness},
};

/// Writes bars and checks that they come back bit for bit, at once and after a restart, with the same digest.
async fn assert_round_trip(fixture: &mut Fixture, key: &SeriesKey, bars: &Bars) {
    commit(fixture.prices(), key, upsert(bars)).await;
    for _ in 0..2 {
        let found = read(fixture.prices(), key).await;
        assert_eq!(&found, bars);
        assert_eq!(found.digest(), bars.digest());
        assert_eq!(head(fixture.prices(), key).await.digest, bars.digest());
        fixture.restart().await;
    }
}

fn with_volumes(volumes: &[f64]) -> Bars {
    let bar = |(index, volume): (usize, &f64)| Bar {
        volume: *volume,
        ..flat(index as i64 * MINUTE, 1.0)
    };
    Bars::from_rows(&volumes.iter().enumerate().map(bar).collect::<Vec<_>>()).unwrap()
}

pub async fn unknown_volumes_stay_unknown(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let mixed = with_volumes(&[1.0, f64::NAN, 0.0, f64::from_bits(0xfff8_0000_0000_1234), 2.5]);
    assert_round_trip(&mut fixture, &key("X:MIXED/1m"), &mixed).await;
    assert_round_trip(&mut fixture, &key("X:ALL/1m"), &with_volumes(&[f64::NAN; 7])).await;
    let found = read(fixture.prices(), &key("X:MIXED/1m")).await;
    assert_eq!(found.volume()[3].to_bits(), CANONICAL_NAN.to_bits());
    assert_eq!(found.volume()[2].to_bits(), 0.0_f64.to_bits());
}

pub async fn an_unknown_volume_differs_from_zero(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&with_volumes(&[f64::NAN, f64::NAN]))).await;
    let second = commit(prices, &key, upsert(&with_volumes(&[f64::NAN, 0.0]))).await;
    assert_eq!((second.changed, second.inserted), (1, 0));
    let third = commit(prices, &key, upsert(&with_volumes(&[f64::NAN, f64::NAN]))).await;
    assert_eq!(third.changed, 1);
}

pub async fn minus_zero_is_zero(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:SPREAD/1m");
    let instrument = Instrument::new(key.venue.clone(), key.symbol.clone());
    let instrument = Instrument {
        allows_nonpositive: true,
        ..instrument
    };
    fixture.instruments().put_instrument(&instrument).await.unwrap();
    let zero = Bar {
        volume: -0.0,
        ..flat(0, -0.0)
    };
    let bars = Bars::from_rows(&[
        zero,
        Bar {
            open: -0.0,
            low: -2.0,
            ..flat(1, 0.0)
        },
    ])
    .unwrap();
    assert_round_trip(&mut fixture, &key, &bars).await;
    assert!(
        read(fixture.prices(), &key)
            .await
            .values()
            .into_iter()
            .flatten()
            .all(|value| value.to_bits() != (-0.0_f64).to_bits())
    );
}

pub async fn floats_keep_every_bit(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let prices = [
        f64::from_bits(1),
        2.0 * f64::MIN_POSITIVE,
        f64::MIN_POSITIVE,
        f64::MIN_POSITIVE / 3.0,
        1e-300,
        1e300,
        f64::MAX,
        0.1 + 0.2,
        1.0 / 3.0,
        123_456_789.123_456_78,
        9_007_199_254_740_992.0,
        9_007_199_254_740_994.0,
        1.0 + f64::EPSILON,
        1e15 + 0.3,
        99_999.99,
        0.000_000_01,
        64_123.123_456_789_01,
    ];
    let alone = priced(
        prices
            .iter()
            .enumerate()
            .map(|(index, price)| (index as i64, *price)),
    );
    assert_round_trip(&mut fixture, &key("X:FLAT/1m"), &alone).await;
    let apart = |(index, price): (usize, &f64)| {
        let (low, high) = (price.min(1.0), price.max(1.0));
        Bar {
            time: index as i64,
            open: high,
            high,
            low,
            close: low,
            volume: *price,
        }
    };
    let apart = Bars::from_rows(&prices.iter().enumerate().map(apart).collect::<Vec<_>>()).unwrap();
    assert_round_trip(&mut fixture, &key("X:APART/1m"), &apart).await;
}

pub async fn one_bit_is_a_change(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&priced([(0, 0.3), (1, 1e300)]))).await;
    let nudged = priced([(0, 0.1 + 0.2), (1, 1e300)]);
    let second = commit(prices, &key, upsert(&nudged)).await;
    assert_eq!(second.changed, 1);
    assert_eq!(read(prices, &key).await, nudged);
}

pub async fn prices_with_few_digits_change_to_ones_with_many(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    // Most of a stretch fits a codec of scaled integers, and one bar does not.
    let price = |index: i64| {
        if index == 700 {
            std::f64::consts::PI
        } else {
            100.0 + index as f64 / 100.0
        }
    };
    let bars = priced((0..1_000).map(|index| (MONDAY + index * MINUTE, price(index))));
    assert_round_trip(&mut fixture, &key("X:A/1m"), &bars).await;
}

pub async fn times_keep_their_microseconds(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let times = [
        MONDAY - 1,
        MONDAY,
        MONDAY + 1,
        MONDAY + 999,
        MONDAY + 1_001,
        MONDAY + 123_456_789,
    ];
    let bars = priced(times.map(|time| (time, 1.0)));
    assert_round_trip(&mut fixture, &key("X:A/1s"), &bars).await;
    let head = head(fixture.prices(), &key("X:A/1s")).await;
    assert_eq!(head.first.map(Timestamp::micros), Some(MONDAY - 1));
    assert_eq!(head.last.map(Timestamp::micros), Some(MONDAY + 123_456_789));
}

pub async fn times_before_1970_are_kept(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let times = [-2_208_988_800_000_000, -86_400_000_000, -1_000_001, -1, 0, 1];
    assert_round_trip(
        &mut fixture,
        &key("X:A/1m"),
        &priced(times.map(|time| (time, 1.0))),
    )
    .await;
}

pub async fn the_first_and_the_last_time_are_kept(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let times = [Timestamp::MIN.micros(), 0, Timestamp::MAX.micros()];
    assert_round_trip(
        &mut fixture,
        &key("X:A/1d"),
        &priced(times.map(|time| (time, 1.0))),
    )
    .await;
}

pub async fn any_bars_read_back_bit_for_bit(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let seed = crate::scale::seed();
    crate::scale::announce("any_bars_read_back_bit_for_bit", seed);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &crate::scale::spread(seed));
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let bars = hostile_bars(200).prop_filter("there are bars", |bars| !bars.is_empty());
    for number in 0..10 {
        let bars = bars.new_tree(&mut runner).unwrap().current();
        assert_round_trip(&mut fixture, &key(&format!("X:S{number}/1s")), &bars).await;
    }
}
