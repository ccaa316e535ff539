//! The flat files of Massive, which was Polygon: a day of all tickers each.

use domain::market::Timeframe;

use super::{COMMON, Columns, Dialect, PathHints, ZoneRule};
use crate::read::{input::PathClues, time::TimeForm};

pub(super) static MASSIVE: Dialect = Dialect {
    name: "massive",
    title: "Massive (Polygon), flat files of aggregates",
    sample: "ticker,volume,open,close,high,low,window_start,transactions",
    time: "`window_start`: epoch ns",
    zone: "UTC",
    notes: "all tickers of a day in one file; the timeframe from the folder `minute_aggs_v1` or `day_aggs_v1`, \
            without which tickers with a bar or two are refused",
    columns: Columns {
        time: &["windowstart"],
        symbol: &["ticker"],
        ..Columns::USUAL
    },
    times: &[TimeForm::Epoch],
    zone_rule: ZoneRule::Utc,
    fits: |glance| glance.has_names(&["ticker", "windowstart"]) && glance.has_prices(),
    path: folder,
    ..COMMON
};

/// Reads `us_stocks_sip/minute_aggs_v1/2023/03/2023-03-29`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "a dialect's path reader may refuse a path"
)]
fn folder(path: &PathClues) -> Result<PathHints, String> {
    let timeframe = path
        .folders()
        .iter()
        .rev()
        .find_map(|folder| match folder.as_str() {
            "minute_aggs_v1" => Some(Timeframe::MINUTE),
            "day_aggs_v1" => Some(Timeframe::DAY),
            _ => None,
        });
    Ok(PathHints {
        timeframe,
        sparse: timeframe.is_some(),
        ..PathHints::default()
    })
}
