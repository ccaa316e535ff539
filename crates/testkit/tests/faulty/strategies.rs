//! Strategies that are kept with a fault.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    error::StoreError,
    market::Version,
    page::Page,
    strategy::{
        DamagedStrategy, SaveStrategy, SavedStrategy, StrategiesQuery, StrategyName, StrategyStore,
        StrategyVersion, StrategyVersionsQuery,
    },
};

use super::Fault;

pub(super) struct FaultyStrategies {
    pub(super) fault: Fault,
    pub(super) store: Arc<dyn StrategyStore>,
}

impl FaultyStrategies {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

#[async_trait]
impl StrategyStore for FaultyStrategies {
    async fn save_strategy(&self, save: SaveStrategy) -> Result<SavedStrategy, StoreError> {
        let mut save = save;
        if self.has(Fault::SavesAnything) {
            save.expected = None;
        }
        if self.has(Fault::NoNotes) {
            save.note = None;
        }
        self.store.save_strategy(save).await
    }

    async fn replay_strategy(&self, version: &StrategyVersion) -> Result<(), StoreError> {
        match self.store.replay_strategy(version).await {
            Err(StoreError::Conflict { .. }) if self.has(Fault::ReplaysAnything) => Ok(()),
            answer => answer,
        }
    }

    async fn strategy(
        &self,
        name: &StrategyName,
        version: Option<Version>,
    ) -> Result<Option<StrategyVersion>, StoreError> {
        if self.has(Fault::RemovedForGood) && self.store.strategy(name, None).await?.is_none() {
            return Ok(None);
        }
        self.store.strategy(name, version).await
    }

    async fn strategies(
        &self,
        query: StrategiesQuery,
    ) -> Result<Page<StrategyVersion, StrategyName>, StoreError> {
        let text = query.text.clone().unwrap_or_default();
        let mut page = self.store.strategies(query).await?;
        if self.has(Fault::CaseCounts) {
            page.items.retain(|item| item.name().as_str().contains(&text));
        }
        Ok(page)
    }

    async fn damaged_strategies(&self) -> Result<Vec<DamagedStrategy>, StoreError> {
        self.store.damaged_strategies().await
    }

    async fn strategy_versions(
        &self,
        query: StrategyVersionsQuery,
    ) -> Result<Page<StrategyVersion, Version>, StoreError> {
        let mut page = self.store.strategy_versions(query).await?;
        if self.has(Fault::OldestFirst) {
            page.items.reverse();
        }
        Ok(page)
    }

    async fn remove_strategy(
        &self,
        name: &StrategyName,
        expected: Option<Version>,
    ) -> Result<(), StoreError> {
        let expected = expected.filter(|_| !self.has(Fault::RemovesUnseen));
        match self.store.remove_strategy(name, expected).await {
            Err(StoreError::NotFound(_)) if self.has(Fault::RemovesAnything) => Ok(()),
            answer => answer,
        }
    }
}
