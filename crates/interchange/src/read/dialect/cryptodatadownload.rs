//! Files of cryptodatadownload.com: a line with its address, then a table.

use domain::market::{AssetClass, Zone};

use super::{COMMON, Columns, Dialect, PathHints, ZoneRule};
use crate::read::time::TimeForm;

pub(super) static CRYPTODATADOWNLOAD: Dialect = Dialect {
    name: "cryptodatadownload",
    title: "CryptoDataDownload",
    sample: "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD",
    time: "`unix`: epoch s or ms",
    zone: "UTC",
    notes: "a line before the header; newest first; the volume is that in the currency that the symbol begins with, \
            `Volume BTC` of `BTC/USD`; date and the other volume are ignored",
    columns: Columns {
        time: &["unix"],
        volume_names_currency: true,
        symbol: &["symbol"],
        ..Columns::USUAL
    },
    times: &[TimeForm::Epoch],
    zone_rule: ZoneRule::Utc,
    fits: |glance| glance.has_names(&["unix", "date", "symbol"]) && glance.has_prices(),
    path: |_| {
        Ok(PathHints {
            asset_class: Some(AssetClass::Crypto),
            zone: Some(Zone::UTC),
            ..PathHints::default()
        })
    },
    ..COMMON
};
