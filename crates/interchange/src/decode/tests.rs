use domain::market::{Bar, BarFrame, ColumnSet};
use proptest::prelude::*;

use super::*;
use crate::encoder;

fn bar(time: i64, volume: f64) -> Bar {
    Bar {
        time,
        open: 1.5,
        high: 2.0,
        low: 1.0,
        close: 1.25,
        volume,
    }
}

fn encoded(format: Format, bars: &Bars) -> Vec<u8> {
    let mut encoder = encoder(format, ColumnSet::ALL, Vec::new()).unwrap();
    encoder
        .write(&BarFrame::of(bars.clone(), ColumnSet::ALL))
        .unwrap();
    encoder.finish().unwrap()
}

fn faults(format: Format, body: &str) -> Vec<(String, &'static str)> {
    match decode_bars(format, body.as_bytes()) {
        Err(DecodeError::Rows(faults)) => faults
            .into_iter()
            .map(|fault| (fault.pointer, fault.rule))
            .collect(),
        Err(DecodeError::Columns(fault)) => vec![(fault.pointer, fault.rule)],
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_may_come_in_any_order_and_times_in_any_form() {
    let body = r#"[{"time":"2024-01-02T00:01:00Z","open":1,"high":2,"low":1,"close":2,"volume":null},
                   {"time":1704153600,"open":1,"high":2,"low":1,"close":2}]"#;
    let decoded = decode_bars(Format::Rows, body.as_bytes()).unwrap();
    assert_eq!(
        decoded.bars.time(),
        [1_704_153_600_000_000, 1_704_153_660_000_000]
    );
    assert!(decoded.bars.volume().iter().all(|volume| volume.is_nan()));
    assert!(!decoded.naive);
    assert_eq!(decoded.places.pointer(0, "time"), "/1/time");
}

#[test]
fn a_time_of_day_without_offset_is_told_apart_from_a_date() {
    let read = |time: &str| {
        let body = format!("time,open,high,low,close\n{time},1,2,1,2\n");
        decode_bars(Format::Csv, body.as_bytes()).unwrap().naive
    };
    assert!(read("2024-01-02 09:30:00"));
    assert!(!read("2024-01-02") && !read("2024-01-02T09:30:00-05:00") && !read("1704153600"));
}

#[test]
fn each_fault_is_named_with_its_place() {
    let row = r#"{"time":"2024-01-02","open":1,"high":2,"low":1,"close":2}"#;
    let high = r#"{"time":"2024-01-03","open":3,"high":2,"low":1,"close":2}"#;
    let time = r#"{"time":"soon","open":1,"high":2,"low":1,"close":2}"#;
    let price = r#"{"time":"2024-01-04","open":null,"high":2,"low":1,"close":2}"#;
    let body = format!("[{row},{high},{time},{price},{row}]");
    let expected = [
        ("/1/high".to_owned(), "bad-bar"),
        ("/2/time".to_owned(), "bad-time"),
        ("/3/open".to_owned(), "bad-bar"),
        ("/4/time".to_owned(), "duplicate-time"),
    ];
    assert_eq!(faults(Format::Rows, &body), expected);
    let columns = r#"{"time":["2024-01-02"],"open":[1],"high":[2],"low":[1],"close":[2,3]}"#;
    assert_eq!(
        faults(Format::Json, columns),
        [("/close".to_owned(), "column-length")]
    );
    let csv = "time,open,high,low,close\n2024-01-02,1,2,1,x\n";
    assert_eq!(faults(Format::Csv, csv), [("/0/close".to_owned(), "bad-number")]);
}

#[test]
fn a_misspelt_column_is_refused() {
    assert_eq!(
        faults(Format::Csv, "time,open,high,low,close,volum\n"),
        [("/volum".to_owned(), "unknown-column")]
    );
    let body = r#"{"time":[],"open":[],"high":[],"low":[],"close":[],"volum":[]}"#;
    let error = decode_bars(Format::Json, body.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("`volum` is not a column"), "{error}");
}

#[test]
fn what_is_no_such_document_says_where_it_ends_to_be_one() {
    for (format, body) in [
        (Format::Json, "{\"time\":["),
        (Format::Rows, "["),
        (Format::Csv, "time,open,high,low,close\n1,2\n"),
        (Format::Arrow, "not arrow"),
    ] {
        let error = decode_bars(format, body.as_bytes()).unwrap_err();
        assert!(
            matches!(error, DecodeError::Unreadable { .. }),
            "{format}: {error}"
        );
    }
    assert!(matches!(
        decode_bars(Format::Parquet, b""),
        Err(DecodeError::Format(_))
    ));
}

proptest! {
    #[test]
    fn what_was_written_is_read_bit_for_bit(
        values in proptest::collection::vec((1e-9_f64..1e12, 0.0_f64..1e9, any::<bool>()), 0..60),
    ) {
        let row = |(index, (price, volume, known)): (usize, &(f64, f64, bool))| Bar {
            open: *price,
            high: price * 1.5,
            low: price / 3.0,
            close: *price,
            ..bar(index as i64 * 60_000_000, if *known { *volume } else { f64::NAN })
        };
        let rows: Vec<Bar> = values.iter().enumerate().map(row).collect();
        let bars = Bars::from_rows(&rows).unwrap();
        for format in [Format::Csv, Format::Json, Format::Rows, Format::Arrow] {
            let decoded = decode_bars(format, &encoded(format, &bars)).unwrap();
            prop_assert_eq!(&decoded.bars, &bars);
            prop_assert!(!decoded.naive);
        }
    }

    #[test]
    fn spoilt_bodies_never_panic(
        format in proptest::sample::select(vec![Format::Csv, Format::Json, Format::Rows, Format::Arrow]),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let bars = Bars::from_rows(&[bar(0, 1.0), bar(60_000_000, f64::NAN)]).unwrap();
        let mut body = encoded(format, &bars);
        let at = at.index(body.len());
        body[at] = byte;
        if cut {
            body.truncate(at);
        }
        if let Ok(decoded) = decode_bars(format, &body) {
            prop_assert!(decoded.bars.len() <= 2);
        }
    }
}
