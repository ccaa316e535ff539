//! Closed trades.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::market::Timestamp;

/// Which way a position gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Bought first: it gains when the price rises.
    Long,
    /// Sold first: it gains when the price falls.
    Short,
}

impl Side {
    /// Returns 1 for long and −1 for short.
    pub fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }

    /// Returns the other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Long => Self::Short,
            Self::Short => Self::Long,
        }
    }

    /// Returns the name that it is stored under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a position was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// The exit rule of its side.
    Rule,
    /// The other side's entry.
    Reversal,
    /// The stop at a fraction of the entry price.
    StopLoss,
    /// The target at a fraction of the entry price.
    TakeProfit,
    /// The stop behind the best price since the entry.
    TrailingStop,
    /// It was held for as many bars as it may be.
    MaxBars,
    /// The account's equity was used up at a bar's close.
    Ruin,
    /// The bars ended.
    EndOfData,
    /// The tool that made the trade does not tell.
    Unknown,
}

impl ExitReason {
    /// Returns the name that it is stored under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Reversal => "reversal",
            Self::StopLoss => "stop_loss",
            Self::TakeProfit => "take_profit",
            Self::TrailingStop => "trailing_stop",
            Self::MaxBars => "max_bars",
            Self::Ruin => "ruin",
            Self::EndOfData => "end_of_data",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A position from its opening to its closing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Its place in the backtest, from 1.
    pub number: u32,
    /// Which way it gained.
    pub side: Side,
    /// How many units of the instrument were held.
    pub units: f64,
    /// The opening time of the bar in which it was entered.
    pub entry_time: Timestamp,
    /// The price paid (or got, when short) per unit, slippage included.
    pub entry_price: f64,
    /// The opening time of the bar in which it was left.
    pub exit_time: Timestamp,
    /// The price got (or paid, when short) per unit, slippage included.
    pub exit_price: f64,
    /// Why it was left.
    pub exit_reason: ExitReason,
    /// What the two prices gained, in the account's currency, before commissions.
    pub gross: f64,
    /// The commissions of entry and exit, in the account's currency.
    pub costs: f64,
    /// `gross` − `costs`.
    pub net: f64,
    /// `net` as a fraction of the value entered, `units` × `entry_price`.
    #[serde(rename = "return")]
    pub net_return: f64,
}
