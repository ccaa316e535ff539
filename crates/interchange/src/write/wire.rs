//! The bytes of the small formats, and what is refused.

use domain::market::{CANONICAL_NAN, ColumnSet};

use super::*;

/// Three days: a whole one, one with an unknown volume, one that opens between two seconds.
fn frame() -> BarFrame {
    let time = vec![
        1_704_153_600_000_000,
        1_704_240_000_000_000,
        1_704_326_400_250_000,
    ];
    let columns = [
        Some(vec![166.410_004, 100.0, 1e-7]),
        Some(vec![169.199_997, 100.5, 1e21]),
        Some(vec![165.270_004, 99.0, -0.5]),
        Some(vec![169.100_006, 100.0, 9.5e-8]),
        Some(vec![53_569_400.0, CANONICAL_NAN, 0.0]),
    ];
    BarFrame { time, columns }
}

fn text(format: Format, layout: impl Into<Layout>, frames: &[(BarFrame, Option<&[bool]>)]) -> String {
    let mut encoder = encoder(format, layout, Vec::new()).unwrap();
    for (frame, complete) in frames {
        encoder.write_rows(frame, *complete).unwrap();
    }
    String::from_utf8(encoder.finish().unwrap()).unwrap()
}

#[test]
fn csv_has_a_header_and_a_line_a_bar() {
    insta::assert_snapshot!(text(Format::Csv, ColumnSet::ALL, &[(frame(), None)]), @r"
    time,open,high,low,close,volume
    2024-01-02T00:00:00Z,166.410004,169.199997,165.270004,169.100006,53569400
    2024-01-03T00:00:00Z,100,100.5,99,100,
    2024-01-04T00:00:00.25Z,0.0000001,1000000000000000000000,-0.5,9.5e-8,0
    ");
}

#[test]
fn json_columns_are_one_object() {
    insta::assert_snapshot!(text(Format::Json, ColumnSet::ALL, &[(frame(), None)]), @r#"{"time":["2024-01-02T00:00:00Z","2024-01-03T00:00:00Z","2024-01-04T00:00:00.25Z"],"open":[166.410004,100,0.0000001],"high":[169.199997,100.5,1000000000000000000000],"low":[165.270004,99,-0.5],"close":[169.100006,100,9.5e-8],"volume":[53569400,null,0]}"#);
}

#[test]
fn json_rows_are_one_object_a_line() {
    insta::assert_snapshot!(text(Format::Rows, ColumnSet::ALL, &[(frame(), None)]), @r#"
    [{"time":"2024-01-02T00:00:00Z","open":166.410004,"high":169.199997,"low":165.270004,"close":169.100006,"volume":53569400},
    {"time":"2024-01-03T00:00:00Z","open":100,"high":100.5,"low":99,"close":100,"volume":null},
    {"time":"2024-01-04T00:00:00.25Z","open":0.0000001,"high":1000000000000000000000,"low":-0.5,"close":9.5e-8,"volume":0}]
    "#);
}

#[test]
fn resampled_bars_have_a_last_column_complete() {
    let layout = Layout {
        columns: "close".parse().unwrap(),
        complete: true,
    };
    let bars = [(frame(), Some(&[true, true, false][..]))];
    insta::assert_snapshot!(text(Format::Csv, layout, &bars), @r"
    time,close,complete
    2024-01-02T00:00:00Z,169.100006,true
    2024-01-03T00:00:00Z,100,true
    2024-01-04T00:00:00.25Z,9.5e-8,false
    ");
    insta::assert_snapshot!(text(Format::Json, layout, &bars), @r#"{"time":["2024-01-02T00:00:00Z","2024-01-03T00:00:00Z","2024-01-04T00:00:00.25Z"],"close":[169.100006,100,9.5e-8],"complete":[true,true,false]}"#);
    insta::assert_snapshot!(text(Format::Rows, layout, &bars), @r#"
    [{"time":"2024-01-02T00:00:00Z","close":169.100006,"complete":true},
    {"time":"2024-01-03T00:00:00Z","close":100,"complete":true},
    {"time":"2024-01-04T00:00:00.25Z","close":9.5e-8,"complete":false}]
    "#);
}

#[test]
fn no_bars_are_a_document_too() {
    let empty = (
        BarFrame {
            time: vec![],
            columns: [const { Some(vec![]) }; 5],
        },
        None,
    );
    for frames in [&[][..], &[empty]] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(text(Format::Csv, ColumnSet::ALL, frames), @"time,open,high,low,close,volume");
            insta::assert_snapshot!(text(Format::Json, ColumnSet::ALL, frames), @r#"{"time":[],"open":[],"high":[],"low":[],"close":[],"volume":[]}"#);
            insta::assert_snapshot!(text(Format::Rows, ColumnSet::ALL, frames), @"[]");
        }
    }
}

#[test]
fn empty_batches_leave_no_trace() {
    let none = || (frame().slice(0..0), None);
    let batches = [
        none(),
        (frame().slice(0..1), None),
        none(),
        (frame().slice(1..3), None),
        none(),
    ];
    for format in [Format::Csv, Format::Json, Format::Rows] {
        assert_eq!(
            text(format, ColumnSet::ALL, &batches),
            text(format, ColumnSet::ALL, &[(frame(), None)])
        );
    }
}

fn refusal(layout: impl Into<Layout>, frame: &BarFrame, complete: Option<&[bool]>) -> String {
    let layout = layout.into();
    let refuse = |format| {
        let mut encoder = encoder(format, layout, Vec::new()).unwrap();
        encoder.write_rows(frame, complete).unwrap_err().to_string()
    };
    let refusals = Format::ALL.map(refuse);
    assert!(
        refusals.iter().all(|refusal| *refusal == refusals[0]),
        "{refusals:?}"
    );
    refusals[0].clone()
}

#[test]
fn a_missing_column_is_refused() {
    let mut lacking = frame();
    lacking.columns[3] = None;
    assert_eq!(
        refusal(ColumnSet::ALL, &lacking, None),
        "a batch of bars lacks the column `close`"
    );
    let layout = Layout {
        columns: ColumnSet::TIME,
        complete: true,
    };
    assert_eq!(
        refusal(layout, &frame(), None),
        "a batch of bars lacks the column `complete`"
    );
}

#[test]
fn columns_of_different_lengths_are_refused() {
    let mut short = frame();
    short.columns[1] = Some(vec![1.0]);
    assert_eq!(
        refusal(ColumnSet::ALL, &short, None),
        "the column `high` has 1 values for 3 bars"
    );
    let layout = Layout {
        columns: ColumnSet::TIME,
        complete: true,
    };
    let found = refusal(layout, &frame(), Some(&[true]));
    assert_eq!(found, "the column `complete` has 1 values for 3 bars");
}

#[test]
fn an_unknown_price_and_an_infinite_volume_are_refused() {
    let mut unknown = frame();
    unknown.columns[0] = Some(vec![1.0, f64::NAN, 1.0]);
    let expected = "bar at 1704240000000000 µs since 1970: open is not a finite number";
    assert_eq!(refusal(ColumnSet::ALL, &unknown, None), expected);
    let mut infinite = frame();
    infinite.columns[4] = Some(vec![f64::INFINITY, 1.0, 1.0]);
    let expected = "bar at 1704153600000000 µs since 1970: volume is not a finite number";
    assert_eq!(refusal(ColumnSet::ALL, &infinite, None), expected);
}

/// A writer that takes so many bytes and then fails.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[rstest::rstest]
fn a_full_disk_is_an_input_output_error(
    #[values(Format::Csv, Format::Json, Format::Rows, Format::Arrow, Format::Parquet)] format: Format,
    #[values(0, 50)] room: usize,
) {
    let write = || {
        let mut encoder = encoder(format, ColumnSet::ALL, Full(room))?;
        encoder.write(&frame())?;
        encoder.finish()
    };
    let Err(WriteError::Io(error)) = write() else {
        panic!("{format} into {room} bytes")
    };
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}
