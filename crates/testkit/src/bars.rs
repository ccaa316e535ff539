//! Bars to write: plain ones, hostile ones and realistic ones.

use domain::market::{Bar, Bars};
use proptest::{collection::btree_map, prelude::*};
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// One minute in µs.
pub const MINUTE: i64 = 60_000_000;
/// One day in µs.
pub const DAY: i64 = 1_440 * MINUTE;
/// 2024-01-01T00:00:00Z, a Monday, in µs since the epoch.
pub const MONDAY: i64 = 1_704_067_200_000_000;

/// Makes a bar of which every price is `price`, with a volume of 10.
pub fn flat(time: i64, price: f64) -> Bar {
    Bar {
        time,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: 10.0,
    }
}

/// Makes flat bars of times (µs, ascending) and prices.
///
/// # Panics
/// When they make no valid bars.
pub fn priced(rows: impl IntoIterator<Item = (i64, f64)>) -> Bars {
    let rows: Vec<Bar> = rows.into_iter().map(|(time, price)| flat(time, price)).collect();
    Bars::from_rows(&rows).expect("the times ascend")
}

/// Makes the flat bars of some minutes, counted from [`MONDAY`], all of one price.
pub fn minutes(numbers: impl IntoIterator<Item = i64>, price: f64) -> Bars {
    priced(
        numbers
            .into_iter()
            .map(|number| (MONDAY + number * MINUTE, price)),
    )
}

/// Makes the bars of some days, counted from [`MONDAY`], all of one price.
pub fn days(numbers: impl IntoIterator<Item = i64>, price: f64) -> Bars {
    priced(numbers.into_iter().map(|number| (MONDAY + number * DAY, price)))
}

/// Makes no bars.
pub fn none() -> Bars {
    Bars::default()
}

/// Cuts bars into batches of `size`.
///
/// # Panics
/// When `size` is zero.
pub fn batches(bars: &Bars, size: usize) -> Vec<Bars> {
    let starts = (0..bars.len()).step_by(size);
    starts
        .map(|start| bars.slice(start..bars.len().min(start + size)))
        .collect()
}

/// Makes `rows` one-minute bars from [`MONDAY`] on: a random walk on a tick of 0.01 with whole volumes, the same for
/// the same seed. They look like prices to a codec: few digits, small steps, volumes of a few figures.
///
/// # Panics
/// Never: the walk is turned back before it reaches zero.
pub fn synthetic_minutes(seed: u64, rows: usize) -> Bars {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut columns: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::with_capacity(rows));
    let mut last: i64 = 10_000;
    for _ in 0..rows {
        let open = (last + random.random_range(-1..=1_i64)).max(100);
        let close = (open + random.random_range(-8..=8_i64)).max(100);
        let high = open.max(close) + random.random_range(0..=4_i64);
        let low = open.min(close) - random.random_range(0..=4_i64);
        // The product of two draws: many quiet minutes, some loud ones.
        let volume = random.random_range(1..=100_i64) * random.random_range(1..=50_i64);
        last = close;
        for (column, ticks) in columns.iter_mut().zip([open, high, low, close]) {
            // Divided, not multiplied by 0.01: the quotient is the number that the text `123.45` reads as.
            column.push(ticks as f64 / 100.0);
        }
        columns[4].push(volume as f64);
    }
    let [open, high, low, close, volume] = columns;
    let time = (0..rows as i64).map(|row| MONDAY + row * MINUTE).collect();
    Bars::new(time, open, high, low, close, volume).expect("a walk on ticks makes valid bars")
}

/// Positive prices that codecs and parsers stumble over, among plain ones.
pub fn hostile_price() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (1_u32..1_000_000).prop_map(|cents| f64::from(cents) / 100.0),
        2 => prop::num::f64::POSITIVE | prop::num::f64::SUBNORMAL,
        1 => prop::sample::select(vec![
            f64::from_bits(1), f64::MIN_POSITIVE, f64::MAX, 1e300, 1e-300, 0.1 + 0.2, 1.0 / 3.0,
            123_456_789.123_456_78, 9_007_199_254_740_993.0, 1.0 + f64::EPSILON,
        ]),
    ]
    .prop_filter_map("a price is finite and above zero", |price: f64| {
        let price = price.abs();
        (price.is_finite() && price > 0.0).then_some(price)
    })
}

/// Volumes: whole, fractional, huge, zero and unknown.
pub fn hostile_volume() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => (0_u32..1_000_000).prop_map(f64::from),
        2 => (0_u32..1_000_000).prop_map(|number| f64::from(number) / 1e8),
        2 => Just(f64::NAN),
        1 => prop::sample::select(vec![0.0, -0.0, f64::from_bits(1), f64::MAX, f64::from_bits(0xfff8_0000_0000_1234)]),
    ]
}

/// Open, high, low and close that fit together, and a volume; the time is 0.
pub fn hostile_bar() -> impl Strategy<Value = Bar> {
    (prop::array::uniform4(hostile_price()), hostile_volume()).prop_map(|(mut prices, volume)| {
        let [open, close] = [prices[1], prices[2]];
        prices.sort_by(f64::total_cmp);
        Bar {
            time: 0,
            open,
            close,
            low: prices[0],
            high: prices[3],
            volume,
        }
    })
}

/// Up to `most` bars at any µs, most of them near each other, some before 1970.
pub fn hostile_bars(most: usize) -> impl Strategy<Value = Bars> {
    let time = prop_oneof![
        4 => -100_000_i64..100_000,
        2 => -3_000_000_000_000_000_i64..3_000_000_000_000_000,
        1 => (-1_000_000_i64..1_000_000).prop_map(|number| number * MINUTE),
    ];
    btree_map(time, hostile_bar(), 0..=most).prop_map(collect)
}

/// Up to `most` bars on the `slots` first times from [`MONDAY`] on, `step` µs apart, so that sets share times; prices
/// are few, so that equal bars meet.
pub fn grid_bars(step: i64, slots: i64, most: usize) -> impl Strategy<Value = Bars> {
    let bar = prop_oneof![
        4 => (1_u8..4).prop_map(|price| flat(0, f64::from(price))),
        1 => (1_u8..4).prop_map(|price| Bar { volume: f64::NAN, ..flat(0, f64::from(price)) }),
        1 => hostile_bar(),
    ];
    let slot = (0..slots).prop_map(move |slot| MONDAY + slot * step);
    btree_map(slot, bar, 0..=most).prop_map(collect)
}

fn collect(rows: std::collections::BTreeMap<i64, Bar>) -> Bars {
    let rows: Vec<Bar> = rows.into_iter().map(|(time, bar)| Bar { time, ..bar }).collect();
    Bars::from_rows(&rows).expect("generated bars are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_walks_the_same_way_on_ticks() {
        let (bars, again) = (synthetic_minutes(3, 5_000), synthetic_minutes(3, 5_000));
        assert_eq!(bars, again);
        assert_ne!(bars.digest(), synthetic_minutes(4, 5_000).digest());
        assert_eq!(bars.len(), 5_000);
        let on_tick = |price: &f64| ((price * 100.0).round() / 100.0).to_bits() == price.to_bits();
        assert!(bars.close().iter().all(on_tick));
        assert!(bars.volume().iter().all(|volume| volume.fract() == 0.0));
        assert!(bars.first_nonpositive().is_none());
    }

    #[test]
    fn batches_put_together_are_the_whole() {
        let bars = synthetic_minutes(1, 1_000);
        let pieces = batches(&bars, 300);
        assert_eq!(
            pieces.iter().map(Bars::len).collect::<Vec<_>>(),
            [300, 300, 300, 100]
        );
        assert_eq!(Bars::concat(&pieces).unwrap(), bars);
    }

    proptest! {
        #[test]
        fn hostile_bars_are_valid_and_positive(bars in hostile_bars(50)) {
            prop_assert!(bars.first_nonpositive().is_none());
        }
    }
}
