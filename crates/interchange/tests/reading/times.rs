//! Zones, epochs, ends of bars: when a bar opens.

use interchange::{ReadOptions, SeriesRules, Stamp};
use rstest::rstest;

use super::fixture::{Folder, check, in_zone, read, read_with, refusal, rules, times};

fn file(times: &[&str]) -> String {
    let rows: Vec<String> = times.iter().map(|time| format!("{time},1,2,1,2,5\n")).collect();
    format!("date,open,high,low,close,volume\n{}", rows.concat())
}

fn opens(rows: &[&str], options: &ReadOptions) -> Vec<String> {
    times(read_with("x.csv", &file(rows), options).unwrap().only())
}

#[test]
fn naive_intraday_times_without_a_zone_are_refused() {
    let refusal = refusal(read("x.csv", &file(&["2024-01-02 09:30", "2024-01-02 09:31"])));
    assert_eq!(
        (refusal.rule, refusal.line, refusal.column.as_deref()),
        ("naive-time", Some(2), Some("date"))
    );
    assert!(refusal.message.contains("--zone America/New_York"), "{refusal}");
}

#[test]
fn naive_times_are_local_times_of_the_zone_that_is_given() {
    let rows = [
        "2024-03-08 09:30",
        "2024-03-08 09:31",
        "2024-03-11 09:30",
        "2024-03-11 09:31",
    ];
    let expected = [
        "2024-03-08T14:30:00Z",
        "2024-03-08T14:31:00Z",
        "2024-03-11T13:30:00Z",
        "2024-03-11T13:31:00Z",
    ];
    assert_eq!(opens(&rows, &in_zone("America/New_York")), expected);
}

#[test]
fn offsets_in_the_text_win_over_the_zone() {
    let rows = ["2024-01-02 09:30+01:00", "2024-01-02 09:31+01:00"];
    assert_eq!(
        opens(&rows, &in_zone("Asia/Tokyo")),
        ["2024-01-02T08:30:00Z", "2024-01-02T08:31:00Z"]
    );
}

#[test]
fn the_zone_that_is_given_wins_over_that_of_the_dialect() {
    let text = "34200000,1,2,1,2,5\n34260000,1,2,1,2,5\n";
    let path = "equity/usa/minute/aapl/20140605_trade.csv";
    let outcome = read_with(path, text, &in_zone("UTC")).unwrap();
    assert_eq!(times(outcome.only())[0], "2014-06-05T09:30:00Z");
    assert_eq!(outcome.report.files[0].zone, "UTC");
}

#[test]
fn daily_dates_are_kept_as_dates_whatever_the_zone() {
    for zone in ["Asia/Tokyo", "America/New_York", "UTC"] {
        let rows = ["2024-01-02", "2024-01-03", "2024-01-04"];
        let expected = [
            "2024-01-02T00:00:00Z",
            "2024-01-03T00:00:00Z",
            "2024-01-04T00:00:00Z",
        ];
        assert_eq!(opens(&rows, &in_zone(zone)), expected);
    }
}

#[test]
fn times_of_day_of_daily_bars_are_cut_to_the_local_date() {
    let expected = [
        "2024-03-08T00:00:00Z",
        "2024-03-11T00:00:00Z",
        "2024-03-12T00:00:00Z",
    ];
    let plain = ReadOptions::default();
    assert_eq!(
        opens(
            &["2024-03-08 16:00", "2024-03-11 13:00", "2024-03-12 16:00"],
            &plain
        ),
        expected
    );
    let offsets = [
        "2024-03-08 00:00:00-05:00",
        "2024-03-11 00:00:00-04:00",
        "2024-03-12 00:00:00-04:00",
    ];
    assert_eq!(opens(&offsets, &plain), expected);
    let epochs = ["1709856000", "1710111600", "1710198000"];
    assert_eq!(opens(&epochs, &in_zone("Asia/Tokyo")), expected);
}

#[test]
fn epochs_of_daily_bars_are_dated_in_the_instruments_zone() {
    let scanned = Folder::of(&[(
        "x.csv",
        file(&["1704121200", "1704207600", "1704294000"]).as_bytes(),
    )])
    .scan(&ReadOptions::default())
    .unwrap();
    let tokyo = SeriesRules {
        zone: "Asia/Tokyo".parse().unwrap(),
        ..rules()
    };
    let outcome = check(scanned, &tokyo).unwrap();
    assert_eq!(
        times(outcome.only()),
        [
            "2024-01-02T00:00:00Z",
            "2024-01-03T00:00:00Z",
            "2024-01-04T00:00:00Z"
        ]
    );
}

#[test]
fn the_unit_of_an_epoch_is_told_row_by_row() {
    let rows = [
        "1704205800",
        "1704205860000",
        "1704205920000000",
        "1704205980000000000",
    ];
    let expected = [
        "2024-01-02T14:30:00Z",
        "2024-01-02T14:31:00Z",
        "2024-01-02T14:32:00Z",
        "2024-01-02T14:33:00Z",
    ];
    assert_eq!(opens(&rows, &ReadOptions::default()), expected);
}

#[rstest]
#[case::hole("2024-03-10 02:30", "dst-hole")]
#[case::fold("2024-11-03 01:30", "dst-fold")]
fn local_times_that_do_not_occur_once_are_turned_away(#[case] odd: &str, #[case] rule: &str) {
    let day = &odd[..10];
    let others: Vec<String> = (10..20).map(|hour| format!("{day} {hour}:30")).collect();
    let mut rows = vec![odd];
    rows.extend(others.iter().map(String::as_str));
    let outcome = read_with("x.csv", &file(&rows), &in_zone("America/New_York")).unwrap();
    assert_eq!(outcome.rejected(), [(2, "date", rule)]);
    assert_eq!(outcome.report.rejected[0].text, format!("{odd},1,2,1,2,5"));
    assert_eq!(outcome.only().len(), 10);
}

#[test]
fn a_date_of_which_midnight_does_not_occur_is_a_date_all_the_same() {
    // In São Paulo clocks went from 0:00 to 1:00 on 2018-11-04.
    let rows = ["2018-11-03 00:00", "2018-11-04 00:00", "2018-11-05 00:00"];
    let expected = [
        "2018-11-03T00:00:00Z",
        "2018-11-04T00:00:00Z",
        "2018-11-05T00:00:00Z",
    ];
    assert_eq!(opens(&rows, &in_zone("America/Sao_Paulo")), expected);
}

#[rstest]
#[case::minutes(&["2024-01-02T14:31:00Z", "2024-01-02T14:32:00Z"], &["2024-01-02T14:30:00Z", "2024-01-02T14:31:00Z"])]
#[case::days(&["2024-01-02 16:00", "2024-01-03 16:00"], &["2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"])]
#[case::midnights(&["2024-01-03 00:00", "2024-01-04 00:00"], &["2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"])]
#[case::dates(&["2024-01-02", "2024-01-03"], &["2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"])]
#[case::months(&["2024-01-31", "2024-02-29", "2024-03-31"],
    &["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"])]
#[case::weeks(&["2024-01-07", "2024-01-14"], &["2024-01-01T00:00:00Z", "2024-01-08T00:00:00Z"])]
fn closing_times_are_moved_to_the_open(#[case] closes: &[&str], #[case] expected: &[&str]) {
    let options = ReadOptions {
        stamp: Some(Stamp::Close),
        ..ReadOptions::default()
    };
    let closes: Vec<&str> = closes.to_vec();
    // Midnights with a time of day are told from dates by being written.
    assert_eq!(opens(&closes, &options), expected);
}

#[test]
fn bars_of_some_hours_may_keep_local_hours() {
    let rows: Vec<String> = [
        "2024-03-07",
        "2024-03-08",
        "2024-03-09",
        "2024-03-10",
        "2024-03-11",
        "2024-03-12",
    ]
    .iter()
    .flat_map(|day| (0..6).map(move |index| format!("{day} {:02}:00", index * 4)))
    .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let options = in_zone("America/New_York");
    let read_in = |zone: &str| {
        let folder = Folder::of(&[("x.csv", file(&rows).as_bytes())]);
        let scanned = folder.scan(&options).unwrap();
        check(
            scanned,
            &SeriesRules {
                zone: zone.parse().unwrap(),
                ..rules()
            },
        )
    };
    assert_eq!(read_in("America/New_York").unwrap().report.rejected_rows, 0);
    assert!(
        read_in("UTC").is_err(),
        "in UTC the bars after the change are off the grid"
    );
}

#[test]
fn placed_dates_that_lose_their_order_are_sorted_again() {
    let offsets = file(&[
        "2024-01-03T00:00:00+09:00",
        "2024-01-04T00:00:00+09:00",
        "2024-01-05T00:00:00+09:00",
    ]);
    let late = file(&["2024-01-02T23:00:00Z", "2024-01-06T23:00:00Z"]);
    let options = ReadOptions {
        timeframe: Some("1d".parse().unwrap()),
        ..ReadOptions::default()
    };
    let folder = Folder::of(&[("a.csv", offsets.as_bytes()), ("b.csv", late.as_bytes())]);
    let outcome = folder
        .read(&ReadOptions {
            memory_rows: 2,
            ..options
        })
        .unwrap();
    let days: Vec<String> = times(outcome.only())
        .iter()
        .map(|time| time[8..10].to_owned())
        .collect();
    assert_eq!(days, ["02", "03", "04", "05", "06"]);
}
