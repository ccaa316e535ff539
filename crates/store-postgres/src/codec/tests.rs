use domain::market::{Bar, CANONICAL_NAN};
use proptest::prelude::*;
use testkit::bars::synthetic_minutes;

use super::*;

fn whole(bars: &Bars, encoded: &EncodedColumns) -> Result<Bars, CodecError> {
    let bytes = encoded.values.each_ref().map(|bytes| Some(bytes.as_slice()));
    let frame = decode(bars.len(), &encoded.time, &bytes, ColumnSet::ALL)?;
    Ok(Bars::try_from(frame).expect("bars stay valid"))
}

fn assert_round_trip(bars: &Bars) {
    let encoded = encode(bars).unwrap();
    assert_eq!(&whole(bars, &encoded).unwrap(), bars);
}

/// Prices as they come: ticks, adjusted ones with all their digits, the smallest, the largest, and any bits at all.
fn price() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-1_000_000_i64..100_000_000, 0_i32..10).prop_map(|(ticks, digits)| ticks as f64 / 10_f64.powi(digits)),
        2 => any::<f64>().prop_filter("finite", |value| value.is_finite()),
        1 => (1_u64..1_000).prop_map(f64::from_bits),
        1 => prop_oneof![Just(1e300), Just(-1e300), Just(f64::MAX), Just(f64::MIN_POSITIVE), Just(0.1 + 0.2), Just(9_007_199_254_740_993.0)],
        1 => (1.0..1000.0).prop_map(|value: f64| value * 0.972_345_678_901_234_5),
    ]
}

fn volume() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (0_u64..10_000_000_000).prop_map(|volume| volume as f64),
        2 => (0_u64..10_000_000_000, 0_i32..10).prop_map(|(units, digits)| units as f64 / 10_f64.powi(digits)),
        2 => Just(f64::NAN),
        1 => prop_oneof![Just(1e300), Just(f64::MIN_POSITIVE), Just(5e-324)],
    ]
}

fn bar(kind: impl Strategy<Value = f64> + 'static) -> impl Strategy<Value = (i64, [f64; 4], f64)> {
    let prices = kind.boxed();
    (
        1_i64..1_000_000_000_000,
        [prices.clone(), prices.clone(), prices.clone(), prices],
        volume(),
    )
}

fn bars_of(rows: &[(i64, [f64; 4], f64)]) -> Bars {
    let mut time = -5_000_000_000_000;
    let rows = rows.iter().map(|(step, prices, volume)| {
        time += step;
        let mut sorted = *prices;
        sorted.sort_by(f64::total_cmp);
        Bar {
            time,
            open: prices[0],
            high: sorted[3],
            low: sorted[0],
            close: prices[1],
            volume: *volume,
        }
    });
    Bars::from_rows(&rows.collect::<Vec<_>>()).unwrap()
}

proptest! {
    #[test]
    fn hostile_bars_come_back_bit_for_bit(rows in prop::collection::vec(bar(price()), 1..60)) {
        assert_round_trip(&bars_of(&rows));
    }

    #[test]
    fn prices_of_one_tick_are_told_in_integers(
        ticks in prop::collection::vec(bar((1_i64..1_000_000).prop_map(|ticks| ticks as f64 / 100.0)), 1..60),
    ) {
        let bars = bars_of(&ticks);
        let encoded = encode(&bars).unwrap();
        prop_assert!(encoded.values[0][1] <= 2, "coding {}", encoded.values[0][1]);
        assert_round_trip(&bars);
    }

    #[test]
    fn a_flipped_bit_is_found(seed in 0_u64..4, place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let bars = synthetic_minutes(seed, 50);
        let mut encoded = encode(&bars).unwrap();
        let [open, high, low, close, volume] = &mut encoded.values;
        let columns = [&mut encoded.time, open, high, low, close, volume];
        let lengths: Vec<usize> = columns.iter().map(|column| column.len()).collect();
        let mut at = place.index(lengths.iter().sum());
        let column = lengths.iter().position(|length| {
            let inside = at < *length;
            if !inside { at -= length; }
            inside
        }).unwrap();
        columns[column][at] ^= 1_u8 << bit;
        prop_assert!(whole(&bars, &encoded).is_err());
    }

    #[test]
    fn any_columns_can_be_read_alone(rows in prop::collection::vec(bar(price()), 1..20), wanted in prop::collection::vec(0..5_usize, 0..5)) {
        let bars = bars_of(&rows);
        let encoded = encode(&bars).unwrap();
        let wanted: ColumnSet = wanted.into_iter().map(|index| Column::ALL[index]).collect();
        let needed = needed(wanted);
        let bytes = Column::ALL.map(|column| needed.contains(column).then(|| encoded.values[column as usize].as_slice()));
        let frame = decode(bars.len(), &encoded.time, &bytes, wanted).unwrap();
        for column in Column::ALL {
            let found = frame.column(column).map(|values| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
            let expected = bars.values()[column as usize].iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(found, wanted.contains(column).then_some(expected));
        }
    }
}

#[test]
fn unknown_volumes_take_no_room_and_keep_their_bits() {
    let rows: Vec<_> = (0..100).map(|_| (60_000_000, [1.0; 4], f64::NAN)).collect();
    let bars = bars_of(&rows);
    let encoded = encode(&bars).unwrap();
    assert_eq!(encoded.values[Column::Volume as usize].len(), 10);
    assert_eq!(
        whole(&bars, &encoded).unwrap().volume()[7].to_bits(),
        CANONICAL_NAN.to_bits()
    );
}

#[test]
fn bars_of_a_stock_take_few_bytes() {
    let bars = synthetic_minutes(3, 4_096);
    let bytes = encode(&bars).unwrap().bytes() as f64 / 4_096.0;
    assert!(bytes < 4.0, "{bytes} bytes a bar");
}

#[test]
fn garbage_is_refused() {
    for bytes in [&b""[..], b"1", b"12345678", b"0123456789abcdef"] {
        assert!(column::unpack_times(bytes, 5).is_err());
    }
    let mut later = vec![9, 0];
    later.extend_from_slice(&xxhash_rust::xxh3::xxh3_64(&later).to_le_bytes());
    assert!(matches!(
        column::unpack_times(&later, 5),
        Err(CodecError::Version(9))
    ));
    let bars = synthetic_minutes(1, 50);
    let time = encode(&bars).unwrap().time;
    for wrong in [0, 49, 51] {
        assert!(column::unpack_times(&time, wrong).is_err(), "{wrong}");
    }
}
