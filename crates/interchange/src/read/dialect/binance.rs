//! Binance's public archive of klines.

use domain::market::{AssetClass, Zone};

use super::{COMMON, Dialect, Layout, PathHints, ZoneRule};
use crate::read::{input::PathClues, time::TimeForm};

const NAMES: &[&str] = &[
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
];

/// Currencies that pairs are quoted in; no name ends in an earlier one.
const QUOTES: &[&str] = &[
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "USD", "BTC", "ETH", "BNB", "EUR", "GBP", "TRY", "BRL",
    "JPY", "AUD", "DAI",
];

pub(super) static SPOT: Dialect = Dialect {
    name: "binance-spot",
    title: "Binance, klines of spot markets",
    sample: "1601510340000,4.1507,4.1587,4.1506,4.1554,539.23,1601510399999,2240.3986,13,401.82,1669.9812,0",
    time: "epoch ms until 2024, µs from 2025 on",
    zone: "UTC",
    notes: "no header; symbol and timeframe from the name, `BTCUSDT-1m-2024-01.zip`; a `.CHECKSUM` file is verified",
    layout: Layout::OptionalHeader(NAMES),
    times: &[TimeForm::Epoch],
    zone_rule: ZoneRule::Utc,
    fits: |glance| {
        !glance.has_header() && glance.width() == NAMES.len() && glance.first_time_is(TimeForm::Epoch)
    },
    path: names,
    ..COMMON
};

pub(super) static USD_M: Dialect = Dialect {
    name: "binance-usd-m",
    title: "Binance, klines of USD-margined futures",
    sample: "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,\
             taker_buy_quote_volume,ignore",
    time: "epoch ms",
    zone: "UTC",
    notes: "older files lack the header and are recognised by `futures/um` in their path",
    layout: Layout::OptionalHeader(NAMES),
    times: &[TimeForm::Epoch],
    zone_rule: ZoneRule::Utc,
    fits: |glance| {
        let headed =
            glance.width() == NAMES.len() && glance.first_name() == Some("opentime") && glance.has_prices();
        headed
            || (SPOT.fits)(glance)
                && glance
                    .path()
                    .folders()
                    .windows(2)
                    .any(|pair| pair == ["futures", "um"])
    },
    path: names,
    ..COMMON
};

/// Reads `BTCUSDT-1m-2024-01`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "a dialect's path reader may refuse a path"
)]
fn names(path: &PathClues) -> Result<PathHints, String> {
    let mut parts = path.stem().split('-');
    let symbol = parts.next().and_then(|symbol| symbol.parse().ok());
    let timeframe = parts.next().and_then(|timeframe| timeframe.parse().ok());
    let mut hints = PathHints {
        asset_class: Some(AssetClass::Crypto),
        zone: Some(Zone::UTC),
        ..PathHints::default()
    };
    if timeframe.is_some() {
        let quote = |name: &&&str| {
            path.stem()
                .split('-')
                .next()
                .is_some_and(|symbol| symbol.ends_with(**name))
        };
        hints.currency = QUOTES.iter().find(quote).and_then(|name| name.parse().ok());
        hints.symbol = symbol;
        hints.timeframe = timeframe;
    }
    Ok(hints)
}
