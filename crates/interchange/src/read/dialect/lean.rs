//! The data folder of LEAN: `equity/usa/minute/aapl/20140605_trade.zip`.

use domain::market::{AssetClass, Timeframe, TimeframeUnit};

use super::{COMMON, Dialect, Layout, PathHints, ZoneRule};
use crate::read::{
    input::PathClues,
    time::{TimeForm, compact_date},
};

/// LEAN keeps equity prices in units of 1/10,000.
const EQUITY_DIVISOR: f64 = 10_000.0;

pub(super) static LEAN: Dialect = Dialect {
    name: "lean",
    title: "QuantConnect LEAN, trade bars",
    sample: "15300000,6448000,6448000,6448000,6448000,90",
    time: "ms since midnight (second, minute), `20131001 09:00` (hour, daily)",
    zone: "America/New_York for `usa`, UTC for `crypto`",
    notes: "symbol, date and timeframe from the path, `equity/usa/minute/aapl/20140605_trade.zip`; \
            prices of equities are divided by 10,000",
    layout: Layout::Headerless(&["time", "open", "high", "low", "close", "volume"]),
    times: &[TimeForm::Compact],
    zone_rule: ZoneRule::Path,
    fits: |glance| !glance.has_header() && glance.width() == 6 && Place::of(glance.path()).is_some(),
    path: hints,
    ..COMMON
};

/// Where a file lies in LEAN's folder.
#[derive(Debug, PartialEq)]
struct Place {
    class: String,
    market: String,
    resolution: &'static str,
    symbol: String,
    /// `20140605`, where a file holds one day.
    date: Option<String>,
    /// `trade` or `quote`; daily equity files don't say.
    kind: Option<String>,
}

const RESOLUTIONS: [&str; 4] = ["second", "minute", "hour", "daily"];

impl Place {
    fn of(path: &PathClues) -> Option<Self> {
        let folders = path.folders();
        let at = folders
            .iter()
            .rposition(|folder| RESOLUTIONS.contains(&folder.as_str()))
            .filter(|at| *at >= 2)?;
        let resolution = RESOLUTIONS.into_iter().find(|name| *name == folders[at])?;
        let file = path.outer_stem().to_lowercase();
        let (first, kind) = match file.split_once('_') {
            Some((first, kind)) => (first.to_owned(), Some(kind.to_owned())),
            None => (file, None),
        };
        let dated = first.len() == 8 && first.bytes().all(|byte| byte.is_ascii_digit());
        let symbol = if dated {
            folders.get(at + 1)?.clone()
        } else {
            first.clone()
        };
        Some(Self {
            class: folders[at - 2].clone(),
            market: folders[at - 1].clone(),
            resolution,
            symbol,
            date: dated.then_some(first),
            kind,
        })
    }

    fn timeframe(&self) -> Option<Timeframe> {
        match self.resolution {
            "second" => Timeframe::new(1, TimeframeUnit::Second).ok(),
            "minute" => Some(Timeframe::MINUTE),
            "hour" => Some(Timeframe::HOUR),
            _ => Some(Timeframe::DAY),
        }
    }
}

fn hints(path: &PathClues) -> Result<PathHints, String> {
    let Some(place) = Place::of(path) else {
        return Err(
            "a LEAN file's symbol, date and scale are in its path; give the path from the asset class on, \
                    such as equity/usa/minute/aapl/20140605_trade.zip"
                .to_owned(),
        );
    };
    if place
        .kind
        .as_deref()
        .is_some_and(|kind| kind.contains("quote") || kind.contains("openinterest"))
    {
        return Err("this holds quotes or open interest; only LEAN's trade bars are read".to_owned());
    }
    let by_the_day = matches!(place.resolution, "second" | "minute");
    let midnight = place.date.as_ref().and_then(|date| compact_date(date.as_bytes()));
    if by_the_day && midnight.is_none() {
        return Err("the date of a LEAN minute file is in its name, such as 20140605_trade.zip".to_owned());
    }
    let asset_class = match place.class.as_str() {
        "equity" => Some(AssetClass::Equity),
        "crypto" | "cryptofuture" => Some(AssetClass::Crypto),
        "forex" => Some(AssetClass::Fx),
        "future" => Some(AssetClass::Future),
        "index" => Some(AssetClass::Index),
        _ => None,
    };
    let (zone, currency) = match (asset_class, place.market.as_str()) {
        (Some(AssetClass::Crypto), _) => ("UTC".parse().ok(), None),
        (Some(AssetClass::Equity | AssetClass::Index), "usa") => {
            ("America/New_York".parse().ok(), "USD".parse().ok())
        }
        _ => (None, None),
    };
    Ok(PathHints {
        symbol: place.symbol.to_uppercase().parse().ok(),
        timeframe: place.timeframe(),
        sparse: false,
        asset_class,
        zone,
        currency,
        midnight: midnight.filter(|_| by_the_day),
        price_divisor: (asset_class == Some(AssetClass::Equity)).then_some(EQUITY_DIVISOR),
    })
}
