//! Timeframes, symbols and what looks odd.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use domain::market::{Bars, SetDigest};
use interchange::{NoProgress, ReadError, ReadOptions, ReadProgress, scan};
use rstest::rstest;

use super::fixture::{Folder, read, read_with, refusal};

const HEADER: &str = "time,open,high,low,close,volume\n";

fn minutes(count: i64, step: i64) -> String {
    let rows: Vec<String> = (0..count)
        .map(|index| {
            let time =
                domain::market::Timestamp::from_micros((1_704_200_400 + index * step * 60) * 1_000_000);
            let close = 100.0 + (index % 7) as f64 / 10.0;
            format!("{},100,101,99,{close},5\n", time.unwrap())
        })
        .collect();
    format!("{HEADER}{}", rows.concat())
}

fn declared(timeframe: &str) -> ReadOptions {
    ReadOptions {
        timeframe: Some(timeframe.parse().unwrap()),
        ..ReadOptions::default()
    }
}

#[rstest]
#[case(1, "1m")]
#[case(5, "5m")]
#[case(60, "1h")]
#[case(240, "4h")]
fn the_spacing_shows_the_timeframe(#[case] step: i64, #[case] expected: &str) {
    let outcome = read("x.csv", &minutes(40, step)).unwrap();
    assert_eq!(outcome.report.series[0].timeframe.to_string(), expected);
}

#[rstest]
#[case(60, "1m", "1h")]
#[case(1, "1h", "1m")]
#[case(60, "1d", "1h")]
fn a_declared_timeframe_that_does_not_fit_is_refused_with_both(
    #[case] step: i64,
    #[case] given: &str,
    #[case] found: &str,
) {
    let refusal = refusal(read_with("x.csv", &minutes(200, step), &declared(given)));
    assert_eq!(refusal.rule, "timeframe-mismatch");
    assert!(
        refusal.message.contains(given) && refusal.message.contains(found),
        "{refusal}"
    );
}

#[test]
fn one_row_needs_a_declared_timeframe() {
    let refusal = refusal(read("x.csv", &minutes(1, 1)));
    assert_eq!(refusal.rule, "timeframe-unclear");
    assert!(refusal.message.contains("--series"), "{refusal}");
    assert_eq!(
        read_with("x.csv", &minutes(1, 1), &declared("1m"))
            .unwrap()
            .only()
            .len(),
        1
    );
}

#[test]
fn rows_at_random_times_show_no_timeframe() {
    let rows: Vec<String> = (0..200_u64)
        .map(|n| format!("{},1,2,1,2,5\n", 1_704_200_400 + n * 1000 + n * n % 977))
        .collect();
    let refusal = refusal(read("x.csv", &format!("{HEADER}{}", rows.concat())));
    assert_eq!(refusal.rule, "timeframe-unclear");
}

#[test]
fn a_name_that_contradicts_the_declared_timeframe_is_refused() {
    let row = "1704067200000,1,2,1,2,5,1704070799999,9,1,1,1,0\n";
    let refusal = refusal(read_with("BTCUSDT-1h-2024-01.csv", row, &declared("1m")));
    assert_eq!(refusal.rule, "timeframe-mismatch");
}

#[test]
fn a_column_for_the_symbol_makes_series() {
    let text = "symbol,date,open,high,low,close\nAAPL,2024-01-02,1,2,1,2\nMSFT,2024-01-02,3,4,3,4\n\
                AAPL,2024-01-03,1,2,1,2\nMSFT,2024-01-03,3,4,3,4\nbad name,2024-01-03,3,4,3,4\n";
    let outcome = read("x.csv", text).unwrap();
    let found: Vec<_> = outcome
        .report
        .series
        .iter()
        .map(|s| s.symbol.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(found, ["AAPL", "MSFT"]);
    assert_eq!(outcome.series.iter().map(Bars::len).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(outcome.rejected(), [(6, "symbol", "bad-symbol")]);
}

#[test]
fn several_symbols_are_refused_when_one_was_declared() {
    let options = ReadOptions {
        symbol: Some("AAPL".parse().unwrap()),
        ..ReadOptions::default()
    };
    let text = "symbol,date,open,high,low,close\nAAPL.US,2024-01-02,1,2,1,2\nAAPL.US,2024-01-03,1,2,1,2\n";
    let outcome = read_with("x.csv", text, &options).unwrap();
    assert_eq!(outcome.report.series[0].symbol.as_ref().unwrap().as_str(), "AAPL");
    let two = format!("{text}MSFT,2024-01-03,3,4,3,4\n");
    let refusal = refusal(read_with("x.csv", &two, &options));
    assert_eq!((refusal.rule, refusal.line), ("several-symbols", Some(4)));
}

#[test]
fn a_file_without_a_symbol_takes_the_declared_one() {
    let text = "date,open,high,low,close\n2024-01-02,1,2,1,2\n2024-01-03,1,2,1,2\n";
    assert_eq!(read("x.csv", text).unwrap().report.series[0].symbol, None);
    let options = ReadOptions {
        symbol: Some("AAPL".parse().unwrap()),
        ..ReadOptions::default()
    };
    let outcome = read_with("x.csv", text, &options).unwrap();
    assert_eq!(outcome.report.series[0].symbol.as_ref().unwrap().as_str(), "AAPL");
}

#[test]
fn spikes_and_stale_runs_are_warned_of_and_kept() {
    let mut lines: Vec<String> = minutes(120, 1).lines().map(str::to_owned).collect();
    lines[60] = lines[60].replace(",100,101,99,", ",100,900,99,");
    let close = lines[60].split(',').nth(4).unwrap().to_owned();
    lines[60] = lines[60].replace(&format!(",{close},5"), ",800,5");
    for line in &mut lines[80..101] {
        *line = format!("{},100,101,99,100,5", line.split(',').next().unwrap());
    }
    let outcome = read("x.csv", &lines.join("\n")).unwrap();
    assert_eq!(outcome.only().len(), 120);
    let warnings = outcome.report.warnings.iter();
    let warnings: Vec<_> = warnings
        .map(|w| (w.line.unwrap(), w.column.as_str(), w.rule.as_str()))
        .collect();
    assert_eq!(
        warnings,
        [
            (61, "close", "spike"),
            (62, "close", "spike"),
            (100, "close", "stale-run")
        ]
    );
}

#[test]
fn the_report_previews_the_first_and_the_last_bars() {
    let report = read("x.csv", &minutes(25, 1)).unwrap().report;
    let series = &report.series[0];
    assert_eq!((series.bars, series.head.len(), series.tail.len()), (25, 10, 10));
    assert_eq!(series.first, Some(series.head[0].time));
    assert_eq!(series.last, Some(series.tail[9].time));
    assert_eq!(series.head[1].volume, Some(5.0));
}

#[test]
fn bars_can_be_read_again_and_outlive_their_reading() {
    let folder = Folder::of(&[("x.csv", minutes(1000, 1).as_bytes())]);
    for memory_rows in [64, 1_000_000] {
        let scanned = folder
            .scan(&ReadOptions {
                memory_rows,
                ..ReadOptions::default()
            })
            .unwrap();
        let reading = scanned.check(&[super::fixture::rules()]).unwrap();
        let (one, two) = (reading.bars(0), reading.bars(0));
        drop(reading);
        let digest = |bars: Vec<Bars>| {
            bars.iter()
                .map(Bars::digest)
                .fold(SetDigest::default(), SetDigest::plus)
        };
        let one: Vec<Bars> = std::thread::spawn(|| one.map(Result::unwrap).collect())
            .join()
            .unwrap();
        let two: Vec<Bars> = two.map(Result::unwrap).collect();
        assert_eq!(digest(one), digest(two));
    }
}

#[test]
fn a_batch_has_65536_bars_at_most() {
    let folder = Folder::of(&[("x.csv", minutes(70_000, 1).as_bytes())]);
    let reading = folder
        .scan(&ReadOptions::default())
        .unwrap()
        .check(&[super::fixture::rules()])
        .unwrap();
    let sizes: Vec<usize> = reading.bars(0).map(|bars| bars.unwrap().len()).collect();
    assert_eq!(sizes, [65_536, 70_000 - 65_536]);
}

/// Counts what it hears, and stops when it is told to.
#[derive(Default)]
struct Counting {
    total: AtomicU64,
    bytes: AtomicU64,
    rows: AtomicU64,
    stop: bool,
}

impl ReadProgress for Counting {
    fn total(&self, bytes: u64) {
        self.total.store(bytes, Relaxed);
    }

    fn advance(&self, bytes: u64, rows: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.rows.fetch_add(rows, Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.stop
    }
}

#[test]
fn a_scan_tells_how_many_bytes_and_rows_it_has_read() {
    let folder = Folder::of(&[("x.csv", minutes(70_000, 1).as_bytes())]);
    let (options, progress) = (ReadOptions::default(), Counting::default());
    let inputs = folder.inputs(&options).unwrap();
    scan(&inputs, &options, &progress).unwrap();
    assert_eq!(progress.total.into_inner(), inputs[0].bytes());
    assert_eq!(progress.bytes.into_inner(), inputs[0].bytes());
    assert_eq!(progress.rows.into_inner(), 70_000);
}

#[test]
fn a_scan_can_be_stopped() {
    let folder = Folder::of(&[("x.csv", minutes(10, 1).as_bytes())]);
    let (options, progress) = (
        ReadOptions::default(),
        Counting {
            stop: true,
            ..Counting::default()
        },
    );
    let inputs = folder.inputs(&options).unwrap();
    assert!(matches!(
        scan(&inputs, &options, &progress),
        Err(ReadError::Cancelled)
    ));
    assert!(scan(&inputs, &options, &NoProgress).is_ok());
}

#[test]
fn more_rows_of_one_time_than_can_be_told_apart_are_refused() {
    let rows = "2024-01-02T14:30:00Z,1,2,1,2,5\n".repeat(70_000);
    let text = format!("{HEADER}{rows}2024-01-02T14:31:00Z,1,2,1,2,5\n");
    assert_eq!(refusal(read("x.csv", &text)).rule, "crowded-time");
}
