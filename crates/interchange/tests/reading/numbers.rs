//! Numbers come back as they were written.

use std::fmt::Write;

use interchange::{NumberStyle, ReadOptions};
use proptest::prelude::*;

use super::fixture::{read, read_with};

fn styled(style: NumberStyle, text: &str) -> Vec<f64> {
    let options = ReadOptions {
        numbers: style,
        ..ReadOptions::default()
    };
    read_with("x.csv", text, &options)
        .unwrap()
        .only()
        .close()
        .to_vec()
}

#[test]
fn declared_thousands_are_read() {
    let text = "date,open,high,low,close\n2024-01-02,1,\"2,000.5\",1,\"1,234.5\"\n2024-01-03,1,2,1,2\n";
    assert_eq!(styled(NumberStyle::Thousands, text), [1234.5, 2.0]);
}

#[test]
fn declared_decimal_commas_are_read() {
    let text = "date;open;high;low;close\n2024-01-02;1,5;2.000,5;1;1.234,5\n2024-01-03;1;2;1;2\n";
    assert_eq!(styled(NumberStyle::DecimalComma, text), [1234.5, 2.0]);
}

#[test]
fn scaled_prices_are_divided_exactly() {
    let text = "20131001 00:00,1681001,1693703,1680709,1692507,1\n20131002 00:00,1,3,1,2,1\n";
    let bars = read("equity/usa/daily/spy.csv", text).unwrap();
    let bar = bars.only().bar(0);
    assert_eq!(
        bar.value_bits(),
        [168.1001, 169.3703, 168.0709, 169.2507, 1.0].map(f64::to_bits)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn numbers_round_trip_bit_for_bit(
        rows in proptest::collection::vec(
            (1e-9_f64..1e9, 1e-9_f64..1e9, 1e-9_f64..1e9, 1e-9_f64..1e9, proptest::option::of(0.0_f64..1e15)),
            2..30,
        ),
    ) {
        let mut text = "time,open,high,low,close,volume\n".to_owned();
        let mut expected = Vec::new();
        for (minute, (open, close, a, b, volume)) in rows.iter().enumerate() {
            let high = open.max(*close).max(*a).max(*b);
            let low = open.min(*close).min(*a).min(*b);
            let shown = volume.map_or_else(String::new, |volume| volume.to_string());
            writeln!(text, "2024-01-02T14:{minute:02}:00Z,{open},{high},{low},{close},{shown}").unwrap();
            expected.push([*open, high, low, *close, volume.unwrap_or(domain::market::CANONICAL_NAN)].map(f64::to_bits));
        }
        let outcome = read("x.csv", &text).unwrap();
        let found: Vec<_> = outcome.only().rows().map(|bar| bar.value_bits()).collect();
        prop_assert_eq!(found, expected);
    }
}
