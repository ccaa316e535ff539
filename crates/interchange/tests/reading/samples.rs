//! A small file of every dialect, cut into rows so that tests can spoil them.

use interchange::{Dialect, ReadOptions};

use super::{
    currency_samples::currency_samples,
    daily_samples::{pandas, yahoo, yahoo_old, yfinance},
    vendor_samples::vendor_samples,
};

/// A file of a dialect.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) dialect: &'static str,
    pub(crate) path: &'static str,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) delimiter: &'static str,
    /// Where time, open, high, low, close and volume stand, and what reports call them.
    pub(crate) columns: [(usize, &'static str); 6],
    pub(crate) zone: Option<&'static str>,
    /// What the first bar is: its time, open, high, low, close and volume.
    pub(crate) first: (&'static str, [f64; 5]),
    pub(crate) symbol: Option<&'static str>,
    pub(crate) timeframe: &'static str,
    pub(crate) newest_first: bool,
}

pub(crate) const TIME: usize = 0;
pub(crate) const OPEN: usize = 1;
pub(crate) const HIGH: usize = 2;
pub(crate) const LOW: usize = 3;
pub(crate) const CLOSE: usize = 4;
pub(crate) const VOLUME: usize = 5;

impl Sample {
    /// Writes the file.
    pub(crate) fn text(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|row| row.join(self.delimiter)).collect();
        if self.is_json() {
            return format!("[\n[{}]\n]", rows.join("],\n["));
        }
        let mut lines = self.header.clone();
        lines.extend(rows);
        lines.push(String::new());
        lines.join("\n")
    }

    pub(crate) fn is_json(&self) -> bool {
        self.dialect == "freqtrade-json"
    }

    pub(crate) fn options(&self) -> ReadOptions {
        let zone = self.zone.map(|zone| zone.parse().unwrap());
        ReadOptions {
            zone,
            ..ReadOptions::default()
        }
    }

    /// The line on which a row stands.
    pub(crate) fn line(&self, row: usize) -> u64 {
        let lead = if self.is_json() { 1 } else { self.header.len() };
        (lead + row + 1) as u64
    }

    pub(crate) fn field(&mut self, row: usize, column: usize) -> &mut String {
        &mut self.rows[row][self.columns[column].0]
    }

    pub(crate) fn name(&self, column: usize) -> &'static str {
        self.columns[column].1
    }

    /// The place of a row's bar among the bars.
    pub(crate) fn bar_of(&self, row: usize) -> usize {
        if self.newest_first {
            self.rows.len() - 1 - row
        } else {
            row
        }
    }

    pub(crate) fn has_header(&self) -> bool {
        !self.header.is_empty()
    }
}

pub(crate) fn rows(text: &str, delimiter: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| line.trim().split(delimiter).map(str::to_owned).collect())
        .collect()
}

pub(crate) fn header(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

const USUAL: [(usize, &str); 6] = [
    (0, "time"),
    (1, "open"),
    (2, "high"),
    (3, "low"),
    (4, "close"),
    (5, "volume"),
];

pub(crate) fn base() -> Sample {
    Sample {
        dialect: "",
        path: "",
        header: Vec::new(),
        rows: Vec::new(),
        delimiter: ",",
        columns: USUAL,
        zone: None,
        first: ("", [0.0; 5]),
        symbol: None,
        timeframe: "1d",
        newest_first: false,
    }
}

/// Returns a sample of every dialect, and of some of them one for each way to write them.
pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = vec![
        freqtrade(),
        lean_minute(),
        lean_daily(),
        usd_m(),
        spot(),
        yfinance(),
        yahoo(),
        yahoo_old(),
        chandlery(),
        pandas(),
        generic(),
    ];
    samples.extend(vendor_samples());
    samples.extend(currency_samples());
    for dialect in Dialect::all() {
        assert!(
            samples.iter().any(|sample| sample.dialect == dialect.name()),
            "no sample of {}",
            dialect.name()
        );
    }
    samples
}

/// Returns the first sample of a dialect.
pub(crate) fn sample_of(dialect: &str) -> Sample {
    let mut all = samples().into_iter();
    all.find(|sample| sample.dialect == dialect).unwrap()
}

fn spot() -> Sample {
    // The unit changes from ms to µs, as in files that were joined at the turn of 2024.
    let text = "1735689360000,93500.10,93576.00,93480.01,93540.25,12.53,1735689419999,1171875.1,1300,6.1,570000.5,0
        1735689420000,93540.25,93560.00,93500.00,93510.10,8.25,1735689479999,771875.1,900,4.1,380000.5,0
        1735689480000,93510.10,93530.00,93490.00,93500.00,7.5,1735689539999,701875.1,850,3.1,290000.5,0
        1735689540000,93500.00,93570.00,93495.00,93566.70,9.875,1735689599999,923875.1,940,5.1,480000.5,0
        1735689600000000,93566.70,93610.93,93537.50,93610.93,8.21827,1735689659999999,768978,2631,3.95,370757,0
        1735689660000000,93610.93,93652.00,93606.20,93652.00,13.97,1735689719999999,1308095,1552,9.85,922480,0
        1735689720000000,93652.00,93654.00,93602.07,93603.88,6.1,1735689779999999,571149,1109,2.97,278149,0
        1735689780000000,93603.88,93608.00,93570.00,93571.83,9.33,1735689839999999,873348,1180,2.56,239674,0
        1735689840000000,93571.84,93594.00,93564.93,93577.64,4.51,1735689899999999,422074,1043,2.13,199336,0
        1735689900000000,93577.64,93640.00,93577.63,93635.24,8.5,1735689959999999,795700,1200,4.2,393000,0";
    let columns = [
        (0, "open_time"),
        (1, "open"),
        (2, "high"),
        (3, "low"),
        (4, "close"),
        (5, "volume"),
    ];
    Sample {
        dialect: "binance-spot",
        path: "BTCUSDT-1m-2024-12.csv",
        rows: rows(text, ","),
        columns,
        first: (
            "2024-12-31T23:56:00Z",
            [93_500.1, 93_576.0, 93_480.01, 93_540.25, 12.53],
        ),
        symbol: Some("BTCUSDT"),
        timeframe: "1m",
        ..base()
    }
}

fn usd_m() -> Sample {
    let mut rows = spot().rows;
    for row in &mut rows {
        row[0].truncate(13);
        row[6].truncate(13);
    }
    Sample {
        dialect: "binance-usd-m",
        header: header(&[
            "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,\
                          taker_buy_quote_volume,ignore",
        ]),
        rows,
        path: "BTCUSDT-1m-2024-12.csv",
        ..spot()
    }
}

fn freqtrade() -> Sample {
    let text = "1704067200000, 0.05391, 0.05396, 0.05374, 0.05379, 880.4
        1704070800000, 0.05379, 0.05383, 0.05367, 0.05371, 954.2
        1704074400000, 0.05371, 0.05375, 0.05356, 0.05360, 1060.9
        1704078000000, 0.05360, 0.05366, 0.05349, 0.05355, 733.1
        1704081600000, 0.05355, 0.05361, 0.05344, 0.05359, 690.5
        1704085200000, 0.05359, 0.05370, 0.05357, 0.05369, 512.7
        1704088800000, 0.05369, 0.05372, 0.05361, 0.05364, 488.3
        1704092400000, 0.05364, 0.05368, 0.05352, 0.05358, 610.0
        1704096000000, 0.05358, 0.05360, 0.05341, 0.05345, 702.6
        1704099600000, 0.05345, 0.05357, 0.05343, 0.05351, 455.9";
    Sample {
        dialect: "freqtrade-json",
        path: "ETH_BTC-1h.json",
        rows: rows(text, ", "),
        columns: [
            (0, "date"),
            (1, "open"),
            (2, "high"),
            (3, "low"),
            (4, "close"),
            (5, "volume"),
        ],
        first: (
            "2024-01-01T00:00:00Z",
            [0.05391, 0.05396, 0.05374, 0.05379, 880.4],
        ),
        symbol: Some("ETH/BTC"),
        timeframe: "1h",
        ..base()
    }
}

fn lean_minute() -> Sample {
    let text = "34200000,6460300,6467700,6460200,6465100,118140
        34260000,6465000,6473600,6463400,6473600,65540
        34320000,6473300,6480000,6471600,6477900,71003
        34380000,6477900,6482500,6476000,6480000,50119
        34440000,6480100,6481000,6473800,6475000,39914
        34500000,6475000,6477500,6471100,6472300,28150
        34560000,6472100,6473000,6466500,6468000,31817
        34620000,6468400,6471900,6468000,6470700,20302
        34680000,6470700,6472400,6466600,6467100,24951
        34740000,6467100,6467800,6462000,6463300,36072";
    Sample {
        dialect: "lean",
        path: "equity/usa/minute/aapl/20140605_trade.csv",
        rows: rows(text, ","),
        first: (
            "2014-06-05T13:30:00Z",
            [646.03, 646.77, 646.02, 646.51, 118_140.0],
        ),
        symbol: Some("AAPL"),
        timeframe: "1m",
        ..base()
    }
}

fn lean_daily() -> Sample {
    let text = "20131001 00:00,1681000,1693700,1680700,1692500,68142100
        20131002 00:00,1682200,1694000,1678700,1691800,75141000
        20131003 00:00,1690300,1690500,1667800,1676200,100451000
        20131004 00:00,1676300,1689600,1674200,1688900,77331000
        20131007 00:00,1673300,1684500,1672600,1674200,71124000
        20131008 00:00,1675200,1676300,1654100,1654400,107021000
        20131009 00:00,1658100,1662100,1646800,1656100,112320000
        20131010 00:00,1675200,1692700,1675100,1692200,105040000
        20131011 00:00,1690100,1702900,1689100,1702700,88514000
        20131014 00:00,1693000,1710900,1691600,1709400,77402000";
    Sample {
        dialect: "lean",
        path: "equity/usa/daily/spy.csv",
        rows: rows(text, ","),
        first: (
            "2013-10-01T00:00:00Z",
            [168.1, 169.37, 168.07, 169.25, 68_142_100.0],
        ),
        symbol: Some("SPY"),
        ..base()
    }
}

fn chandlery() -> Sample {
    let text = "2024-03-08T14:30:00Z,172.1,172.45,171.9,172.3,1200
        2024-03-08T14:31:00Z,172.3,172.5,172.2,172.35,800
        2024-03-08T14:32:00Z,172.35,172.4,172.1,172.15,950
        2024-03-08T14:33:00Z,172.15,172.2,171.95,172,640
        2024-03-08T14:34:00Z,172,172.25,171.98,172.2,
        2024-03-08T14:35:00Z,172.2,172.6,172.2,172.55,1500
        2024-03-08T14:36:00Z,172.55,172.7,172.5,172.6,1100
        2024-03-08T14:37:00Z,172.6,172.65,172.3,172.4,720
        2024-03-08T14:38:00Z,172.4,172.42,172.05,172.1,880
        2024-03-08T14:39:00Z,172.1,172.3,172.08,172.25,1010";
    Sample {
        dialect: "chandlery",
        path: "export.csv",
        header: header(&["time,open,high,low,close,volume"]),
        rows: rows(text, ","),
        first: ("2024-03-08T14:30:00Z", [172.1, 172.45, 171.9, 172.3, 1200.0]),
        timeframe: "1m",
        ..base()
    }
}

fn generic() -> Sample {
    let text = "2024-03-08;09:30;100;172.1;172.45;171.9;172.3
        2024-03-08;10:30;200;172.3;172.5;172.2;172.35
        2024-03-08;11:30;300;172.35;172.4;172.1;172.15
        2024-03-08;12:30;400;172.15;172.2;171.95;172
        2024-03-08;13:30;500;172;172.25;171.98;172.2
        2024-03-08;14:30;600;172.2;172.6;172.2;172.55
        2024-03-08;15:30;700;172.55;172.7;172.5;172.6
        2024-03-11;09:30;800;172.6;172.65;172.3;172.4
        2024-03-11;10:30;900;172.4;172.42;172.05;172.1
        2024-03-11;11:30;1000;172.1;172.3;172.08;172.25";
    Sample {
        dialect: "csv",
        path: "hourly.txt",
        header: header(&["<DATE>;<TIME>;<VOL>;<OPEN>;<HIGH>;<LOW>;<CLOSE>"]),
        rows: rows(text, ";"),
        delimiter: ";",
        columns: [
            (0, "<DATE>"),
            (3, "<OPEN>"),
            (4, "<HIGH>"),
            (5, "<LOW>"),
            (6, "<CLOSE>"),
            (2, "<VOL>"),
        ],
        zone: Some("America/New_York"),
        first: ("2024-03-08T14:30:00Z", [172.1, 172.45, 171.9, 172.3, 100.0]),
        timeframe: "1h",
        ..base()
    }
}
