//! Tests of bars.

use super::*;

fn bar(time: i64) -> Bar {
    Bar {
        time,
        open: 2.0,
        high: 4.0,
        low: 1.0,
        close: 3.0,
        volume: 10.0,
    }
}

#[test]
fn a_bar_must_be_consistent() {
    let broken = [
        Bar { high: 2.5, ..bar(1) },
        Bar { low: 2.5, ..bar(1) },
        Bar {
            open: f64::NAN,
            ..bar(1)
        },
        Bar {
            close: f64::INFINITY,
            high: f64::INFINITY,
            ..bar(1)
        },
        Bar {
            volume: -1.0,
            ..bar(1)
        },
        Bar {
            volume: f64::INFINITY,
            ..bar(1)
        },
    ];
    for bar in broken {
        assert!(Bars::from_rows(&[bar]).is_err(), "{bar:?}");
    }
}

#[test]
fn times_must_strictly_ascend() {
    assert!(Bars::from_rows(&[bar(1), bar(2)]).is_ok());
    assert!(Bars::from_rows(&[bar(1), bar(1)]).is_err());
    assert!(Bars::from_rows(&[bar(2), bar(1)]).is_err());
    assert!(Bars::from_rows(&[bar(i64::MAX)]).is_err());
}

#[test]
fn equal_bars_have_equal_bits() {
    let odd_nan = f64::from_bits(0xfff8_0000_0000_1234);
    let given = Bar {
        open: -0.0,
        high: 0.0,
        low: -0.0,
        close: 0.0,
        volume: odd_nan,
        time: 1,
    };
    let plain = Bar {
        open: 0.0,
        high: 0.0,
        low: 0.0,
        close: 0.0,
        volume: f64::NAN,
        time: 1,
    };
    let (given, plain) = (
        Bars::from_rows(&[given]).unwrap(),
        Bars::from_rows(&[plain]).unwrap(),
    );
    assert_eq!(given, plain);
    assert_eq!(given.digest(), plain.digest());
    assert_eq!(given.volume()[0].to_bits(), CANONICAL_NAN.to_bits());
}

#[test]
fn the_digest_ignores_how_a_set_is_cut() {
    let whole = Bars::from_rows(&[bar(1), bar(2), bar(3)]).unwrap();
    let parts = whole.slice(2..3).digest().plus(whole.slice(0..2).digest());
    assert_eq!(whole.digest(), parts);
    assert_ne!(whole.digest(), whole.slice(0..2).digest());
}

#[test]
fn the_digest_is_the_documented_one() {
    // Computed with the Python package xxhash: xxh3_128 of struct.pack("<q5d", 1, 2, 4, 1, 3, 10).
    let digest = Bars::from_rows(&[bar(1)]).unwrap().digest();
    assert_eq!(digest.to_string(), "1ddb382fbc7769ccd75be90a4c81d188");
}

#[test]
fn ranges_are_half_open() {
    let bars = Bars::from_rows(&[bar(10), bar(20), bar(30)]).unwrap();
    let at = |micros| Some(Timestamp::saturating(micros));
    assert_eq!(bars.within(&TimeRange::new(at(10), at(30))).time(), &[10, 20]);
    assert_eq!(bars.within(&TimeRange::new(at(30), at(10))).time(), &[] as &[i64]);
}
