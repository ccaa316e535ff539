//! Samples of what is written about currencies: by exchanges of coins, and by terminals and vendors of foreign exchange.

use super::samples::{Sample, base, header, rows};

/// Returns a sample of every dialect of these, and of its variants.
pub(crate) fn currency_samples() -> Vec<Sample> {
    vec![
        kraken(),
        cryptodatadownload(),
        cryptodatadownload_upper_case(),
        metatrader_5(),
        metatrader_5_days(),
        metatrader_4(),
        histdata(),
        dukascopy(),
        dukascopy_local(),
    ]
}

const HEADLESS: [(usize, &str); 6] = [
    (0, "time"),
    (1, "open"),
    (2, "high"),
    (3, "low"),
    (4, "close"),
    (5, "volume"),
];

fn kraken() -> Sample {
    // There was no trade in the minute behind the third row.
    let text = "1601855760,10646.2,10650.0,10640.1,10648.8,1.10238475,11
        1601855820,10648.8,10652.5,10648.0,10651.3,0.50412000,7
        1601855880,10651.3,10651.3,10645.0,10646.9,0.82000000,9
        1601856000,10646.9,10649.9,10641.2,10643.1,2.31450000,15
        1601856060,10643.1,10645.0,10640.0,10644.4,0.42000000,5
        1601856120,10644.4,10647.7,10643.3,10647.7,0.10050000,2
        1601856180,10647.7,10655.0,10647.0,10653.2,1.75300000,13
        1601856240,10653.2,10653.9,10650.8,10652.0,0.33100000,6
        1601856300,10652.0,10652.6,10644.7,10646.0,0.97000000,8
        1601856360,10646.0,10648.5,10645.5,10648.1,0.21200000,4";
    Sample {
        dialect: "kraken",
        path: "XBTUSD_1.csv",
        rows: rows(text, ","),
        columns: HEADLESS,
        first: (
            "2020-10-04T23:56:00Z",
            [10_646.2, 10_650.0, 10_640.1, 10_648.8, 1.102_384_75],
        ),
        symbol: Some("XBTUSD"),
        timeframe: "1m",
        ..base()
    }
}

fn cryptodatadownload() -> Sample {
    let text =
        "1646092800,2022-03-01 00:00:00,BTC/USD,43221.71,43626.49,43185.48,43312.27,52.05632,2254676.51
        1646089200,2022-02-28 23:00:00,BTC/USD,43085.30,43364.81,42892.37,43178.98,106.81992,4612405.33
        1646085600,2022-02-28 22:00:00,BTC/USD,41657.23,44256.08,41650.29,42907.32,527.03397,22613616.0
        1646082000,2022-02-28 21:00:00,BTC/USD,41917.09,41917.09,41542.60,41659.53,69.75168,2905822.65
        1646078400,2022-02-28 20:00:00,BTC/USD,41361.99,41971.00,41284.11,41914.97,247.92815,10333789.7
        1646074800,2022-02-28 19:00:00,BTC/USD,41233.79,41468.96,41085.10,41357.54,95.07106,3931791.5
        1646071200,2022-02-28 18:00:00,BTC/USD,41340.80,41491.56,41153.61,41234.19,54.60417,2251574.6
        1646067600,2022-02-28 17:00:00,BTC/USD,41376.95,41672.35,41203.38,41350.41,103.2012,4267391.4
        1646064000,2022-02-28 16:00:00,BTC/USD,41168.30,41535.23,40980.03,41374.78,178.0021,7364798.0
        1646060400,2022-02-28 15:00:00,BTC/USD,40199.04,41250.00,40130.71,41174.05,301.5007,12414000.9";
    Sample {
        dialect: "cryptodatadownload",
        path: "Bitstamp_BTCUSD_1h.csv",
        header: header(&[
            "https://www.CryptoDataDownload.com",
            "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD",
        ]),
        rows: rows(text, ","),
        columns: [
            (0, "unix"),
            (3, "open"),
            (4, "high"),
            (5, "low"),
            (6, "close"),
            (7, "Volume BTC"),
        ],
        first: (
            "2022-02-28T15:00:00Z",
            [40_199.04, 41_250.0, 40_130.71, 41_174.05, 301.5007],
        ),
        symbol: Some("BTC/USD"),
        timeframe: "1h",
        newest_first: true,
        ..base()
    }
}

/// The other header case, with ms, the volumes the other way round and a count of trades.
fn cryptodatadownload_upper_case() -> Sample {
    let mut sample = cryptodatadownload();
    for row in &mut sample.rows {
        row[0].push_str("000");
        "BTCUSDT".clone_into(&mut row[2]);
        row.swap(7, 8);
        row.push("100".to_owned());
    }
    Sample {
        path: "Binance_BTCUSDT_1h.csv",
        header: header(&[
            "https://www.CryptoDataDownload.com",
            "Unix,Date,Symbol,Open,High,Low,Close,Volume USDT,Volume BTC,tradecount",
        ]),
        columns: [
            (0, "Unix"),
            (3, "Open"),
            (4, "High"),
            (5, "Low"),
            (6, "Close"),
            (8, "Volume BTC"),
        ],
        symbol: Some("BTCUSDT"),
        ..sample
    }
}

fn metatrader_5() -> Sample {
    let text = "2024.01.02 01:00:00 2063.5 2066.1 2062.8 2065.4 1120 0 25
        2024.01.02 02:00:00 2065.4 2067.0 2064.9 2066.2 1043 0 24
        2024.01.02 03:00:00 2066.2 2066.8 2063.0 2063.7 1388 0 25
        2024.01.02 04:00:00 2063.7 2065.2 2063.1 2064.9 1201 0 23
        2024.01.02 05:00:00 2064.9 2068.4 2064.5 2067.7 1507 0 24
        2024.01.02 06:00:00 2067.7 2069.3 2067.2 2068.1 1290 0 25
        2024.01.02 07:00:00 2068.1 2070.6 2067.9 2069.8 1663 0 22
        2024.01.02 08:00:00 2069.8 2072.5 2069.0 2071.9 2104 0 21
        2024.01.02 09:00:00 2071.9 2073.1 2068.8 2069.5 2750 0 20
        2024.01.02 10:00:00 2069.5 2071.0 2066.4 2067.3 2988 0 20";
    Sample {
        dialect: "metatrader5",
        path: "XAUUSD_H1.csv",
        header: vec!["<DATE> <TIME> <OPEN> <HIGH> <LOW> <CLOSE> <TICKVOL> <VOL> <SPREAD>".replace(' ', "\t")],
        rows: rows(text, " "),
        delimiter: "\t",
        columns: [
            (0, "<DATE>"),
            (2, "<OPEN>"),
            (3, "<HIGH>"),
            (4, "<LOW>"),
            (5, "<CLOSE>"),
            (6, "<TICKVOL>"),
        ],
        zone: Some("+02:00"),
        first: ("2024-01-01T23:00:00Z", [2063.5, 2066.1, 2062.8, 2065.4, 1120.0]),
        timeframe: "1h",
        ..base()
    }
}

fn metatrader_5_days() -> Sample {
    let mut sample = metatrader_5();
    for (index, row) in sample.rows.iter_mut().enumerate() {
        row[0] = format!("2024.01.{:02}", 2 + index);
        row.remove(1);
    }
    for (at, _) in &mut sample.columns[1..] {
        *at -= 1;
    }
    Sample {
        path: "XAUUSD_Daily.csv",
        header: vec![sample.header[0].replace("<TIME>\t", "")],
        zone: None,
        first: ("2024-01-02T00:00:00Z", sample.first.1),
        timeframe: "1d",
        ..sample
    }
}

fn metatrader_4() -> Sample {
    let text = "2012.02.01,00:00,1.306600,1.306600,1.306560,1.306560,12
        2012.02.01,00:01,1.306570,1.306570,1.306470,1.306560,31
        2012.02.01,00:02,1.306520,1.306560,1.306520,1.306560,9
        2012.02.01,00:03,1.306610,1.306610,1.306450,1.306450,22
        2012.02.01,00:04,1.306470,1.306540,1.306460,1.306520,17
        2012.02.01,00:05,1.306510,1.306650,1.306510,1.306600,28
        2012.02.01,00:06,1.306610,1.306760,1.306610,1.306650,35
        2012.02.01,00:07,1.306660,1.306660,1.306640,1.306650,8
        2012.02.01,00:08,1.306650,1.306700,1.306600,1.306690,19
        2012.02.01,00:09,1.306690,1.306720,1.306640,1.306640,21";
    Sample {
        dialect: "metatrader4",
        path: "EURUSD1.csv",
        rows: rows(text, ","),
        columns: [
            (0, "date"),
            (2, "open"),
            (3, "high"),
            (4, "low"),
            (5, "close"),
            (6, "volume"),
        ],
        zone: Some("Europe/Athens"),
        first: ("2012-01-31T22:00:00Z", [1.3066, 1.3066, 1.306_56, 1.306_56, 12.0]),
        timeframe: "1m",
        ..base()
    }
}

fn histdata() -> Sample {
    let mut sample = metatrader_4();
    for (minute, row) in sample.rows.iter_mut().enumerate() {
        row.remove(1);
        row[0] = format!("20120701 00{minute:02}00");
        "0".clone_into(&mut row[5]);
    }
    Sample {
        dialect: "histdata",
        path: "DAT_ASCII_EURUSD_M1_201207.csv",
        delimiter: ";",
        columns: HEADLESS,
        zone: None,
        // In July clocks in New York are four hours behind UTC; these are five all year.
        first: ("2012-07-01T05:00:00Z", [1.3066, 1.3066, 1.306_56, 1.306_56, 0.0]),
        symbol: Some("EURUSD"),
        ..sample
    }
}

fn dukascopy() -> Sample {
    let text = "03.11.2025 00:00:00.000,154.201,154.209,154.185,154.189,179.4
        03.11.2025 00:01:00.000,154.189,154.196,154.170,154.172,201.36
        03.11.2025 00:02:00.000,154.172,154.181,154.160,154.178,166.9
        03.11.2025 00:03:00.000,154.178,154.190,154.175,154.188,143.02
        03.11.2025 00:04:00.000,154.188,154.207,154.186,154.205,190.77
        03.11.2025 00:05:00.000,154.205,154.212,154.199,154.201,158.1
        03.11.2025 00:06:00.000,154.201,154.203,154.190,154.192,122.45
        03.11.2025 00:07:00.000,154.192,154.199,154.188,154.197,131.8
        03.11.2025 00:08:00.000,154.197,154.215,154.196,154.211,187.25
        03.11.2025 00:09:00.000,154.211,154.218,154.204,154.206,149.6";
    Sample {
        dialect: "dukascopy",
        path: "USDJPY_Candlestick_1_M_BID.csv",
        header: header(&["Gmt time,Open,High,Low,Close,Volume"]),
        rows: rows(text, ","),
        columns: [
            (0, "Gmt time"),
            (1, "Open"),
            (2, "High"),
            (3, "Low"),
            (4, "Close"),
            (5, "Volume"),
        ],
        first: (
            "2025-11-03T00:00:00Z",
            [154.201, 154.209, 154.185, 154.189, 179.4],
        ),
        timeframe: "1m",
        ..base()
    }
}

fn dukascopy_local() -> Sample {
    let mut sample = dukascopy();
    for row in &mut sample.rows {
        row[0].push_str(" GMT+0100");
    }
    sample.columns[0].1 = "Local time";
    Sample {
        dialect: "dukascopy-local",
        header: header(&["Local time,Open,High,Low,Close,Volume"]),
        first: ("2025-11-02T23:00:00Z", sample.first.1),
        ..sample
    }
}
