//! What a backtest depends on.

use std::{collections::BTreeMap, fmt::Display};

use serde::{Deserialize, Serialize};

use super::Costs;
use crate::{
    error::{EntityRef, StoreError},
    market::{SeriesKey, SetDigest, Sha256Hex, Timestamp, Version, Zone},
    strategy::StrategyName,
};

/// A series that a backtest reads, pinned to one version. While the backtest exists, the version can't be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestInput {
    /// The series.
    pub series: SeriesKey,
    /// The version that is read.
    pub version: Version,
    /// The digest of that version's bars.
    pub digest: SetDigest,
}

impl BacktestInput {
    /// Says that its series can't be purged because `holder` pins it.
    pub fn pinned_by(&self, holder: &EntityRef) -> StoreError {
        pinned(&self.series, self.version, holder)
    }

    /// Checks that the version that is stored has the contents that are pinned: stores can have given one number to
    /// different bars.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with both digests.
    pub fn check_contents(&self, stored: SetDigest) -> Result<(), StoreError> {
        if stored == self.digest {
            return Ok(());
        }
        let reason = format!(
            "it was read with the digest {}, but has {stored} here; copy the series that was read to a store without one \
             of its name, or make the run again over the bars that are here",
            self.digest
        );
        Err(StoreError::conflict(self.entity(), reason))
    }

    /// Names the version that it reads, in errors.
    pub fn entity(&self) -> EntityRef {
        EntityRef::Version(self.series.clone(), self.version)
    }
}

/// Says that a version of a series is kept by `holder`, so that the series can't be purged.
pub fn pinned(series: &SeriesKey, version: Version, holder: impl Display) -> StoreError {
    let reason = format!("{holder} reads its version {version}; remove that one first");
    StoreError::conflict(EntityRef::Series(series.clone()), reason)
}

/// A version of a strategy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StrategyRef {
    /// The strategy.
    pub name: StrategyName,
    /// Its version.
    pub version: Version,
    /// The digest of its document; `None` where a record does not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Sha256Hex>,
}

impl StrategyRef {
    /// Checks that the version that is stored has the document that is meant: stores can have given one name and number
    /// to different documents.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with both digests.
    pub fn check_contents(&self, stored: &Sha256Hex) -> Result<(), StoreError> {
        match &self.digest {
            Some(digest) if digest != stored => {
                let reason = format!(
                    "it was run with the digest {digest}, but has {stored} here; put the strategy that was run under \
                     another name, or make the run again with the one that is here"
                );
                Err(StoreError::conflict(self.entity(), reason))
            }
            _ => Ok(()),
        }
    }

    /// Names it in errors.
    pub fn entity(&self) -> EntityRef {
        EntityRef::StrategyVersion(self.name.clone(), self.version)
    }
}

/// What a run depends on besides strategy and bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestSettings {
    /// The first time that is read; without one, the first bar's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// The first time behind what is read; without one, all bars are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// The value of every parameter, also of those that have their defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, f64>,
    /// The cash at the beginning, in the account's currency.
    pub cash: f64,
    /// The costs of each fill.
    #[serde(default, skip_serializing_if = "Costs::is_free")]
    pub costs: Costs,
    /// The instrument's trading sessions a year, by which figures are made yearly.
    pub sessions_per_year: f64,
    /// The zone of the clock that rules read.
    pub zone: Zone,
    /// The yearly rate of money without risk, as a fraction.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub risk_free: f64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}
