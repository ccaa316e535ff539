//! Downloads of history from nasdaq.com.

use super::{COMMON, Columns, Dialect};
use crate::read::{prices::PriceForm, time::TimeForm};

pub(super) static NASDAQ: Dialect = Dialect {
    name: "nasdaq",
    title: "nasdaq.com, downloaded history",
    sample: "Date,Close/Last,Volume,Open,High,Low",
    time: "`12/13/2024`, the month first",
    zone: "dates of the exchange",
    notes: "newest first; a `$` before a price is dropped; volume `N/A` is unknown",
    columns: Columns {
        close: &["close/last"],
        ..Columns::USUAL
    },
    times: &[TimeForm::MonthDayYear],
    prices: PriceForm::Dollars,
    fits: |glance| glance.has_names(&["date", "close/last", "open", "high", "low"]),
    ..COMMON
};
