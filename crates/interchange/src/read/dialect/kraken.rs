//! Kraken's downloadable history.

use domain::market::{AssetClass, Zone};

use super::{COMMON, Dialect, Layout, PathHints, ZoneRule, minutes};
use crate::read::{input::PathClues, time::TimeForm};

const NAMES: &[&str] = &["time", "open", "high", "low", "close", "volume", "trades"];

/// Currencies that pairs are quoted in; no name ends in an earlier one.
const QUOTES: &[&str] = &[
    "USDT", "USDC", "USD", "EUR", "GBP", "CAD", "JPY", "CHF", "AUD", "XBT", "ETH",
];

pub(super) static KRAKEN: Dialect = Dialect {
    name: "kraken",
    title: "Kraken, downloadable history",
    sample: "1601855760,1.1,1.2,1.0,1.1,10,1",
    time: "epoch s",
    zone: "UTC",
    notes: "no header; symbol and minutes from the name, `XBTUSD_1440.csv`; there are bars only where there were \
            trades",
    layout: Layout::Headerless(NAMES),
    times: &[TimeForm::Epoch],
    zone_rule: ZoneRule::Utc,
    fits: |glance| {
        let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        !glance.has_header()
            && glance.width() == NAMES.len()
            && glance.delimiter == b','
            && glance.column_is(0, |time| (9..=10).contains(&time.len()))
            && glance.column_is(0, digits)
            && glance.column_is(6, digits)
    },
    path: names,
    ..COMMON
};

/// Reads `XBTUSD_1440`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "a dialect's path reader may refuse a path"
)]
fn names(path: &PathClues) -> Result<PathHints, String> {
    let mut hints = PathHints {
        asset_class: Some(AssetClass::Crypto),
        zone: Some(Zone::UTC),
        ..PathHints::default()
    };
    if let Some((pair, length)) = path.stem().rsplit_once('_')
        && let Some(timeframe) = minutes(length)
    {
        hints.symbol = pair.parse().ok();
        hints.timeframe = Some(timeframe);
        let quote = QUOTES.iter().find(|name| pair.ends_with(**name));
        hints.currency = quote.and_then(|name| name.parse().ok());
        hints.sparse = true;
    }
    Ok(hints)
}
