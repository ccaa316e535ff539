//! Rows that can't be bars are turned away, one by one, with line, column and rule.

use std::fmt::Write;

use domain::market::RejectedRow;
use interchange::{DuplicateRule, ReadError, ReadOptions};

use super::{
    fixture::{Folder, Outcome, check, micros, read, read_with, rules},
    samples::{CLOSE, HIGH, LOW, OPEN, Sample, TIME, VOLUME, samples},
};

/// The row that is spoiled.
const ROW: usize = 4;

/// What a spoiled file gives: rejected rows with line, column and rule.
fn spoiled(sample: &Sample, spoil: impl Fn(&mut Sample)) -> Outcome {
    let mut spoiled = sample.clone();
    spoil(&mut spoiled);
    read_with(sample.path, &spoiled.text(), &sample.options())
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", sample.dialect, spoiled.text()))
}

/// Checks that spoiling turns away one row, for `rule`, naming `column`.
fn one_is_rejected(spoil: impl Fn(&mut Sample), column: usize, rule: &str) {
    for sample in samples() {
        let outcome = spoiled(&sample, &spoil);
        assert_eq!(
            outcome.rejected(),
            [(sample.line(ROW), sample.name(column), rule)],
            "{}",
            sample.dialect
        );
        assert_eq!(outcome.only().len(), sample.rows.len() - 1, "{}", sample.dialect);
        let RejectedRow {
            file, text, message, ..
        } = &outcome.report.rejected[0];
        assert!(file.ends_with(sample.path), "{file}");
        assert!(!message.is_empty());
        let mut expected = sample.clone();
        spoil(&mut expected);
        assert_eq!(
            *text,
            expected.rows[ROW].join(expected.delimiter),
            "{}",
            sample.dialect
        );
        assert_eq!(outcome.report.files[0].rejected, 1);
        assert_eq!(outcome.report.rules[0].rule, rule);
    }
}

#[test]
fn a_price_that_is_not_a_number_of_the_finite_kind() {
    one_is_rejected(|file| *file.field(ROW, CLOSE) = "NaN".into(), CLOSE, "not-finite");
    one_is_rejected(|file| *file.field(ROW, HIGH) = "inf".into(), HIGH, "not-finite");
    one_is_rejected(
        |file| *file.field(ROW, LOW) = "-Infinity".into(),
        LOW,
        "not-finite",
    );
    one_is_rejected(|file| *file.field(ROW, OPEN) = "1e999".into(), OPEN, "not-finite");
}

#[test]
fn a_price_that_can_not_be_read() {
    one_is_rejected(|file| *file.field(ROW, OPEN) = "abc".into(), OPEN, "bad-number");
    one_is_rejected(|file| *file.field(ROW, LOW) = "1.2.3".into(), LOW, "bad-number");
    // Files of nasdaq.com have a `$` before every price.
    let sign = |file: &Sample| if file.dialect == "nasdaq" { "€" } else { "$" };
    one_is_rejected(
        |file| *file.field(ROW, CLOSE) = format!("{}12", sign(file)),
        CLOSE,
        "bad-number",
    );
}

#[test]
fn a_price_that_is_missing() {
    one_is_rejected(|file| file.field(ROW, CLOSE).clear(), CLOSE, "missing-price");
    one_is_rejected(
        |file| *file.field(ROW, OPEN) = "N/A".into(),
        OPEN,
        "missing-price",
    );
}

#[test]
fn high_and_low_that_do_not_bound_the_others() {
    let swap = |file: &mut Sample| {
        let high = file.field(ROW, HIGH).clone();
        let low = std::mem::replace(file.field(ROW, LOW), high);
        *file.field(ROW, HIGH) = low;
    };
    one_is_rejected(swap, HIGH, "high-below");
    let raise = |file: &mut Sample| {
        let high = file.field(ROW, HIGH).clone();
        *file.field(ROW, LOW) = high;
    };
    one_is_rejected(raise, LOW, "low-above");
}

#[test]
fn a_volume_that_is_negative_or_no_number() {
    one_is_rejected(
        |file| *file.field(ROW, VOLUME) = "-1".into(),
        VOLUME,
        "negative-volume",
    );
    one_is_rejected(
        |file| *file.field(ROW, VOLUME) = "inf".into(),
        VOLUME,
        "not-finite",
    );
    one_is_rejected(
        |file| *file.field(ROW, VOLUME) = "many".into(),
        VOLUME,
        "bad-number",
    );
}

#[test]
fn a_volume_may_be_unknown() {
    for word in ["", "N/A", "null", "nan", "NaN", "-"] {
        for sample in &samples() {
            let outcome = spoiled(sample, |file| *file.field(ROW, VOLUME) = word.into());
            assert_eq!(outcome.rejected(), [], "{} {word}", sample.dialect);
            assert!(outcome.only().volume()[sample.bar_of(ROW)].is_nan());
        }
    }
}

#[test]
fn a_time_that_can_not_be_read() {
    one_is_rejected(
        |file| *file.field(ROW, TIME) = "2024-13-45".into(),
        TIME,
        "bad-time",
    );
    one_is_rejected(|file| file.field(ROW, TIME).clear(), TIME, "bad-time");
    one_is_rejected(
        |file| *file.field(ROW, TIME) = "yesterday".into(),
        TIME,
        "bad-time",
    );
}

#[test]
fn a_price_of_zero_unless_the_instrument_permits() {
    let zero = |file: &mut Sample| *file.field(ROW, LOW) = "0".into();
    one_is_rejected(zero, LOW, "nonpositive-price");
    for sample in samples() {
        let mut file = sample.clone();
        zero(&mut file);
        let folder = Folder::of(&[(file.path, file.text().as_bytes())]);
        let scanned = folder.scan(&file.options()).unwrap();
        let permitting = interchange::SeriesRules {
            allows_nonpositive: true,
            ..rules()
        };
        assert_eq!(
            check(scanned, &permitting).unwrap().only().len(),
            sample.rows.len()
        );
    }
}

#[test]
fn identical_rows_are_dropped_and_counted() {
    for sample in samples() {
        let outcome = spoiled(&sample, |file| {
            let row = file.rows[ROW].clone();
            file.rows.insert(ROW, row);
        });
        assert_eq!(outcome.rejected(), [], "{}", sample.dialect);
        assert_eq!(outcome.report.series[0].duplicates, 1, "{}", sample.dialect);
        assert_eq!(outcome.only().len(), sample.rows.len(), "{}", sample.dialect);
    }
}

/// Repeats a row with another volume behind it.
fn conflict(file: &mut Sample) {
    let row = file.rows[ROW].clone();
    file.rows.insert(ROW + 1, row);
    *file.field(ROW + 1, VOLUME) = "7".into();
}

#[test]
fn conflicting_rows_are_both_turned_away() {
    for sample in samples() {
        let outcome = spoiled(&sample, conflict);
        let time = sample.name(TIME);
        let expected = [
            (sample.line(ROW), time, "conflicting-duplicate"),
            (sample.line(ROW + 1), time, "conflicting-duplicate"),
        ];
        assert_eq!(outcome.rejected(), expected, "{}", sample.dialect);
        let mut written = sample.clone();
        conflict(&mut written);
        let texts: Vec<_> = outcome
            .report
            .rejected
            .iter()
            .map(|row| row.text.clone())
            .collect();
        assert_eq!(
            texts,
            [ROW, ROW + 1].map(|row| written.rows[row].join(written.delimiter))
        );
    }
}

#[test]
fn of_conflicting_rows_the_first_or_the_last_can_be_chosen() {
    for sample in samples() {
        let mut file = sample.clone();
        conflict(&mut file);
        let mut volumes = [0.0; 2];
        for (volume, duplicates) in volumes
            .iter_mut()
            .zip([DuplicateRule::First, DuplicateRule::Last])
        {
            let options = ReadOptions {
                duplicates,
                ..sample.options()
            };
            let outcome = read_with(sample.path, &file.text(), &options).unwrap();
            *volume = outcome.only().volume()[sample.bar_of(ROW)];
            assert_eq!(
                (outcome.report.rejected_rows, outcome.report.series[0].duplicates),
                (0, 1)
            );
        }
        assert_ne!(volumes[0].to_bits(), 7.0_f64.to_bits(), "{}", sample.dialect);
        assert_eq!(volumes[1].to_bits(), 7.0_f64.to_bits(), "{}", sample.dialect);
    }
}

#[test]
fn bars_of_the_future_are_turned_away() {
    for sample in samples() {
        let text = sample.text();
        let bars = read_with(sample.path, &text, &sample.options())
            .unwrap()
            .only()
            .clone();
        let now = domain::market::Timestamp::from_micros(bars.last_time().unwrap() - 1).unwrap();
        let options = ReadOptions {
            now,
            ..sample.options()
        };
        let outcome = read_with(sample.path, &text, &options).unwrap();
        let last = sample.bar_of(sample.rows.len() - 1);
        assert_eq!(
            outcome.rejected(),
            [(sample.line(last), sample.name(TIME), "in-future")],
            "{}",
            sample.dialect
        );
    }
}

#[test]
fn todays_date_where_the_instrument_trades_is_not_the_future() {
    let text = "date,open,high,low,close\n2024-01-02,1,2,1,2\n2024-01-03,1,2,1,2\n2024-01-04,1,2,1,2\n";
    let options = ReadOptions {
        now: "2024-01-03T16:00:00Z".parse().unwrap(),
        ..ReadOptions::default()
    };
    let rejected = |zone: &str| {
        let folder = Folder::of(&[("x.csv", text.as_bytes())]);
        let scanned = folder.scan(&options).unwrap();
        let zone = zone.parse().unwrap();
        check(scanned, &interchange::SeriesRules { zone, ..rules() })
            .unwrap()
            .report
            .rejected_rows
    };
    assert_eq!((rejected("UTC"), rejected("Asia/Tokyo")), (1, 0));
}

#[test]
fn bars_off_the_grid_are_turned_away() {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for minute in 10..40 {
        let second = if minute == 20 { 31 } else { 30 };
        writeln!(text, "2024-03-08T14:{minute}:{second}Z,1,2,1,2,5").unwrap();
    }
    let outcome = read("x.csv", &text).unwrap();
    assert_eq!(outcome.rejected(), [(12, "time", "off-grid")]);
    assert_eq!(outcome.report.rejected[0].text, "2024-03-08T14:20:31Z,1,2,1,2,5");
}

#[test]
fn a_stored_bar_fixes_the_grid() {
    let file = samples()
        .into_iter()
        .find(|sample| sample.dialect == "chandlery")
        .unwrap();
    let folder = Folder::of(&[(file.path, file.text().as_bytes())]);
    let scan = || folder.scan(&file.options()).unwrap();
    let stored = |time: &str| interchange::SeriesRules {
        stored_time: Some(micros(time)),
        ..rules()
    };
    assert_eq!(
        check(scan(), &stored("2020-01-01T00:01:00Z"))
            .unwrap()
            .only()
            .len(),
        10
    );
    let error = check(scan(), &stored("2020-01-01T00:00:31Z")).unwrap_err();
    let ReadError::TooManyRejected(report) = error else {
        panic!("{error}")
    };
    assert_eq!(
        (report.rejected_rows, report.rules[0].rule.as_str()),
        (10, "off-grid")
    );
}

#[test]
fn more_than_five_rows_and_more_than_the_fraction_fail_the_whole() {
    let spoil = |count: usize| {
        let mut text = "date,open,high,low,close,volume\n".to_owned();
        for day in 1..=28 {
            let close = if day <= count { "x" } else { "2" };
            writeln!(text, "2024-02-{day:02},1,2,1,{close},5").unwrap();
        }
        text
    };
    assert_eq!(read("x.csv", &spoil(5)).unwrap().report.rejected_rows, 5);
    let error = read("x.csv", &spoil(6)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("6 of 28 rows") && text.contains("--max-rejected"),
        "{text}"
    );
    assert!(
        text.contains("x.csv:2: column close: `x` is not a number [bad-number]"),
        "{text}"
    );
    let ReadError::TooManyRejected(report) = error else {
        panic!("{text}")
    };
    assert_eq!((report.rejected.len(), report.files[0].rejected), (6, 6));
    let options = ReadOptions {
        max_rejected: 0.5,
        ..ReadOptions::default()
    };
    assert_eq!(read_with("x.csv", &spoil(6), &options).unwrap().only().len(), 22);
}

#[test]
fn a_file_of_which_nothing_is_left_fails() {
    let error = read("x.csv", "date,open,high,low,close\n2024-01-02,1,2,1,x\n").unwrap_err();
    assert!(matches!(error, ReadError::TooManyRejected(_)), "{error}");
}

#[test]
fn rejected_rows_are_written_as_csv() {
    let text =
        "date,open,high,low,close\n2024-01-02,1,2,1,2\n2024-01-03,1,2,1,\"a\"\"b\"\n2024-01-04,1,2,1,2\n";
    let outcome = read("x.csv", text).unwrap();
    let mut out = Vec::new();
    interchange::write_rejected(&outcome.report.rejected, &mut out).unwrap();
    let mut reader = csv::Reader::from_reader(out.as_slice());
    assert_eq!(
        reader.headers().unwrap(),
        ["file", "line", "column", "rule", "message", "text"].as_slice()
    );
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(
        (&row[1], &row[2], &row[3], &row[5]),
        ("3", "close", "bad-number", "2024-01-03,1,2,1,\"a\"\"b\"")
    );
}
