//! Any file with a header of the usual names.

use super::{COMMON, Columns, Dialect};
use crate::read::time::TimeForm;

pub(super) static GENERIC: Dialect = Dialect {
    name: "csv",
    title: "any file with columns of the usual names",
    sample: "time,open,high,low,close,volume",
    time: "ISO 8601, `20240102 093000`, `19-Sep-03`, epoch s, ms, µs or ns",
    notes: "columns in any order; a date and a time of day may have a column each; volume may be missing",
    columns: Columns {
        clock: &["time", "timeofday"],
        open: &["open", "openprice", "o"],
        high: &["high", "highprice", "h"],
        low: &["low", "lowprice", "l"],
        close: &["close", "closeprice", "c"],
        volume: &["volume", "vol", "v"],
        symbol: &["symbol", "ticker"],
        ..Columns::USUAL
    },
    times: &[
        TimeForm::Compact,
        TimeForm::Epoch,
        TimeForm::Iso,
        TimeForm::DayMonthName,
    ],
    fits: |glance| glance.has_header(),
    ..COMMON
};
