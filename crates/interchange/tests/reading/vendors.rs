//! The quirks of vendors of data and of brokers.

use interchange::ReadOptions;
use rstest::rstest;

use super::{
    fixture::{Folder, Outcome, in_zone, read, read_with, refusal, times},
    samples::{CLOSE, TIME, sample_of, samples},
};

#[rstest]
#[case("alpha-vantage")]
#[case("metatrader5")]
#[case("metatrader4")]
#[case("interactive-brokers")]
fn times_of_day_of_an_unsure_zone_are_refused_until_it_is_given(#[case] dialect: &str) {
    let sample = sample_of(dialect);
    let refusal = refusal(read(sample.path, &sample.text()));
    assert_eq!(refusal.rule, "naive-time", "{refusal}");
    assert_eq!(refusal.column.as_deref(), Some(sample.name(TIME)));
    assert!(refusal.line.is_some(), "{refusal}");
}

#[test]
fn stooq_rows_say_ticker_and_timeframe() {
    let text = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n\
                7203.JP,D,20260428,000000,1,2,1,2,5,0\n7203.JP,D,20260430,000000,1,2,1,2,5,0\n\
                ^NKX,D,20260430,000000,3,4,3,4,5,0\n7203.JP,W,20260427,000000,1,2,1,2,5,0\n\
                7203.JP,M,20260401,000000,1,2,1,2,5,0\n7203.JP,D,20260501,000000,1,2,1,2,5,0\n\
                7203.JP,fortnight,20260501,000000,1,2,1,2,5,0\n";
    let outcome = read("jp.txt", text).unwrap();
    let expected = [
        ("7203.JP", "1d".to_owned(), 3),
        ("^NKX", "1d".to_owned(), 1),
        ("7203.JP", "1w".to_owned(), 1),
        ("7203.JP", "1M".to_owned(), 1),
    ];
    assert_eq!(outcome.named_series(), expected);
    assert_eq!(outcome.rejected(), [(8, "<PER>", "bad-timeframe")]);
}

#[test]
fn a_row_that_contradicts_the_declared_timeframe_refuses_its_file() {
    let options = ReadOptions {
        timeframe: Some("1h".parse().unwrap()),
        ..ReadOptions::default()
    };
    let sample = sample_of("stooq");
    let refusal = refusal(read_with(sample.path, &sample.text(), &options));
    assert_eq!((refusal.rule, refusal.line), ("timeframe-mismatch", Some(2)));
    assert!(
        refusal.message.contains("1h") && refusal.message.contains("1d"),
        "{refusal}"
    );
}

#[test]
fn minutes_that_are_said_to_be_days_are_refused() {
    let rows: Vec<String> = (0..40)
        .map(|minute| format!("X,D,20260428,09{minute:02}00,1,2,1,2,5,0\n"))
        .collect();
    let header = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n";
    let refusal = refusal(read("x.txt", &format!("{header}{}", rows.concat())));
    assert_eq!(refusal.rule, "timeframe-mismatch");
}

#[test]
fn stooq_files_of_one_symbol_are_plain_tables() {
    let text = "Date,Open,High,Low,Close,Volume\n2026-04-28,1,2,1,2,5\n2026-04-29,1,2,1,2,5\n";
    let outcome = read("aapl_us_d.csv", text).unwrap();
    assert_eq!(outcome.dialect(), "csv");
    assert_eq!(
        times(outcome.only()),
        ["2026-04-28T00:00:00Z", "2026-04-29T00:00:00Z"]
    );
}

#[test]
fn tickers_of_massive_that_trade_once_are_series_too() {
    let text = "ticker,volume,open,close,high,low,window_start,transactions\n\
                A,5,1,2,2,1,1680033600000000000,3\nB,5,3,4,4,3,1680033660000000000,3\n\
                A,5,1,2,2,1,1680034020000000000,3\n";
    let outcome = read("us_stocks_sip/minute_aggs_v1/2023/03/2023-03-28.csv", text).unwrap();
    assert_eq!(
        outcome.named_series(),
        [("A", "1m".to_owned(), 2), ("B", "1m".to_owned(), 1)]
    );
    let days = read(
        "us_stocks_sip/day_aggs_v1/2023/03/2023-03-28.csv",
        &text.replace("1680034020", "1680120000"),
    );
    assert_eq!(
        days.unwrap().named_series(),
        [("A", "1d".to_owned(), 2), ("B", "1d".to_owned(), 1)]
    );
    assert_eq!(refusal(read("2023-03-28.csv", text)).rule, "timeframe-unclear");
}

const DATABENTO: &str = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n";

#[test]
fn symbols_of_databento_share_their_times() {
    let text = format!(
        "{DATABENTO}2022-01-03T19:06:00.000000000Z,33,1,1,10.5,11.0,10.0,10.5,2,ESZ2\n\
         2022-01-03T19:06:00.000000000Z,33,1,2,20.5,21.0,20.0,20.5,2,NQZ2\n\
         2022-01-03T00:00:00.000000000Z,35,1,2,20.5,21.0,20.0,20.5,2,NQZ2\n\
         2022-01-03T19:00:00.000000000Z,99,1,2,20.5,21.0,20.0,20.5,2,NQZ2\n"
    );
    let outcome = read("x.csv", &text).unwrap();
    let expected = [
        ("ESZ2", "1m".to_owned(), 1),
        ("NQZ2", "1m".to_owned(), 1),
        ("NQZ2", "1d".to_owned(), 1),
    ];
    assert_eq!(outcome.named_series(), expected);
    assert_eq!(outcome.rejected(), [(5, "rtype", "bad-timeframe")]);
}

#[test]
fn without_symbols_databentos_instruments_go_by_their_numbers() {
    let text = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume\n\
                1641236760000000000,33,1,206323,4765250000000,4765250000000,4765250000000,4765250000000,2\n\
                1641236760000000000,33,1,206324,100000001,100000001,100000001,100000001,2\n";
    let outcome = read("x.csv", text).unwrap();
    assert_eq!(
        outcome.named_series(),
        [("206323", "1m".to_owned(), 1), ("206324", "1m".to_owned(), 1)]
    );
    let opens: Vec<u64> = outcome
        .series
        .iter()
        .map(|bars| bars.open()[0].to_bits())
        .collect();
    assert_eq!(opens, [4765.25, 0.100_000_001].map(f64::to_bits));
}

#[test]
fn prices_with_a_point_among_scaled_ones_are_turned_away() {
    let mut raw = samples()
        .into_iter()
        .filter(|sample| sample.dialect == "databento")
        .nth(1)
        .unwrap();
    *raw.field(4, CLOSE) = "4766.000000000".into();
    let outcome = read(raw.path, &raw.text()).unwrap();
    assert_eq!(outcome.rejected(), [(6, "close", "bad-number")]);
    let message = &outcome.report.rejected[0].message;
    assert!(
        message.contains("integers that count 1000000000 to the unit"),
        "{message}"
    );
}

#[test]
fn short_integers_of_databento_are_prices() {
    let text = format!(
        "{DATABENTO}2022-01-03T19:06:00Z,33,1,1,4765,4765,4765,4765,2,ESZ2\n\
         2022-01-03T19:07:00Z,33,1,1,4765,4765,4765,4765,2,ESZ2\n"
    );
    let outcome = read("x.csv", &text).unwrap();
    assert_eq!(outcome.only().open()[0].to_bits(), 4765.0_f64.to_bits());
}

#[test]
fn dollars_may_be_missing_and_groups_of_thousands_must_be_declared() {
    let text = "Date,Close/Last,Volume,Open,High,Low\n12/13/2024,\"$2,000.5\",N/A,1999,\"$2,001.25\",$1998\n\
                12/12/2024,$2,7,$1,$2,$1\n";
    assert_eq!(refusal(read("x.csv", text)).rule, "number-style");
    let options = ReadOptions {
        numbers: interchange::NumberStyle::Thousands,
        ..ReadOptions::default()
    };
    let outcome = read_with("x.csv", text, &options).unwrap();
    let bar = outcome.only().bar(1);
    assert_eq!(
        [bar.open, bar.high, bar.low, bar.close].map(f64::to_bits),
        [1999.0, 2001.25, 1998.0, 2000.5].map(f64::to_bits)
    );
    assert!(bar.volume.is_nan());
}

#[test]
fn dates_of_nasdaq_have_the_month_first() {
    let text = "Date,Close/Last,Volume,Open,High,Low\n13/12/2024,$2,7,$1,$2,$1\n12/12/2024,$2,7,$1,$2,$1\n\
                12/11/2024,$2,7,$1,$2,$1\n";
    let outcome = read("x.csv", text).unwrap();
    assert_eq!(outcome.rejected(), [(2, "Date", "bad-time")]);
    assert_eq!(
        times(outcome.only()),
        ["2024-12-11T00:00:00Z", "2024-12-12T00:00:00Z"]
    );
}

#[rstest]
#[case(
    "{\n  \"Note\": \"Our standard API call frequency\\nis 5 calls.\"\n}",
    "Our standard API call frequency is 5 calls."
)]
#[case("{\"Error Message\": \"Invalid API call.\"}", "Invalid API call.")]
#[case("{\"Information\": \"Premium \\u001b[2Jonly.\"}", "Premium [2Jonly.")]
fn a_message_instead_of_prices_is_shown(#[case] text: &str, #[case] said: &str) {
    let refusal = refusal(read("x.csv", text));
    assert_eq!((refusal.rule, refusal.line), ("json-body", Some(1)));
    assert!(
        refusal.message.starts_with("this is a message of the vendor") && refusal.message.ends_with(said),
        "{refusal}"
    );
}

#[test]
fn indicators_of_tradingview_are_ignored_and_reported() {
    let sample = sample_of("tradingview");
    let outcome = read(sample.path, &sample.text()).unwrap();
    for name in ["Volume MA", "RSI"] {
        assert!(outcome.has_note(&format!("ignored column: {name}")));
    }
}

#[test]
fn tradingview_writes_offsets_or_dates_and_perhaps_no_volume() {
    let text = "time,open,high,low,close,RSI\n2024-01-02T09:30:00-05:00,1,2,1,2,\n2024-01-02T09:31:00-05:00,1,2,1,2,50\n";
    let outcome = read("x.csv", text).unwrap();
    assert_eq!(outcome.dialect(), "tradingview");
    assert_eq!(times(outcome.only())[0], "2024-01-02T14:30:00Z");
    assert!(outcome.only().volume()[0].is_nan());
    let days = read(
        "x.csv",
        "time,open,high,low,close,MA\n2024-01-02,1,2,1,2,\n2024-01-03,1,2,1,2,\n",
    );
    assert_eq!(times(days.unwrap().only())[0], "2024-01-02T00:00:00Z");
}

fn bars_of_ib(times: &[&str], options: &ReadOptions) -> Outcome {
    let rows: Vec<String> = (0..)
        .zip(times)
        .map(|(index, time)| format!("{index},{time},1,2,1,2,5,1.5,3\n"))
        .collect();
    let text = format!(
        ",date,open,high,low,close,volume,average,barCount\n{}",
        rows.concat()
    );
    let outcome = read_with("x.csv", &text, options).unwrap();
    assert_eq!(outcome.dialect(), "interactive-brokers");
    outcome
}

#[rstest]
#[case(&["20250307 09:30:00 US/Eastern", "20250310 09:30:00 US/Eastern", "20250310 09:31:00 US/Eastern", "20250310 09:32:00 US/Eastern"])]
#[case(&["2025-03-07 09:30:00-05:00", "2025-03-10 09:30:00-04:00", "2025-03-10 09:31:00-04:00", "2025-03-10 09:32:00-04:00"])]
#[case(&["1741357800", "1741613400", "1741613460", "1741613520"])]
fn zones_in_the_rows_of_interactive_brokers_win_over_the_one_that_is_given(#[case] rows: &[&str]) {
    let expected = [
        "2025-03-07T14:30:00Z",
        "2025-03-10T13:30:00Z",
        "2025-03-10T13:31:00Z",
        "2025-03-10T13:32:00Z",
    ];
    for options in [ReadOptions::default(), in_zone("Asia/Tokyo")] {
        assert_eq!(times(bars_of_ib(rows, &options).only()), expected);
    }
}

#[test]
fn days_of_interactive_brokers_are_dates() {
    let outcome = bars_of_ib(&["20250102", "20250103", "20250106"], &ReadOptions::default());
    assert_eq!(times(outcome.only())[2], "2025-01-06T00:00:00Z");
}

#[test]
fn zones_that_mean_two_things_or_nothing_are_not_read() {
    let rows = [
        "20250102 09:30:00 EST",
        "20250102 09:31:00 Narnia/Lantern",
        "20250102 09:32:00 US/Eastern",
        "20250102 09:33:00 US/Eastern",
        "20250309 02:30:00 US/Eastern",
        "20251102 01:30:00 US/Eastern",
    ];
    let options = ReadOptions {
        timeframe: Some("1m".parse().unwrap()),
        ..ReadOptions::default()
    };
    let outcome = bars_of_ib(&rows, &options);
    let expected = [
        (2, "date", "bad-time"),
        (3, "date", "bad-time"),
        (6, "date", "dst-hole"),
        (7, "date", "dst-fold"),
    ];
    assert_eq!(outcome.rejected(), expected);
}

#[test]
fn hours_of_lean_are_local_times_of_new_york() {
    let text = "20131001 09:00,1681000,1693700,1680700,1692500,68142100\n\
                20131001 10:00,1692500,1693700,1680700,1692500,68142100\n\
                20131001 11:00,1692500,1693700,1680700,1692500,68142100\n";
    let outcome = read("equity/usa/hour/spy.csv", text).unwrap();
    assert_eq!(outcome.named_series(), [("SPY", "1h".to_owned(), 3)]);
    assert_eq!(times(outcome.only())[0], "2013-10-01T13:00:00Z");
    assert_eq!(outcome.only().open()[0].to_bits(), 168.1_f64.to_bits());
}

#[rstest]
#[case(b"ARROW1\0\0\xff\xff\xff\xff")]
#[case(b"PAR1\x15\x04\x15")]
fn feather_and_parquet_files_are_named(#[case] bytes: &[u8]) {
    let refusal = refusal(Folder::of(&[("BTC_USDT-1h.feather", bytes)]).read(&ReadOptions::default()));
    assert_eq!((refusal.rule, refusal.line), ("nul-bytes", Some(1)));
    assert!(refusal.message.contains("freqtrade convert-data"), "{refusal}");
}

#[test]
fn files_that_only_resemble_a_dialect_are_read_as_before() {
    let cases = [
        (
            "timestamp,open,high,low,close,volume\n1704205800,1,2,1,2,5\n1704205860,1,2,1,2,5\n",
            "csv",
        ),
        (
            "time,open,high,low,close,volume\n1704205800,1,2,1,2,5\n1704205860,1,2,1,2,5\n",
            "csv",
        ),
        (
            "Gmt time,Open,High,Low,Close\n2024-01-02,1,2,1,2\n2024-01-03,1,2,1,2\n",
            "csv",
        ),
        (
            "Ticker,Date,Open,High,Low,Close\nA,2024-01-02,1,2,1,2\nA,2024-01-03,1,2,1,2\n",
            "csv",
        ),
        (
            ",date,open,high,low,close\n0,2024-01-02,1,2,1,2\n1,2024-01-03,1,2,1,2\n",
            "pandas",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read("x.csv", text).unwrap().dialect(), expected, "{text}");
    }
    let headless = [
        "2024-03-08;09:30;1;2;1;2;100\n",
        "20120201 000000,1,2,1,2,0\n",
        "1601855760000,1.1,1.2,1.0,1.1,10,1\n",
        "1601855760,1.1,1.2,1.0,1.1,10,1.5\n",
    ];
    for text in headless {
        assert_eq!(refusal(read("x.csv", text)).rule, "missing-header", "{text}");
    }
}
