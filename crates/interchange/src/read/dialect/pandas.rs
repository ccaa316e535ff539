//! What `DataFrame.to_csv` of pandas writes: the index comes first and has no name.

use super::{COMMON, Columns, Dialect};

pub(super) static PANDAS: Dialect = Dialect {
    name: "pandas",
    title: "pandas `to_csv` with the times as index",
    sample: ",Open,High,Low,Close,Volume",
    time: "`2004-08-19`, `2004-08-19 09:30:00`, with or without offset",
    notes: "a numbered index before a column of dates is ignored",
    // A column that says it is the time is preferred to the index without a name.
    columns: Columns {
        time: &["date", "datetime", "time", "timestamp", ""],
        ..Columns::USUAL
    },
    fits: |glance| glance.first_name() == Some("") && glance.has_prices(),
    ..COMMON
};
