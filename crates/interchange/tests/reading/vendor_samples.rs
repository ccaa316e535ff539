//! Samples of what vendors of data and brokers write.

use super::samples::{Sample, base, header, rows};

const HEADLESS: [(usize, &str); 6] = [
    (0, "time"),
    (1, "open"),
    (2, "high"),
    (3, "low"),
    (4, "close"),
    (5, "volume"),
];

/// Returns a sample of every dialect of a vendor, and of its variants.
pub(crate) fn vendor_samples() -> Vec<Sample> {
    vec![
        stooq(),
        stooq_minutes(),
        massive(),
        databento(),
        databento_raw(),
        nasdaq(),
        alpha_vantage(),
        alpha_vantage_days(),
        tradingview(),
        interactive_brokers(),
    ]
}

fn stooq() -> Sample {
    let text = "7203.JP,D,20260413,000000,3001,3044,2990,3040,21003400,0
        7203.JP,D,20260414,000000,3040,3052,3012,3020,18446100,0
        7203.JP,D,20260415,000000,3018,3039,3001,3033,17390900,0
        7203.JP,D,20260416,000000,3033,3070,3031,3066,20114200,0
        7203.JP,D,20260417,000000,3066,3081,3049,3055,16920300,0
        7203.JP,D,20260420,000000,3055,3060,3021,3028,15873000,0
        7203.JP,D,20260421,000000,3030,3047,3016,3041,14405700,0
        7203.JP,D,20260422,000000,3041,3078,3040,3071,19012800,0
        7203.JP,D,20260423,000000,3070,3090,3060,3062,17730500,0
        7203.JP,D,20260424,000000,3065,3101,3057,3067,19390900,0";
    Sample {
        dialect: "stooq",
        path: "jp_stocks.txt",
        header: header(&["<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>"]),
        rows: rows(text, ","),
        columns: [
            (2, "<DATE>"),
            (4, "<OPEN>"),
            (5, "<HIGH>"),
            (6, "<LOW>"),
            (7, "<CLOSE>"),
            (8, "<VOL>"),
        ],
        first: (
            "2026-04-13T00:00:00Z",
            [3001.0, 3044.0, 2990.0, 3040.0, 21_003_400.0],
        ),
        symbol: Some("7203.JP"),
        ..base()
    }
}

fn stooq_minutes() -> Sample {
    let mut sample = stooq();
    for (index, row) in sample.rows.iter_mut().enumerate() {
        "60".clone_into(&mut row[1]);
        "20260413".clone_into(&mut row[2]);
        row[3] = format!("{:02}0000", 9 + index);
    }
    Sample {
        path: "hourly.txt",
        zone: Some("Europe/Warsaw"),
        first: ("2026-04-13T07:00:00Z", sample.first.1),
        timeframe: "1h",
        ..sample
    }
}

fn massive() -> Sample {
    let text = "BCC,4827,61.68,61.99,62.565,61.41,1680033600000000000,73
        BCC,3110,61.99,61.80,62.10,61.70,1680033660000000000,51
        BCC,2904,61.80,61.85,61.95,61.75,1680033720000000000,44
        BCC,1720,61.85,61.70,61.90,61.66,1680033780000000000,30
        BCC,2231,61.70,61.78,61.84,61.60,1680033840000000000,37
        BCC,1958,61.78,61.90,61.93,61.74,1680033900000000000,29
        BCC,2606,61.90,62.02,62.05,61.88,1680033960000000000,41
        BCC,1412,62.02,61.96,62.04,61.91,1680034020000000000,22
        BCC,1837,61.96,61.88,61.99,61.85,1680034080000000000,28
        BCC,2045,61.88,61.93,61.97,61.83,1680034140000000000,33";
    Sample {
        dialect: "massive",
        path: "us_stocks_sip/minute_aggs_v1/2023/03/2023-03-28.csv",
        header: header(&["ticker,volume,open,close,high,low,window_start,transactions"]),
        rows: rows(text, ","),
        columns: [
            (6, "window_start"),
            (2, "open"),
            (4, "high"),
            (5, "low"),
            (3, "close"),
            (1, "volume"),
        ],
        first: ("2023-03-28T20:00:00Z", [61.68, 62.565, 61.41, 61.99, 4827.0]),
        symbol: Some("BCC"),
        timeframe: "1m",
        ..base()
    }
}

fn databento() -> Sample {
    let text = "4765.000000000,4765.250000000,4764.750000000,4765.000000000,21
        4765.000000000,4765.500000000,4764.500000000,4765.250000000,35
        4765.250000000,4765.750000000,4765.000000000,4765.500000000,18
        4765.500000000,4766.000000000,4765.250000000,4765.750000000,44
        4765.750000000,4766.250000000,4765.500000000,4766.000000000,27
        4766.000000000,4766.250000000,4765.250000000,4765.500000000,31
        4765.500000000,4765.750000000,4764.750000000,4765.000000000,29
        4765.000000000,4765.250000000,4764.250000000,4764.500000000,38
        4764.500000000,4765.000000000,4764.250000000,4764.750000000,22
        4764.750000000,4765.500000000,4764.500000000,4765.250000000,26";
    let mut rows = rows(text, ",");
    for (minute, row) in rows.iter_mut().enumerate() {
        let time = format!("2022-01-03T19:{:02}:00.000000000Z", 6 + minute);
        row.splice(0..0, [&time, "33", "1", "206323"].map(str::to_owned));
        row.push("ESZ2".to_owned());
    }
    Sample {
        dialect: "databento",
        path: "glbx-mdp3.ohlcv-1m.csv",
        header: header(&["ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol"]),
        rows,
        columns: [
            (0, "ts_event"),
            (4, "open"),
            (5, "high"),
            (6, "low"),
            (7, "close"),
            (8, "volume"),
        ],
        first: ("2022-01-03T19:06:00Z", [4765.0, 4765.25, 4764.75, 4765.0, 21.0]),
        symbol: Some("ESZ2"),
        timeframe: "1m",
        ..base()
    }
}

fn databento_raw() -> Sample {
    let mut sample = databento();
    for (minute, row) in sample.rows.iter_mut().enumerate() {
        row[0] = format!("{}000000000", 1_641_236_760 + 60 * minute);
        for price in &mut row[4..8] {
            *price = price.replace('.', "");
        }
    }
    sample
}

fn nasdaq() -> Sample {
    let text = "12/13/2024,$191.38,18883220,$192.71,$194.34,$191.26
        12/12/2024,$191.97,25001230,$195.20,$195.50,$191.62
        12/11/2024,$195.40,41664520,$185.31,$195.9999,$184.86
        12/10/2024,$185.17,54813000,$182.845,$186.36,$181.05
        12/09/2024,$175.37,25389630,$173.96,$176.26,$173.65
        12/06/2024,$174.71,21462400,$171.27,$175.08,$170.91
        12/05/2024,$172.64,21356200,$175.36,$176.06,$172.54
        12/04/2024,$174.37,31615100,$171.15,$174.91,$171.05
        12/03/2024,$171.34,22248700,$171.49,$172.67,$170.87
        12/02/2024,$171.49,23789100,$168.77,$172.05,$168.5805";
    Sample {
        dialect: "nasdaq",
        path: "HistoricalData_1734300000000.csv",
        header: header(&["Date,Close/Last,Volume,Open,High,Low"]),
        rows: rows(text, ","),
        columns: [
            (0, "Date"),
            (3, "Open"),
            (4, "High"),
            (5, "Low"),
            (1, "Close/Last"),
            (2, "Volume"),
        ],
        first: (
            "2024-12-02T00:00:00Z",
            [168.77, 172.05, 168.5805, 171.49, 23_789_100.0],
        ),
        newest_first: true,
        ..base()
    }
}

fn alpha_vantage() -> Sample {
    let text = "2019-02-04 16:00:00,105.7800,105.8000,105.6500,105.7400,1221090
        2019-02-04 15:55:00,105.7000,105.8100,105.6600,105.7800,800330
        2019-02-04 15:50:00,105.6200,105.7300,105.6000,105.7050,640210
        2019-02-04 15:45:00,105.5800,105.6600,105.5400,105.6200,512870
        2019-02-04 15:40:00,105.6000,105.6400,105.5500,105.5800,498760
        2019-02-04 15:35:00,105.5100,105.6200,105.5000,105.6000,533190
        2019-02-04 15:30:00,105.4700,105.5500,105.4300,105.5100,467240
        2019-02-04 15:25:00,105.4200,105.5000,105.4000,105.4700,421180
        2019-02-04 15:20:00,105.4500,105.4800,105.3900,105.4200,389050
        2019-02-04 15:15:00,105.4000,105.4700,105.3800,105.4500,402660";
    Sample {
        dialect: "alpha-vantage",
        path: "intraday_5min_MSFT.csv",
        header: header(&["timestamp,open,high,low,close,volume"]),
        rows: rows(text, ","),
        columns: [
            (0, "timestamp"),
            HEADLESS[1],
            HEADLESS[2],
            HEADLESS[3],
            HEADLESS[4],
            HEADLESS[5],
        ],
        zone: Some("America/New_York"),
        first: ("2019-02-04T20:15:00Z", [105.4, 105.47, 105.38, 105.45, 402_660.0]),
        timeframe: "5m",
        newest_first: true,
        ..base()
    }
}

fn alpha_vantage_days() -> Sample {
    let mut sample = alpha_vantage();
    for (index, row) in sample.rows.iter_mut().enumerate() {
        row[0] = format!("2019-02-{:02}", 17 - index);
    }
    Sample {
        path: "daily_MSFT.csv",
        zone: None,
        first: ("2019-02-08T00:00:00Z", sample.first.1),
        timeframe: "1d",
        ..sample
    }
}

fn tradingview() -> Sample {
    let text = "1704205800,187.15,188.44,183.89,185.64,82488700,,
        1704205860,185.64,185.80,185.60,185.72,410200,,51.2
        1704205920,185.72,185.90,185.70,185.88,398100,,52.8
        1704205980,185.88,186.05,185.80,186.00,420700,20929425,54.1
        1704206040,186.00,186.02,185.75,185.79,365400,398600,50.9
        1704206100,185.79,185.95,185.70,185.91,334800,379750,52.2
        1704206160,185.91,186.20,185.90,186.18,451900,393200,55.7
        1704206220,186.18,186.25,186.00,186.04,387600,384925,53.0
        1704206280,186.04,186.10,185.85,185.90,342100,379100,50.6
        1704206340,185.90,186.00,185.80,185.97,329500,377775,51.5";
    Sample {
        dialect: "tradingview",
        path: "NASDAQ_AAPL, 1.csv",
        header: header(&["time,open,high,low,close,Volume,Volume MA,RSI"]),
        rows: rows(text, ","),
        columns: [
            HEADLESS[0],
            HEADLESS[1],
            HEADLESS[2],
            HEADLESS[3],
            HEADLESS[4],
            (5, "Volume"),
        ],
        first: (
            "2024-01-02T14:30:00Z",
            [187.15, 188.44, 183.89, 185.64, 82_488_700.0],
        ),
        timeframe: "1m",
        ..base()
    }
}

fn interactive_brokers() -> Sample {
    let text = "0,20250102 09:30:00,100,101,99,100.5,1000,100.2,45
        1,20250102 09:30:05,100.5,100.8,100.25,100.75,400,100.6,21
        2,20250102 09:30:10,100.75,101,100.5,100.5,350,100.7,18
        3,20250102 09:30:15,100.5,100.6,100,100.25,520,100.3,26
        4,20250102 09:30:20,100.25,100.5,100.2,100.4,310,100.35,15
        5,20250102 09:30:25,100.4,100.9,100.4,100.85,480,100.7,23
        6,20250102 09:30:30,100.85,101.2,100.8,101.1,610,101,31
        7,20250102 09:30:35,101.1,101.15,100.9,100.95,290,101,14
        8,20250102 09:30:40,100.95,101,100.7,100.7,330,100.8,17
        9,20250102 09:30:45,100.7,100.8,100.6,100.65,270,100.7,12";
    Sample {
        dialect: "interactive-brokers",
        path: "bars.csv",
        header: header(&[",date,open,high,low,close,volume,average,barCount"]),
        rows: rows(text, ","),
        columns: [
            (1, "date"),
            (2, "open"),
            (3, "high"),
            (4, "low"),
            (5, "close"),
            (6, "volume"),
        ],
        zone: Some("America/New_York"),
        first: ("2025-01-02T14:30:00Z", [100.0, 101.0, 99.0, 100.5, 1000.0]),
        timeframe: "5s",
        ..base()
    }
}
