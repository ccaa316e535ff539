//! Downloads from Yahoo Finance, new and old.

use super::{COMMON, Dialect};
use crate::read::time::TimeForm;

pub(super) static YAHOO: Dialect = Dialect {
    name: "yahoo",
    title: "Yahoo Finance, downloaded history",
    sample: "Date,Open,High,Low,Close,Adj Close,Volume",
    time: "`2018-05-01`",
    zone: "dates of the exchange",
    notes: "rows whose prices are all `null` are dropped; Close is stored, Adj Close is ignored",
    times: &[TimeForm::Iso],
    no_bar: &["null"],
    fits: |glance| glance.names_are(&["date", "open", "high", "low", "close", "adjclose", "volume"]),
    ..COMMON
};

pub(super) static YAHOO_OLD: Dialect = Dialect {
    name: "yahoo-old",
    title: "Yahoo Finance until 2017, matplotlib's sample data",
    sample: "Date,Open,High,Low,Close,Volume,Adj. Close*",
    time: "`19-Sep-03`, two digits from 69 on mean 19xx",
    zone: "dates of the exchange",
    notes: "newest first; Close is stored, Adj. Close is ignored",
    times: &[TimeForm::DayMonthName],
    no_bar: &["null"],
    fits: |glance| {
        let names = ["date", "open", "high", "low", "close", "volume", "adjclose"];
        (glance.names_are(&names) || glance.names_are(&names[..6]))
            && glance.first_time_is(TimeForm::DayMonthName)
    },
    ..COMMON
};
