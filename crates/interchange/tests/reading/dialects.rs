//! Every dialect is recognised and read, however its file is packed and ordered.

use std::io::Write;

use domain::market::{AssetClass, Bars, Currency, Symbol, Zone};
use interchange::{Dialect, ReadOptions, RowOrder};

use super::{
    fixture::{Folder, read, read_with, times},
    samples::{Sample, samples},
};

fn bars_of(sample: &Sample, path: &str, bytes: &[u8]) -> Bars {
    let outcome = Folder::of(&[(path, bytes)]).read(&sample.options());
    let outcome = outcome.unwrap_or_else(|error| panic!("{} as {path}: {error}", sample.dialect));
    assert_eq!(outcome.report.files[0].dialect, sample.dialect);
    assert_eq!(outcome.report.rejected, []);
    outcome.only().clone()
}

fn plain(sample: &Sample) -> Bars {
    bars_of(sample, sample.path, sample.text().as_bytes())
}

#[test]
fn every_dialect_is_recognised_and_its_first_bar_is_right() {
    for sample in samples() {
        let outcome = read_with(sample.path, &sample.text(), &sample.options())
            .unwrap_or_else(|error| panic!("{}: {error}", sample.dialect));
        let series = &outcome.report.series[0];
        assert_eq!(outcome.report.files[0].dialect, sample.dialect);
        assert_eq!(
            series.symbol.as_ref().map(Symbol::as_str),
            sample.symbol,
            "{}",
            sample.dialect
        );
        assert_eq!(
            series.timeframe.to_string(),
            sample.timeframe,
            "{}",
            sample.dialect
        );
        let bars = outcome.only();
        assert_eq!(bars.len(), sample.rows.len(), "{}", sample.dialect);
        assert_eq!(times(bars)[0], sample.first.0, "{}", sample.dialect);
        let bar = bars.bar(0);
        let [open, high, low, close, volume] = sample.first.1;
        assert_eq!(
            bar.value_bits(),
            [open, high, low, close, volume].map(f64::to_bits),
            "{}: {bar:?}",
            sample.dialect
        );
    }
}

#[test]
fn every_dialect_can_be_named_and_then_needs_no_recognition() {
    for sample in samples() {
        let options = ReadOptions {
            dialect: Dialect::named(sample.dialect),
            ..sample.options()
        };
        let outcome = read_with(sample.path, &sample.text(), &options).unwrap();
        assert_eq!(outcome.only(), &plain(&sample), "{}", sample.dialect);
    }
}

#[test]
fn line_ends_byte_order_marks_and_blank_lines_do_not_matter() {
    for sample in samples() {
        let expected = plain(&sample);
        let text = sample.text();
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(
            bars_of(&sample, sample.path, crlf.as_bytes()),
            expected,
            "{}",
            sample.dialect
        );
        let marked = format!("\u{feff}{text}");
        assert_eq!(
            bars_of(&sample, sample.path, marked.as_bytes()),
            expected,
            "{}",
            sample.dialect
        );
        let cut = text.trim_end();
        assert_eq!(
            bars_of(&sample, sample.path, cut.as_bytes()),
            expected,
            "{}",
            sample.dialect
        );
        let spaced = format!("{text}\n   \n\n");
        assert_eq!(
            bars_of(&sample, sample.path, spaced.as_bytes()),
            expected,
            "{}",
            sample.dialect
        );
    }
}

#[test]
fn compressed_files_are_read_whatever_their_suffix() {
    for sample in samples() {
        let (expected, text) = (plain(&sample), sample.text());
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
        for (suffix, bytes) in [(".gz", &gzip), ("", &gzip), (".zst", &zstd), ("", &zstd)] {
            let path = format!("{}{suffix}", sample.path);
            assert_eq!(
                bars_of(&sample, &path, bytes),
                expected,
                "{} as {path}",
                sample.dialect
            );
        }
    }
}

#[test]
fn order_of_rows_does_not_matter_and_is_reported() {
    for sample in samples() {
        let expected = plain(&sample);
        let mut ascending = sample.clone();
        if sample.newest_first {
            ascending.rows.reverse();
        }
        let mut descending = ascending.clone();
        descending.rows.reverse();
        let mut shuffled = ascending.clone();
        shuffled.rows.swap(2, 7);
        shuffled.rows.swap(3, 5);
        let cases = [
            (ascending, RowOrder::Ascending),
            (descending, RowOrder::Descending),
            (shuffled, RowOrder::Unsorted),
        ];
        for (turned, order) in cases {
            let outcome = read_with(sample.path, &turned.text(), &sample.options()).unwrap();
            assert_eq!(outcome.only(), &expected, "{}", sample.dialect);
            assert_eq!(outcome.report.files[0].order, order, "{}", sample.dialect);
            let said = outcome.report.files[0]
                .notes
                .iter()
                .any(|note| note.contains("sorted"));
            assert_eq!(said, order == RowOrder::Unsorted, "{}", sample.dialect);
        }
    }
}

#[test]
fn the_adjusted_close_is_reported_as_ignored() {
    for sample in samples()
        .iter()
        .filter(|sample| sample.dialect.starts_with("yahoo"))
    {
        let outcome = read(sample.path, &sample.text()).unwrap();
        let notes = &outcome.report.files[0].notes;
        assert!(
            notes.iter().any(|note| note.starts_with("ignored column: Adj")),
            "{notes:?}"
        );
    }
}

#[test]
fn null_rows_of_yahoo_carry_no_bar_and_are_counted() {
    let text = "Date,Open,High,Low,Close,Adj Close,Volume\n2018-05-01,1,2,1,2,2,5\n\
                2018-05-02,null,null,null,null,null,null\n2018-05-03,1,2,1,2,2,null\n2018-05-04,1,2,1,2,2,5\n";
    let outcome = read("x.csv", text).unwrap();
    assert_eq!(outcome.only().len(), 3);
    assert!(outcome.only().volume()[1].is_nan());
    assert_eq!(outcome.report.rejected_rows, 0);
    assert!(
        outcome.report.files[0]
            .notes
            .contains(&"rows without prices that were dropped: 1".to_owned())
    );
}

#[test]
fn tickers_side_by_side_are_series_of_their_own() {
    let text = "Ticker,AAPL,AAPL,AAPL,AAPL,MSFT,MSFT,MSFT,MSFT\nPrice,Open,High,Low,Close,Open,High,Low,Close\n\
                Datetime,,,,,,,,\n2024-01-02 09:30:00-05:00,1,2,1,2,,,,\n2024-01-02 09:31:00-05:00,2,3,2,3,5,6,5,6\n\
                2024-01-02 09:32:00-05:00,2,3,2,3,5,6,5,4\n2024-01-02 09:33:00-05:00,2,3,2,3,5,6,5,6\n";
    let outcome = read("two.csv", text).unwrap();
    let symbols: Vec<_> = outcome
        .report
        .series
        .iter()
        .map(|s| s.symbol.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(symbols, ["AAPL", "MSFT"]);
    assert_eq!(times(&outcome.series[0])[0], "2024-01-02T14:30:00Z");
    assert_eq!((outcome.series[0].len(), outcome.series[1].len()), (4, 2));
    assert_eq!(outcome.rejected(), [(6, "Low MSFT", "low-above")]);
}

#[test]
fn a_preamble_before_the_header_is_skipped_and_reported() {
    let text = "https://www.example.org/data\n# hourly\ndate,open,high,low,close\n2024-01-02,1,2,1,2\n2024-01-03,1,2,1,2\n";
    let outcome = read("x.csv", text).unwrap();
    assert_eq!(outcome.only().len(), 2);
    let notes = &outcome.report.files[0].notes;
    assert!(
        notes.contains(&"lines before the header that were skipped: 2".to_owned()),
        "{notes:?}"
    );
    assert!(
        notes.contains(&"no column for the volume: it is unknown".to_owned()),
        "{notes:?}"
    );
}

#[test]
fn columns_are_found_by_name_whatever_their_order_and_case() {
    let text = "CLOSE\tVolume \tlow\tHigh\topen\tTimestamp\textra\n2\t10\t1\t3\t1.5\t1704207600\tx\n2\t10\t1\t3\t1.5\t1704207660\tx\n";
    let outcome = read("x.tsv", text).unwrap();
    assert_eq!(
        outcome.only().bar(0).value_bits(),
        [1.5, 3.0, 1.0, 2.0, 10.0].map(f64::to_bits)
    );
    assert!(
        outcome.report.files[0]
            .notes
            .contains(&"ignored column: extra".to_owned())
    );
}

#[test]
fn a_numbered_index_of_pandas_is_no_time() {
    let text = ",Date,Open,High,Low,Close\n0,2024-01-02,1,2,1,2\n1,2024-01-03,1,2,1,2\n";
    let outcome = read("x.csv", text).unwrap();
    assert_eq!(
        times(outcome.only()),
        ["2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"]
    );
}

#[test]
fn paths_give_hints_about_the_instrument() {
    for sample in samples() {
        let folder = Folder::of(&[(sample.path, sample.text().as_bytes())]);
        let scanned = folder.scan(&sample.options()).unwrap();
        let hints = &scanned.series()[0].hints;
        let currency = hints.currency.as_ref().map(Currency::as_str);
        let zone = hints.zone.as_ref().map(Zone::name);
        let expected = match sample.dialect {
            "lean" => (Some(AssetClass::Equity), Some("America/New_York"), Some("USD")),
            "binance-spot" | "binance-usd-m" => (Some(AssetClass::Crypto), Some("UTC"), Some("USDT")),
            "freqtrade-json" => (Some(AssetClass::Crypto), Some("UTC"), Some("BTC")),
            "kraken" => (Some(AssetClass::Crypto), Some("UTC"), Some("USD")),
            "cryptodatadownload" => (Some(AssetClass::Crypto), Some("UTC"), None),
            "histdata" => (Some(AssetClass::Fx), None, None),
            _ => (None, None, None),
        };
        assert_eq!(
            (hints.asset_class, zone, currency),
            expected,
            "{}",
            sample.dialect
        );
    }
}

#[test]
fn futures_of_binance_without_header_are_told_by_their_folder() {
    let sample = samples()
        .into_iter()
        .find(|sample| sample.dialect == "binance-usd-m")
        .unwrap();
    let text = sample.text().split_once('\n').unwrap().1.to_owned();
    let outcome = read("data/futures/um/monthly/BTCUSDT-1m-2020-01.csv", &text).unwrap();
    assert_eq!(outcome.report.files[0].dialect, "binance-usd-m");
}

#[test]
fn only_equities_of_lean_are_divided() {
    let text = "0,42000.5,42010,41990,42001,1.25\n60000,42001,42020,42000,42010,2.5\n";
    let outcome = read("crypto/binance/minute/btcusdt/20240102_trade.csv", text).unwrap();
    assert_eq!(
        outcome.only().bar(0).value_bits(),
        [42_000.5, 42_010.0, 41_990.0, 42_001.0, 1.25].map(f64::to_bits)
    );
    assert_eq!(times(outcome.only())[0], "2024-01-02T00:00:00Z");
    assert_eq!(
        outcome.report.series[0].symbol.as_ref().unwrap().as_str(),
        "BTCUSDT"
    );
}
