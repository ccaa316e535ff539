//! What is traded.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Symbol, Venue, Zone};

/// What kind of thing an instrument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetClass {
    /// Shares of a company.
    Equity,
    /// Exchange-traded funds.
    Etf,
    /// Spot currency pairs.
    Fx,
    /// Crypto-assets, spot or perpetual.
    Crypto,
    /// Futures.
    Future,
    /// Options.
    Option,
    /// Indices.
    Index,
    /// Spot commodities.
    Commodity,
    /// Bonds.
    Bond,
    /// Not said yet.
    #[default]
    Unknown,
}

/// A text names no asset class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an asset class; use one of {}", AssetClass::ALL.map(AssetClass::as_str).join(", "))]
pub struct AssetClassError {
    text: String,
}

impl AssetClass {
    /// Every asset class.
    pub const ALL: [Self; 10] = [
        Self::Equity,
        Self::Etf,
        Self::Fx,
        Self::Crypto,
        Self::Future,
        Self::Option,
        Self::Index,
        Self::Commodity,
        Self::Bond,
        Self::Unknown,
    ];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equity => "equity",
            Self::Etf => "etf",
            Self::Fx => "fx",
            Self::Crypto => "crypto",
            Self::Future => "future",
            Self::Option => "option",
            Self::Index => "index",
            Self::Commodity => "commodity",
            Self::Bond => "bond",
            Self::Unknown => "unknown",
        }
    }

    /// Returns how many trading sessions a year usually has: 365 round the clock, 260 for currencies (every
    /// weekday), else the 252 of exchanges.
    pub fn usual_sessions_per_year(self) -> u16 {
        match self {
            Self::Crypto => 365,
            Self::Fx => 260,
            _ => 252,
        }
    }
}

impl fmt::Display for AssetClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AssetClass {
    type Err = AssetClassError;

    fn from_str(text: &str) -> Result<Self, AssetClassError> {
        let class = Self::ALL
            .into_iter()
            .find(|class| class.as_str().eq_ignore_ascii_case(text));
        class.ok_or_else(|| AssetClassError {
            text: text.to_owned(),
        })
    }
}

/// The currency that prices are quoted in: 2 to 12 ASCII letters or digits, upper case (`USD`, `USDT`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Currency(String);

/// A text names no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency; use 2 to 12 letters or digits, such as USD or USDT")]
pub struct CurrencyError(String);

impl Currency {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        if (2..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(CurrencyError(text.to_owned()))
        }
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// What is traded under a symbol at a venue, and what must be known of it to count its days and check its prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// Where it trades.
    pub venue: Venue,
    /// What it is called there.
    pub symbol: Symbol,
    /// What kind of thing it is.
    pub asset_class: AssetClass,
    /// What prices are quoted in, when known.
    pub currency: Option<Currency>,
    /// Where days begin and end for it.
    pub zone: Zone,
    /// How many trading sessions a year has; annualised figures are built on it.
    pub sessions_per_year: u16,
    /// Whether prices of zero and below are possible, as for spreads and some futures.
    pub allows_nonpositive: bool,
}

impl Instrument {
    /// Makes an instrument of which nothing but its name is known: unknown class and currency, UTC, 252 sessions,
    /// positive prices.
    pub fn new(venue: Venue, symbol: Symbol) -> Self {
        let asset_class = AssetClass::Unknown;
        Self {
            venue,
            symbol,
            asset_class,
            currency: None,
            zone: Zone::UTC,
            sessions_per_year: asset_class.usual_sessions_per_year(),
            allows_nonpositive: false,
        }
    }
}
