//! Chart data exported from tradingview.com.

use super::{COMMON, Columns, Dialect};

pub(super) static TRADINGVIEW: Dialect = Dialect {
    name: "tradingview",
    title: "TradingView, exported chart data",
    sample: "time,open,high,low,close,Volume,Volume MA",
    time: "epoch s, `2024-01-02T09:30:00-05:00`, `2024-01-02`",
    zone: "the offset; dates of the exchange",
    notes: "columns of indicators are ignored; a chart without volume gives none; \
            without indicators such files are read as csv",
    columns: Columns {
        time: &["time"],
        ..Columns::USUAL
    },
    fits: |glance| {
        let bare = ["time", "open", "high", "low", "close", "volume"];
        glance.names_begin(&bare[..5]) && !glance.names_are(&bare[..5]) && !glance.names_are(&bare)
    },
    ..COMMON
};
