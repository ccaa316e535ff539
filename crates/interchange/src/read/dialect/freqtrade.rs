//! Freqtrade's JSON data files.

use domain::market::{AssetClass, Zone};

use super::{COMMON, Columns, Dialect, Layout, PathHints, ZoneRule};
use crate::read::{input::PathClues, time::TimeForm};

pub(super) static FREQTRADE_JSON: Dialect = Dialect {
    name: "freqtrade-json",
    title: "Freqtrade, `json` and `jsongz` data",
    sample: "[[1601510340000,4.1507,4.1587,4.1506,4.1554,539.23],…]",
    time: "epoch ms",
    zone: "UTC",
    notes: "symbol and timeframe from the name, `BTC_USDT-1h.json`",
    layout: Layout::JsonRows(&["date", "open", "high", "low", "close", "volume"]),
    columns: Columns::USUAL,
    times: &[TimeForm::Epoch],
    zone_rule: ZoneRule::Utc,
    fits: |glance| glance.is_json(),
    path: names,
    ..COMMON
};

/// Reads `BTC_USDT-1h` and `BTC_USDT_USDT-1h-futures`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "a dialect's path reader may refuse a path"
)]
fn names(path: &PathClues) -> Result<PathHints, String> {
    let mut parts = path.stem().split('-');
    let pair = parts
        .next()
        .unwrap_or_default()
        .replacen('_', "/", 1)
        .replacen('_', ":", 1);
    let timeframe = parts.next().and_then(|timeframe| timeframe.parse().ok());
    let mut hints = PathHints {
        asset_class: Some(AssetClass::Crypto),
        zone: Some(Zone::UTC),
        ..PathHints::default()
    };
    if timeframe.is_some() {
        let quote = pair
            .split_once('/')
            .map(|(_, quote)| quote.split(':').next().unwrap_or(quote));
        hints.currency = quote.and_then(|quote| quote.parse().ok());
        hints.symbol = pair.parse().ok();
        hints.timeframe = timeframe;
    }
    Ok(hints)
}
