//! The port of strategies.

use async_trait::async_trait;

use super::{StrategyDocument, StrategyName, StrategyVersion};
use crate::{
    error::StoreError,
    market::{Author, Sha256Hex, Version},
    page::{Page, PageRequest},
};

/// Where strategies are stored.
///
/// A strategy is a log of versions under one name. Versions are only ever added: removing a strategy takes its name
/// out of use, while its versions stay readable by their numbers, as backtests refer to them; no number is used
/// twice.
#[async_trait]
pub trait StrategyStore: Send + Sync {
    /// Saves a document as the next version of its strategy, in the place of none or of a removed one, too. A
    /// document with the digest of the newest version makes no version, unless the strategy is removed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when [`SaveStrategy::expected`] is not the newest version.
    async fn save_strategy(&self, save: SaveStrategy) -> Result<SavedStrategy, StoreError>;

    /// Stores a version as it was saved elsewhere, with its number, author and time. One that is there already, with
    /// equal contents, is left as it is. A strategy that was removed here comes into use again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the version is another one here, or does not follow the last one.
    async fn replay_strategy(&self, version: &StrategyVersion) -> Result<(), StoreError>;

    /// Returns the newest version of a strategy, unless it is removed, or the version of a number, in any case.
    async fn strategy(
        &self,
        name: &StrategyName,
        version: Option<Version>,
    ) -> Result<Option<StrategyVersion>, StoreError>;

    /// Lists the newest version of each strategy, by name.
    async fn strategies(
        &self,
        query: StrategiesQuery,
    ) -> Result<Page<StrategyVersion, StrategyName>, StoreError>;

    /// Lists the strategies that lists leave out because they can't be read; asking for one by its name tells what is
    /// damaged.
    async fn damaged_strategies(&self) -> Result<Vec<DamagedStrategy>, StoreError>;

    /// Lists the versions of a strategy, removed or not, the newest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when nothing was ever saved under the name.
    async fn strategy_versions(
        &self,
        query: StrategyVersionsQuery,
    ) -> Result<Page<StrategyVersion, Version>, StoreError>;

    /// Takes a strategy out of use. Its versions stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such strategy, or it is removed already; [`StoreError::Conflict`] when
    /// `expected` is given and is not its newest version.
    async fn remove_strategy(&self, name: &StrategyName, expected: Option<Version>)
    -> Result<(), StoreError>;
}

/// Asks for a document to be saved.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveStrategy {
    /// The document; its name is the strategy's.
    pub document: StrategyDocument,
    /// The SHA-256 of its canonical JSON.
    pub digest: Sha256Hex,
    /// Who saves it.
    pub author: Author,
    /// What the author writes about it.
    pub note: Option<String>,
    /// The version that the strategy must have now, if that matters; 0 expects that there is no such strategy.
    pub expected: Option<Version>,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum SavedStrategy {
    /// It is a version now.
    Saved(StrategyVersion),
    /// It equals the newest version: nothing was stored.
    Unchanged(StrategyVersion),
}

impl SavedStrategy {
    /// Returns the newest version.
    pub fn version(&self) -> &StrategyVersion {
        match self {
            Self::Saved(version) | Self::Unchanged(version) => version,
        }
    }
}

/// Which strategies are listed.
#[derive(Debug, Clone)]
pub struct StrategiesQuery {
    /// Those whose name contains this text, whatever its case; or all.
    pub text: Option<String>,
    /// Those that are removed, in the place of those in use.
    pub removed: bool,
    /// The page.
    pub page: PageRequest<StrategyName>,
}

/// A strategy of which nobody can tell what its newest version says, or whether it is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedStrategy {
    /// Its name.
    pub name: StrategyName,
    /// The number of its newest version.
    pub newest: Version,
}

/// Which versions are listed.
#[derive(Debug, Clone)]
pub struct StrategyVersionsQuery {
    /// The strategy.
    pub name: StrategyName,
    /// The page.
    pub page: PageRequest<Version>,
}
