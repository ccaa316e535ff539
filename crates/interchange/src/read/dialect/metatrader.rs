//! Bars exported from `MetaTrader` 5 and 4. Their times are those of the broker, whose zone no file names.

use super::{COMMON, Columns, Dialect, Layout};
use crate::read::time::TimeForm;

const ZONE: &str = "dates of the broker; `--zone` for times of day, those of the broker's server";

pub(super) static METATRADER_5: Dialect = Dialect {
    name: "metatrader5",
    title: "MetaTrader 5, exported bars",
    sample: "<DATE> <TIME> <OPEN> <HIGH> <LOW> <CLOSE> <TICKVOL> <VOL> <SPREAD>, cut by TAB",
    time: "`2024.01.02` and `01:00:00`, a column each; days may lack the time",
    zone: ZONE,
    notes: "the volume is TICKVOL, as VOL is mostly 0; VOL and SPREAD are ignored",
    columns: Columns {
        time: &["date"],
        clock: &["time"],
        volume: &["tickvol"],
        ..Columns::USUAL
    },
    times: &[TimeForm::Iso],
    fits: |glance| glance.has_names(&["date", "tickvol"]) && glance.has_prices(),
    ..COMMON
};

const NAMES: &[&str] = &["date", "time", "open", "high", "low", "close", "volume"];

pub(super) static METATRADER_4: Dialect = Dialect {
    name: "metatrader4",
    title: "MetaTrader 4, exported bars",
    sample: "2012.02.01,00:00,1.306600,1.306600,1.306560,1.306560,0",
    time: "`2012.02.01` and `00:00`, a column each",
    zone: ZONE,
    notes: "no header; HistData's files for MetaTrader look the same, their zone is -05:00",
    layout: Layout::Headerless(NAMES),
    columns: Columns {
        time: &["date"],
        clock: &["time"],
        ..Columns::USUAL
    },
    times: &[TimeForm::Iso],
    fits: |glance| {
        !glance.has_header()
            && glance.width() == NAMES.len()
            && glance.column_is(0, |date| date.len() == 10 && date[4] == b'.' && date[7] == b'.')
            && glance.column_is(1, |clock| clock.len() == 5 && clock[2] == b':')
    },
    ..COMMON
};
