//! Dukascopy's historical data export.

use super::{COMMON, Columns, Dialect, ZoneRule};
use crate::read::time::TimeForm;

pub(super) static DUKASCOPY: Dialect = Dialect {
    name: "dukascopy",
    title: "Dukascopy, history in GMT",
    sample: "Gmt time,Open,High,Low,Close,Volume",
    time: "`03.11.2025 00:00:00.000`, the day first",
    zone: "UTC",
    notes: "the volume has fractions",
    columns: Columns {
        time: &["gmttime"],
        ..Columns::USUAL
    },
    times: &[TimeForm::DayMonthYear],
    zone_rule: ZoneRule::Utc,
    fits: |glance| glance.first_name() == Some("gmttime") && glance.first_time_is(TimeForm::DayMonthYear),
    ..COMMON
};

pub(super) static DUKASCOPY_LOCAL: Dialect = Dialect {
    name: "dukascopy-local",
    title: "Dukascopy, history in local time",
    sample: "Local time,Open,High,Low,Close,Volume",
    time: "`03.11.2025 00:00:00.000 GMT+0100`, the day first",
    zone: "the offset; `--zone` where there is none",
    columns: Columns {
        time: &["localtime"],
        ..Columns::USUAL
    },
    zone_rule: ZoneRule::Unsaid,
    fits: |glance| glance.first_name() == Some("localtime") && glance.first_time_is(TimeForm::DayMonthYear),
    ..DUKASCOPY
};
