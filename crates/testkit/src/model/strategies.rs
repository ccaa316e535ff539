//! A model of stored strategies: a list of versions per name.

use std::collections::BTreeMap;

use domain::{
    error::{EntityRef, StoreError},
    market::{Timestamp, Version},
    page::Page,
    strategy::{
        SaveStrategy, SavedStrategy, StrategiesQuery, StrategyHead, StrategyName, StrategyVersion,
        StrategyVersionsQuery,
    },
};

/// Every strategy that a store should hold.
#[derive(Debug, Default)]
pub(crate) struct Strategies(BTreeMap<StrategyName, Log>);

#[derive(Debug, Default)]
struct Log {
    versions: Vec<StrategyVersion>,
    is_removed: bool,
}

impl Log {
    fn in_use(&self) -> Option<&StrategyVersion> {
        self.versions.last().filter(|_| !self.is_removed)
    }

    fn push(&mut self, version: StrategyVersion) {
        self.versions.push(version);
        self.is_removed = false;
    }
}

impl Strategies {
    pub(crate) fn save(&mut self, save: SaveStrategy, now: Timestamp) -> Result<SavedStrategy, StoreError> {
        let log = self.0.entry(save.document.name.clone()).or_default();
        let head = log.versions.last().map(|newest| StrategyHead {
            newest: newest.clone(),
            is_removed: log.is_removed,
        });
        let saved = StrategyHead::followed_by(head.as_ref(), save, now)?;
        if let SavedStrategy::Saved(version) = &saved {
            log.push(version.clone());
        }
        Ok(saved)
    }

    pub(crate) fn replay(&mut self, version: &StrategyVersion) -> Result<(), StoreError> {
        let log = self.0.entry(version.name().clone()).or_default();
        let stored = log
            .versions
            .iter()
            .find(|stored| stored.version == version.version);
        let last = Version(log.versions.len() as u64);
        if StrategyHead::takes(version, last, stored)? {
            log.push(version.clone());
        }
        Ok(())
    }

    pub(crate) fn find(&self, name: &StrategyName, version: Option<Version>) -> Option<StrategyVersion> {
        let log = self.0.get(name)?;
        let found = match version {
            None => log.in_use(),
            Some(number) => log.versions.iter().find(|stored| stored.version == number),
        };
        found.cloned()
    }

    pub(crate) fn list(&self, query: &StrategiesQuery) -> Page<StrategyVersion, StrategyName> {
        let text = query.text.as_ref().map(|text| text.to_lowercase());
        let wanted = self.0.iter().filter(|(name, log)| {
            let behind = query.page.after.as_ref().is_none_or(|after| *name > after);
            let named = text
                .as_ref()
                .is_none_or(|text| name.as_str().contains(text.as_str()));
            behind && named && log.is_removed == query.removed
        });
        let items = wanted.filter_map(|(_, log)| log.versions.last().cloned());
        Page::cut(items.collect(), query.page.limit, |item| item.name().clone())
    }

    pub(crate) fn versions(
        &self,
        query: &StrategyVersionsQuery,
    ) -> Result<Page<StrategyVersion, Version>, StoreError> {
        let log = self.0.get(&query.name).filter(|log| !log.versions.is_empty());
        let log = log.ok_or_else(|| StoreError::NotFound(EntityRef::Strategy(query.name.clone())))?;
        let older = log.versions.iter().rev().filter(|stored| {
            let after = query.page.after;
            after.is_none_or(|after| stored.version < after)
        });
        Ok(Page::cut(older.cloned().collect(), query.page.limit, |item| {
            item.version
        }))
    }

    pub(crate) fn remove(
        &mut self,
        name: &StrategyName,
        expected: Option<Version>,
    ) -> Result<(), StoreError> {
        let log = self.0.get_mut(name).filter(|log| log.in_use().is_some());
        let log = log.ok_or_else(|| StoreError::NotFound(EntityRef::Strategy(name.clone())))?;
        let newest = Version(log.versions.len() as u64);
        if expected.is_some_and(|expected| expected != newest) {
            let reason = format!("the newest version is {newest}");
            return Err(StoreError::conflict(EntityRef::Strategy(name.clone()), reason));
        }
        log.is_removed = true;
        Ok(())
    }
}
