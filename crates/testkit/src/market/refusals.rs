//! Writes that are refused, and leave nothing behind.

use domain::market::{Bar, Instrument, PriceStore, SeriesKey, TimeRange, Version, WriteKind, Written};

use super::steps::{
    all_series, assert_error, at, batched, commit, commits, delete, expecting, failing, head, key, read,
    refusal, replace, span, under, upsert, write,
};
use crate::{
    bars::{MINUTE, MONDAY, batches, flat, minutes, none, priced, synthetic_minutes},
    harness::{Fixture, StoreHarness},
};

/// Checks that a series holds the ten minutes that it was given and no version more.
async fn assert_untouched(prices: &dyn PriceStore, key: &SeriesKey) {
    let (head, bars) = (head(prices, key).await, minutes(0..10, 1.0));
    assert_eq!(
        (head.version, head.bars, head.digest),
        (Version(1), 10, bars.digest())
    );
    assert_eq!(read(prices, key).await, bars);
    assert_eq!(commits(prices, key).await.len(), 1);
}

pub async fn batches_out_of_order_are_invalid(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    for kind in [WriteKind::Upsert, WriteKind::ReplaceRange(TimeRange::ALL)] {
        let pieces = vec![minutes(20..30, 2.0), minutes(0..5, 2.0)];
        assert_error!(refusal(prices, &key, batched(kind, pieces)).await, Invalid);
    }
    assert_untouched(prices, &key).await;
}

pub async fn batches_that_share_a_time_are_invalid(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    // An empty batch between the two hides nothing.
    let pieces = vec![minutes(20..30, 2.0), none(), minutes(29..40, 2.0)];
    assert_error!(
        refusal(prices, &key, batched(WriteKind::Upsert, pieces)).await,
        Invalid
    );
    assert_untouched(prices, &key).await;
}

pub async fn disorder_far_into_a_stream_stores_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let mut pieces = batches(&synthetic_minutes(1, 80_000), 10_000);
    pieces.push(minutes([79_999], 3.0));
    assert_error!(
        refusal(prices, &key, batched(WriteKind::Upsert, pieces)).await,
        Invalid
    );
    assert_untouched(prices, &key).await;
}

pub async fn an_input_that_fails_midway_stores_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let pieces = batches(&synthetic_minutes(1, 80_000), 10_000);
    assert_error!(refusal(prices, &key, failing(pieces)).await, Input);
    assert_error!(refusal(prices, &key, failing(vec![])).await, Input);
    assert_untouched(prices, &key).await;
}

pub async fn a_refused_first_write_makes_no_series(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    let disorder = || batched(WriteKind::Upsert, vec![minutes(5..9, 1.0), minutes(0..4, 1.0)]);
    assert_error!(
        refusal(fixture.prices(), &key, failing(vec![minutes(0..9, 1.0)])).await,
        Input
    );
    assert_error!(refusal(fixture.prices(), &key, disorder()).await, Invalid);
    assert_error!(
        refusal(fixture.prices(), &key, upsert(&priced([(0, -1.0)]))).await,
        Invalid
    );
    for restarted in [false, true] {
        if restarted {
            fixture.restart().await;
        }
        assert_eq!(fixture.prices().head(&key).await.unwrap(), None);
        assert_eq!(fixture.prices().list(all_series()).await.unwrap().items, []);
        assert_eq!(
            fixture
                .instruments()
                .instrument(&key.venue, &key.symbol)
                .await
                .unwrap(),
            None
        );
    }
    let first = commit(fixture.prices(), &key, expecting(upsert(&minutes(0..3, 1.0)), 0)).await;
    assert_eq!(first.version, Version(1));
}

pub async fn a_series_takes_writes_after_a_refusal(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    assert_error!(
        refusal(prices, &key, failing(vec![minutes(5..20, 2.0)])).await,
        Input
    );
    let second = commit(prices, &key, upsert(&minutes(8..12, 2.0))).await;
    assert_eq!(
        (second.version, second.inserted, second.changed),
        (Version(2), 2, 2)
    );
}

pub async fn prices_of_zero_and_below_are_refused(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let zero_low = Bar {
        low: 0.0,
        ..flat(MONDAY + 20 * MINUTE, 1.0)
    };
    let zero_low = domain::market::Bars::from_rows(&[zero_low]).unwrap();
    for bars in [
        minutes([20], -5.0),
        minutes([20], 0.0),
        minutes([20], -0.0),
        zero_low,
    ] {
        for kind in [WriteKind::Upsert, WriteKind::ReplaceRange(TimeRange::ALL)] {
            assert_error!(refusal(prices, &key, write(kind, &bars)).await, Invalid);
        }
    }
    let late = vec![minutes(10..20, 1.0), minutes([30], -1.0)];
    assert_error!(
        refusal(prices, &key, batched(WriteKind::Upsert, late)).await,
        Invalid
    );
    assert_untouched(prices, &key).await;
}

pub async fn an_instrument_can_allow_prices_of_zero_and_below(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:SPREAD/1m"));
    let instrument = Instrument::new(key.venue.clone(), key.symbol.clone());
    let instrument = Instrument {
        allows_nonpositive: true,
        ..instrument
    };
    fixture.instruments().put_instrument(&instrument).await.unwrap();
    let bars = priced([(0, -37.63), (1, 0.0), (2, 5.0)]);
    commit(prices, &key, upsert(&bars)).await;
    assert_eq!(read(prices, &key).await, bars);
}

pub async fn bars_outside_a_replaced_range_are_invalid(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    // The end of a range lies outside of it.
    for numbers in [vec![2, 4], vec![4, 7], vec![0], vec![99]] {
        let write = replace(span(3, 7), &minutes(numbers, 2.0));
        assert_error!(refusal(prices, &key, write).await, Invalid);
    }
    let late = vec![minutes(3..5, 2.0), minutes(5..9, 2.0)];
    let late = batched(WriteKind::ReplaceRange(span(3, 7)), late);
    assert_error!(refusal(prices, &key, late).await, Invalid);
    assert_untouched(prices, &key).await;
}

pub async fn an_empty_range_takes_no_bars(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    for range in [span(5, 5), span(7, 3)] {
        assert_error!(
            refusal(prices, &key, replace(range, &minutes([5], 2.0))).await,
            Invalid
        );
        for write in [replace(range, &none()), delete(range)] {
            let written = prices.commit(&key, write).await.unwrap();
            assert!(matches!(written, Written::Unchanged(Some(_))), "{written:?}");
        }
    }
    assert_untouched(prices, &key).await;
}

pub async fn a_deletion_that_brings_bars_is_invalid(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    let write = write(WriteKind::DeleteRange(span(0, 5)), &minutes(0..5, 2.0));
    assert_error!(refusal(prices, &key, write).await, Invalid);
    assert_untouched(prices, &key).await;
}

pub async fn version_0_is_expected_of_a_new_series(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let first = commit(prices, &key, expecting(upsert(&minutes(0..10, 1.0)), 0)).await;
    assert_eq!(first.version, Version(1));
    let again = expecting(upsert(&minutes(0..10, 2.0)), 0);
    assert_error!(refusal(prices, &key, again).await, Conflict);
    assert_untouched(prices, &key).await;
}

pub async fn an_expected_version_must_be_the_head(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    for stale in [0, 2, u64::from(u32::MAX)] {
        for write in [
            upsert(&minutes(0..10, 2.0)),
            replace(span(0, 5), &none()),
            delete(span(0, 5)),
        ] {
            assert_error!(refusal(prices, &key, expecting(write, stale)).await, Conflict);
        }
    }
    assert_untouched(prices, &key).await;
    let second = commit(prices, &key, expecting(upsert(&minutes(10..12, 1.0)), 1)).await;
    assert_eq!(second.version, Version(2));
    assert_error!(
        refusal(prices, &key, expecting(upsert(&minutes(20..22, 1.0)), 1)).await,
        Conflict
    );
}

pub async fn a_missing_series_has_no_version_to_expect(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    assert_error!(
        refusal(prices, &key, expecting(upsert(&minutes(0..10, 1.0)), 1)).await,
        Conflict
    );
    assert_eq!(prices.head(&key).await.unwrap(), None);
}

pub async fn a_stale_write_conflicts_though_it_would_change_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    commit(prices, &key, upsert(&minutes(0..10, 1.0))).await;
    assert_error!(
        refusal(prices, &key, expecting(upsert(&minutes(0..10, 1.0)), 0)).await,
        Conflict
    );
    let matching = prices
        .commit(&key, expecting(upsert(&minutes(0..10, 1.0)), 1))
        .await
        .unwrap();
    assert!(matches!(matching, Written::Unchanged(Some(_))), "{matching:?}");
}

pub async fn a_refused_write_does_not_use_up_its_idempotency_key(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let negative = upsert(&priced([(at(0).micros(), -1.0)]));
    assert_error!(refusal(prices, &key, under(negative, "k")).await, Invalid);
    assert_error!(
        refusal(prices, &key, under(failing(vec![minutes(0..3, 1.0)]), "k")).await,
        Input
    );
    commit(prices, &key, under(upsert(&minutes(0..10, 1.0)), "k")).await;
    assert_untouched(prices, &key).await;
}
