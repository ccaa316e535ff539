//! From files to a store and back.

use std::io::Write;

use tests::{Place, minute_csv, shuffled_minute_csv};

/// Rounds to what a number says, so that `29.50` and `29.5` are the same.
fn numbers(line: &str) -> Vec<f64> {
    line.split(',').filter_map(|cell| cell.parse().ok()).collect()
}

#[test]
fn a_pandas_file_of_days_comes_back_number_by_number() {
    let place = Place::new();
    let file = ",Open,High,Low,Close,Volume\n\
        2004-08-19,100,104.06,95.96,100.34,22351900\n\
        2004-08-20,101.01,109.08,100.5,108.31,11428600\n\
        2004-08-23,110.75,113.48,109.05,109.4,9137200\n";
    place.write("goog.csv", file);
    let report = place.json(["import", "goog.csv", "--series", "NASDAQ:GOOG/1d"]);
    assert_eq!(report["import"]["sources"][0]["dialect"], "pandas");
    assert_eq!(report["import"]["series"][0]["inserted"], 3);
    let exported = place
        .run(["export", "NASDAQ:GOOG/1d", "--format", "csv"])
        .ok()
        .out;
    let lines: Vec<&str> = exported.lines().collect();
    assert_eq!(lines[0], "time,open,high,low,close,volume");
    assert_eq!(lines[1], "2004-08-19T00:00:00Z,100,104.06,95.96,100.34,22351900");
    for (exported, given) in lines[1..].iter().zip(file.lines().skip(1)) {
        assert_eq!(numbers(exported), numbers(given));
    }
}

#[test]
fn naive_hours_need_a_zone_and_take_it() {
    let place = Place::new();
    let rows = (9..20).map(|hour| format!("2017-04-19 {hour:02}:00:00,1.0716,1.0722,1.07083,1.07219,1413\n"));
    place.write(
        "eurusd.csv",
        format!(",Open,High,Low,Close,Volume\n{}", rows.collect::<String>()),
    );
    let refused = place
        .run(["import", "eurusd.csv", "--series", "FX:EURUSD/1h"])
        .failed(1);
    assert!(
        refused.err.contains("eurusd.csv:2") && refused.err.contains("--zone"),
        "{}",
        refused.err
    );
    assert!(
        place.head("FX:EURUSD/1h").is_null(),
        "nothing is stored of a refused import"
    );
    let report = place.json([
        "import",
        "eurusd.csv",
        "--series",
        "FX:EURUSD/1h",
        "--zone",
        "America/New_York",
    ]);
    assert_eq!(report["import"]["series"][0]["inserted"], 11);
    assert_eq!(place.head("FX:EURUSD/1h")["first"], "2017-04-19T13:00:00Z");
}

#[test]
fn an_old_yahoo_file_is_turned_around() {
    let place = Place::new();
    let file = "Date,Open,High,Low,Close,Volume,Adj. Close*\n\
        19-Sep-03,29.76,29.97,29.52,29.96,92433800,29.79\n\
        18-Sep-03,28.49,29.51,28.42,29.50,67268096,29.34\n\
        17-Sep-03,28.76,28.95,28.47,28.50,47221600,28.34\n";
    place.write("msft.csv", file);
    let report = place.json(["import", "msft.csv", "--series", "NASDAQ:MSFT/1d"]);
    assert_eq!(report["import"]["sources"][0]["dialect"], "yahoo-old");
    let exported = place.run(["export", "NASDAQ:MSFT/1d"]).ok().out;
    assert_eq!(
        exported.lines().nth(1),
        Some("2003-09-17T00:00:00Z,28.76,28.95,28.47,28.5,47221600")
    );
}

#[test]
fn a_lean_archive_knows_its_day_its_zone_and_its_scale() {
    let place = Place::new();
    let path = place.write("equity/usa/minute/aapl/20140605_trade.zip", "");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    archive
        .start_file("20140605_aapl_minute_trade.csv", options)
        .unwrap();
    let rows = "15300000,6448000,6448000,6448000,6448000,90\n15360000,6455000,6455000,6455000,6455000,10\n\
        15420000,6455000,6456000,6455000,6455500,10\n";
    archive.write_all(rows.as_bytes()).unwrap();
    archive.finish().unwrap();
    place.run(["import", "equity", "--series", "USA:AAPL/1m"]).ok();
    let exported = place.run(["export", "USA:AAPL/1m"]).ok().out;
    assert_eq!(
        exported.lines().nth(1),
        Some("2014-06-05T08:15:00Z,644.8,644.8,644.8,644.8,90")
    );
}

#[test]
fn a_range_and_a_resampling_select_what_they_say() {
    let place = Place::new();
    place.write("minutes.csv", minute_csv(0..180, 0));
    place.run(["import", "minutes.csv", "--series", "X:A/1m"]).ok();
    let range = [
        "export",
        "X:A/1m",
        "--start",
        "2000-01-01T00:01:00Z",
        "--end",
        "2000-01-01T00:03:00Z",
    ];
    let exported = place.run(range).ok().out;
    let times: Vec<&str> = exported
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!(times, ["2000-01-01T00:01:00Z", "2000-01-01T00:02:00Z"]);
    let hours = place.run(["export", "X:A/1m", "--resample", "1h"]).ok().out;
    assert_eq!(hours.lines().count(), 4, "{hours}");
    assert!(
        hours.starts_with("time,open,high,low,close,volume,complete\n"),
        "{hours}"
    );
}

#[test]
fn standard_input_and_compressed_files_give_the_same_bars() {
    let place = Place::new();
    let plain = place.write("plain.csv", minute_csv(0..300, 1));
    place.write("shuffled.csv", shuffled_minute_csv(0..300, 1));
    place.run(["import", "plain.csv", "--series", "X:PLAIN/1m"]).ok();
    place
        .run(["import", "shuffled.csv", "--series", "X:SHUFFLED/1m"])
        .ok();
    place
        .program(["import", "-", "--series", "X:STDIN/1m"])
        .with_input(&plain)
        .run()
        .ok();
    let zipped = std::fs::File::create(place.path("zipped.zip")).unwrap();
    let mut archive = zip::ZipWriter::new(zipped);
    archive
        .start_file("minutes.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    archive.write_all(minute_csv(0..300, 1).as_bytes()).unwrap();
    archive.finish().unwrap();
    place
        .run(["import", "zipped.zip", "--series", "X:ZIPPED/1m"])
        .ok();
    let digest = |series: &str| place.head(series)["digest"].clone();
    let plain = digest("X:PLAIN/1m");
    assert!(plain.is_string());
    for series in ["X:SHUFFLED/1m", "X:STDIN/1m", "X:ZIPPED/1m"] {
        assert_eq!(digest(series), plain, "{series}");
    }
}

#[test]
fn the_own_export_imports_to_the_same_digest() {
    let place = Place::new();
    place.run(["sample"]).ok();
    let listed = place.json(["series", "list"]);
    for head in listed["series"].as_array().unwrap() {
        let key = head["key"].as_str().unwrap();
        place.run(["export", key, "-o", "back.csv"]).ok();
        let again = key.replace("SYNTHETIC:", "BACK:");
        place.run(["import", "back.csv", "--series", &again]).ok();
        assert_eq!(place.head(&again)["digest"], head["digest"], "{key}");
    }
}
