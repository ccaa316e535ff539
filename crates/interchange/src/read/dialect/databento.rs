//! CSV of Databento's OHLCV schemas.

use domain::market::{Timeframe, TimeframeUnit};

use super::{COMMON, Columns, Dialect, ZoneRule};
use crate::read::{prices::PriceForm, time::TimeForm};

/// Prices are kept as integers that count billionths.
const SCALE: f64 = 1e9;

pub(super) static DATABENTO: Dialect = Dialect {
    name: "databento",
    title: "Databento, schemas ohlcv-1s to ohlcv-1d",
    sample: "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol",
    time: "`2022-01-03T19:06:00.000000000Z`, epoch ns",
    zone: "UTC",
    notes: "several symbols in one file; without a column for them, `instrument_id` is the symbol; timeframe from \
            `rtype`; where the first row's prices are integers of seven digits or more, all are, and are divided by \
            1,000,000,000",
    columns: Columns {
        time: &["tsevent"],
        symbol: &["symbol", "instrumentid"],
        period: &["rtype"],
        ..Columns::USUAL
    },
    times: &[TimeForm::Iso, TimeForm::Epoch],
    zone_rule: ZoneRule::Utc,
    prices: PriceForm::PlainOrScaled(SCALE),
    period,
    fits: |glance| glance.has_names(&["tsevent", "rtype"]) && glance.has_prices(),
    ..COMMON
};

fn period(rtype: &str) -> Option<Timeframe> {
    match rtype {
        "32" => Timeframe::new(1, TimeframeUnit::Second).ok(),
        "33" => Some(Timeframe::MINUTE),
        "34" => Some(Timeframe::HOUR),
        "35" => Some(Timeframe::DAY),
        _ => None,
    }
}
