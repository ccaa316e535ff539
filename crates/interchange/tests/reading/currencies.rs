//! The quirks of what is written about currencies.

use rstest::rstest;

use super::{
    fixture::{in_zone, read, read_with, refusal, times},
    samples::{VOLUME, sample_of},
};

#[rstest]
#[case("XBTUSD_1.csv", 60, "1m")]
#[case("XBTUSD_60.csv", 3600, "1h")]
#[case("XBTUSD_1440.csv", 86_400, "1d")]
fn the_minutes_of_kraken_are_in_the_name(#[case] path: &str, #[case] seconds: i64, #[case] timeframe: &str) {
    // Trades are rare: no two bars are neighbours.
    let rows: Vec<String> = (0..30)
        .map(|index| format!("{},1.1,1.2,1.0,1.1,10,1\n", 1_601_856_000 + seconds * (index * 7)))
        .collect();
    let outcome = read(path, &rows.concat()).unwrap();
    assert_eq!(outcome.named_series(), [("XBTUSD", timeframe.to_owned(), 30)]);
    assert_eq!(outcome.dialect(), "kraken");
}

#[test]
fn a_name_of_kraken_that_its_rows_contradict_is_refused() {
    let rows: Vec<String> = (0..30)
        .map(|index| format!("{},1.1,1.2,1.0,1.1,10,1\n", 1_601_856_000 + 60 * index))
        .collect();
    let refusal = refusal(read("XBTUSD_60.csv", &rows.concat()));
    assert_eq!(refusal.rule, "timeframe-mismatch");
}

#[rstest]
#[case("USDT/USD", "Volume USDT,Volume USD", 1.5)]
#[case("USDT/USD", "Volume USD,Volume USDT", 2.5)]
#[case("ETHBTC", "Volume BTC,Volume ETH", 2.5)]
#[case("BTC/USD", "volume usd,volume btc", 2.5)]
#[case("BTC/USD", "Volume,Volume USD", 1.5)]
fn the_volume_is_that_in_the_currency_that_is_traded(
    #[case] symbol: &str,
    #[case] names: &str,
    #[case] expected: f64,
) {
    let text = format!(
        "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,{names}\n\
         1646096400,2022-03-01 01:00:00,{symbol},1,2,1,2,1.5,2.5\n\
         1646092800,2022-03-01 00:00:00,{symbol},1,2,1,2,1.5,2.5\n"
    );
    let outcome = read("x.csv", &text).unwrap();
    assert_eq!(outcome.dialect(), "cryptodatadownload");
    assert_eq!(outcome.only().volume()[0].to_bits(), expected.to_bits());
}

#[test]
fn a_volume_in_another_currency_alone_is_unknown() {
    let text = "unix,date,symbol,open,high,low,close,Volume USD\n1646096400,x,BTC/USD,1,2,1,2,2.5\n\
                1646092800,x,BTC/USD,1,2,1,2,2.5\n";
    let outcome = read("x.csv", text).unwrap();
    assert!(outcome.only().volume()[0].is_nan());
    assert!(outcome.has_note("no column for the volume: it is unknown"));
    assert!(outcome.has_note("ignored column: Volume USD"));
}

#[test]
fn the_ticks_of_metatrader_5_are_the_volume() {
    let sample = sample_of("metatrader5");
    let outcome = read_with(sample.path, &sample.text(), &sample.options()).unwrap();
    for name in ["<VOL>", "<SPREAD>"] {
        assert!(outcome.has_note(&format!("ignored column: {name}")));
    }
    assert_eq!(outcome.only().volume()[0].to_bits(), 1120.0_f64.to_bits());
}

#[test]
fn histdata_keeps_eastern_standard_time_in_summer_and_winter() {
    let text = "20120310 235900;1;2;1;2;0\n20120311 023000;1;2;1;2;0\n20120311 023100;1;2;1;2;0\n\
                20121104 013000;1;2;1;2;0\n20121104 013100;1;2;1;2;0\n";
    let outcome = read("DAT_ASCII_EURUSD_M1_2012.csv", text).unwrap();
    let expected = [
        "2012-03-11T04:59:00Z",
        "2012-03-11T07:30:00Z",
        "2012-03-11T07:31:00Z",
        "2012-11-04T06:30:00Z",
        "2012-11-04T06:31:00Z",
    ];
    assert_eq!(times(outcome.only()), expected);
    assert_eq!(outcome.report.files[0].zone, "-05:00");
}

#[test]
fn the_zone_that_is_given_wins_over_that_of_histdata() {
    let text = "20120201 000000;1;2;1;2;0\n20120201 000100;1;2;1;2;0\n";
    let outcome = read_with("x.csv", text, &in_zone("UTC")).unwrap();
    assert_eq!(times(outcome.only())[0], "2012-02-01T00:00:00Z");
}

#[test]
fn local_times_of_dukascopy_without_an_offset_need_a_zone() {
    let text = "Local time,Open,High,Low,Close,Volume\n03.11.2025 00:00:00.000,1,2,1,2,1.5\n\
                03.11.2025 00:01:00.000,1,2,1,2,1.5\n";
    assert_eq!(refusal(read("x.csv", text)).rule, "naive-time");
    let outcome = read_with("x.csv", text, &in_zone("Europe/Zurich")).unwrap();
    assert_eq!(outcome.dialect(), "dukascopy-local");
    assert_eq!(times(outcome.only())[0], "2025-11-02T23:00:00Z");
}

#[test]
fn offsets_of_dukascopy_follow_the_clocks() {
    let text = "Local time,Open,High,Low,Close,Volume\n26.10.2025 02:30:00.000 GMT+0200,1,2,1,2,1.5\n\
                26.10.2025 02:00:00.000 GMT+0100,1,2,1,2,1.5\n26.10.2025 02:30:00.000 GMT+0100,1,2,1,2,1.5\n";
    let outcome = read("x.csv", text).unwrap();
    let expected = [
        "2025-10-26T00:30:00Z",
        "2025-10-26T01:00:00Z",
        "2025-10-26T01:30:00Z",
    ];
    assert_eq!(times(outcome.only()), expected);
}

#[test]
fn volumes_with_fractions_are_kept() {
    let sample = sample_of("dukascopy");
    let bars = read(sample.path, &sample.text()).unwrap().only().clone();
    let written: Vec<String> = sample
        .rows
        .iter()
        .map(|row| row[sample.columns[VOLUME].0].clone())
        .collect();
    assert_eq!(
        bars.volume().iter().map(ToString::to_string).collect::<Vec<_>>(),
        written
    );
}
