//! What the Python package yfinance writes: three header lines, one group of columns for each ticker.

use super::{COMMON, Dialect, Layout};
use crate::read::time::TimeForm;

pub(super) static YFINANCE: Dialect = Dialect {
    name: "yfinance",
    title: "yfinance, `download(…).to_csv`",
    sample: "Price,Close,High,Low,Open,Volume / Ticker,NVDA,NVDA,NVDA,NVDA,NVDA / Date,,,,,",
    time: "`2024-01-02`, intraday with offset",
    zone: "dates of the exchange, else the offset",
    notes: "several tickers may stand side by side; a ticker without prices in a row has no bar; \
            prices are adjusted unless `auto_adjust=False`",
    layout: Layout::TickerHeader,
    times: &[TimeForm::Iso],
    no_bar: &["", "nan"],
    fits: |glance| match glance.first_name() {
        Some("price") => glance.has_prices_below(),
        // Where the prices are named beside it, `ticker` is the column of a usual table.
        Some("ticker") => !glance.has_prices() && glance.has_prices_below(),
        _ => false,
    },
    ..COMMON
};
