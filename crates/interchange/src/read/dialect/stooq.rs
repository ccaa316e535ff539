//! Stooq's archives: one file, many tickers.

use domain::market::Timeframe;

use super::{COMMON, Columns, Dialect};
use crate::read::time::TimeForm;

pub(super) static STOOQ: Dialect = Dialect {
    name: "stooq",
    title: "Stooq, archives of many tickers",
    sample: "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
    time: "`20260429` and `000000`, a column each",
    zone: "dates of the exchange; `--zone` for times of day",
    notes: "ticker and timeframe (D, W, M, Q, Y or minutes) in each row; files of one symbol, \
            `Date,Open,High,Low,Close,Volume`, are read as csv",
    columns: Columns {
        time: &["date"],
        clock: &["time"],
        volume: &["vol"],
        symbol: &["ticker"],
        period: &["per"],
        ..Columns::USUAL
    },
    times: &[TimeForm::Compact],
    period,
    fits: |glance| glance.has_names(&["ticker", "per", "date", "time"]) && glance.has_prices(),
    ..COMMON
};

fn period(text: &str) -> Option<Timeframe> {
    match text {
        "D" => Some(Timeframe::DAY),
        "W" => Some(Timeframe::WEEK),
        "M" => Some(Timeframe::MONTH),
        "Q" => "3M".parse().ok(),
        "Y" => "12M".parse().ok(),
        minutes => super::minutes(minutes),
    }
}
