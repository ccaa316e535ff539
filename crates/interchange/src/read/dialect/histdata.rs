//! The generic ASCII files of histdata.com, which hold minutes.

use domain::market::{AssetClass, Timeframe};

use super::{COMMON, Dialect, Layout, PathHints, ZoneRule};
use crate::read::{input::PathClues, time::TimeForm};

const NAMES: &[&str] = &["time", "open", "high", "low", "close", "volume"];

pub(super) static HISTDATA: Dialect = Dialect {
    name: "histdata",
    title: "HistData, ASCII files of minutes",
    sample: "20120201 000000;1.306600;1.306600;1.306560;1.306560;0",
    time: "`20120201 000000`",
    zone: "-05:00 all year: Eastern time without summer time",
    notes: "no header; symbol from the name, `DAT_ASCII_EURUSD_M1_201202.csv`; bid prices, volume always 0",
    layout: Layout::Headerless(NAMES),
    times: &[TimeForm::Compact],
    zone_rule: ZoneRule::Fixed("-05:00"),
    fits: |glance| {
        !glance.has_header()
            && glance.width() == NAMES.len()
            && glance.delimiter == b';'
            && glance.column_is(0, |time| time.len() == 15 && time[8] == b' ')
            && glance.first_time_is(TimeForm::Compact)
    },
    path: names,
    ..COMMON
};

/// Reads `DAT_ASCII_EURUSD_M1_201202`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "a dialect's path reader may refuse a path"
)]
fn names(path: &PathClues) -> Result<PathHints, String> {
    let parts: Vec<&str> = path.stem().split('_').collect();
    let ["DAT", "ASCII", pair, "M1", ..] = parts[..] else {
        return Ok(PathHints::default());
    };
    Ok(PathHints {
        symbol: pair.parse().ok(),
        timeframe: Some(Timeframe::MINUTE),
        asset_class: Some(AssetClass::Fx),
        ..PathHints::default()
    })
}
