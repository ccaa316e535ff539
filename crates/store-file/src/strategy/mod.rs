//! Strategies: a folder each, named by the strategy, with a document for each version.
//!
//! A version's document never changes once it is there. A strategy is removed as long as its mark names the newest
//! version; what is saved behind it is one file more, and needs no second one to be changed.

mod unreadable;

use std::path::Path;

use async_trait::async_trait;
use domain::{
    error::StoreError,
    market::Version,
    page::Page,
    strategy::{
        DamagedStrategy, SaveStrategy, SavedStrategy, StrategiesQuery, StrategyHead, StrategyName,
        StrategyStore, StrategyVersion, StrategyVersionsQuery,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    document,
    fault::damaged,
    market::visible_entries,
    store::{FileStore, Shared},
};

pub(crate) use unreadable::UnreadableStrategies;

/// The mark of a removed strategy.
#[derive(Debug, Serialize, Deserialize)]
struct Removed {
    /// The newest version when it was removed.
    through: Version,
}

fn version_of(file: &str) -> Option<Version> {
    let digits = file.strip_suffix(".json")?;
    let number: u64 = digits.parse().ok()?;
    // `07` and `+7` are no names that this store gives.
    (number > 0 && number.to_string() == digits).then_some(Version(number))
}

/// Lists the numbers of a strategy's versions, the newest first.
fn numbers(shared: &Shared, name: &StrategyName) -> Result<Vec<Version>, StoreError> {
    let entries = visible_entries(shared, &shared.layout.strategy(name))?;
    let mut numbers: Vec<Version> = entries
        .iter()
        .filter_map(|entry| version_of(&entry.name))
        .collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    Ok(numbers)
}

/// Reads a version, whether the strategy is removed or not.
pub(crate) fn read(
    shared: &Shared,
    name: &StrategyName,
    number: Version,
) -> Result<Option<StrategyVersion>, StoreError> {
    let path = shared.layout.strategy_version(name, number);
    let found: Option<StrategyVersion> = document::read(shared, &path)?;
    match found {
        Some(found) if found.name() != name || found.version != number => Err(misplaced(&path, &found)),
        found => Ok(found),
    }
}

fn misplaced(path: &Path, found: &StrategyVersion) -> StoreError {
    damaged(
        path,
        format!("it holds version {} of strategy {}", found.version, found.name()),
    )
}

fn is_removed(shared: &Shared, name: &StrategyName, newest: Version) -> Result<bool, StoreError> {
    let removed: Option<Removed> = document::read(shared, &shared.layout.strategy_removed(name))?;
    Ok(removed.is_some_and(|removed| removed.through >= newest))
}

fn head(shared: &Shared, name: &StrategyName) -> Result<Option<StrategyHead>, StoreError> {
    let Some(number) = numbers(shared, name)?.first().copied() else {
        return Ok(None);
    };
    let newest = read(shared, name, number)?;
    let newest =
        newest.ok_or_else(|| damaged(&shared.layout.strategy_version(name, number), "it is missing"))?;
    Ok(Some(StrategyHead {
        is_removed: is_removed(shared, name, number)?,
        newest,
    }))
}

/// Stores a version that is not there yet. The caller holds the root's lock.
fn add(shared: &Shared, version: &StrategyVersion) -> Result<(), StoreError> {
    shared.make_folders(&shared.layout.strategy(version.name()))?;
    let path = shared.layout.strategy_version(version.name(), version.version);
    document::write(shared, &path, version)
}

fn save(shared: &Shared, save: SaveStrategy) -> Result<SavedStrategy, StoreError> {
    let head = head(shared, &save.document.name)?;
    let saved = StrategyHead::followed_by(head.as_ref(), save, shared.clock.now())?;
    if let SavedStrategy::Saved(version) = &saved {
        add(shared, version)?;
    }
    Ok(saved)
}

fn replay(shared: &Shared, version: &StrategyVersion) -> Result<(), StoreError> {
    let last = numbers(shared, version.name())?.first().copied();
    let stored = read(shared, version.name(), version.version)?;
    if StrategyHead::takes(version, last.unwrap_or_default(), stored.as_ref())? {
        add(shared, version)?;
    }
    Ok(())
}

fn find(
    shared: &Shared,
    name: &StrategyName,
    version: Option<Version>,
) -> Result<Option<StrategyVersion>, StoreError> {
    match version {
        Some(number) => read(shared, name, number),
        None => Ok(head(shared, name)?
            .filter(|head| !head.is_removed)
            .map(|head| head.newest)),
    }
}

/// Lists the names of all strategies, in order.
fn names(shared: &Shared) -> Result<Vec<StrategyName>, StoreError> {
    let folders = visible_entries(shared, &shared.layout.strategies())?;
    let mut names: Vec<StrategyName> = folders
        .iter()
        .filter_map(|folder| folder.name.parse().ok())
        .collect();
    names.sort_unstable();
    Ok(names)
}

fn list(shared: &Shared, query: &StrategiesQuery) -> Result<Page<StrategyVersion, StrategyName>, StoreError> {
    let wanted = query.text.as_ref().map(|text| text.to_lowercase());
    let mut strategies = names(shared)?;
    strategies.retain(|name| {
        let named = wanted
            .as_ref()
            .is_none_or(|text| name.as_str().contains(text.as_str()));
        named && query.page.after.as_ref().is_none_or(|after| name > after)
    });
    let mut items = Vec::new();
    for name in strategies {
        if items.len() > query.page.limit.get() {
            break;
        }
        let found = shared
            .unreadable_strategies
            .pass_over(&name, head(shared, &name))?;
        items.extend(
            found
                .filter(|head| head.is_removed == query.removed)
                .map(|head| head.newest),
        );
    }
    Ok(Page::cut(items, query.page.limit, |item| item.name().clone()))
}

fn damaged_ones(shared: &Shared) -> Result<Vec<DamagedStrategy>, StoreError> {
    let mut damaged = Vec::new();
    for name in names(shared)? {
        match head(shared, &name) {
            Err(StoreError::Corrupt { .. }) => {
                let newest = numbers(shared, &name)?.first().copied().unwrap_or_default();
                damaged.push(DamagedStrategy { name, newest });
            }
            found => drop(found?),
        }
    }
    Ok(damaged)
}

fn versions(
    shared: &Shared,
    query: &StrategyVersionsQuery,
) -> Result<Page<StrategyVersion, Version>, StoreError> {
    let mut numbers = numbers(shared, &query.name)?;
    if numbers.is_empty() {
        return Err(StrategyHead::missing(&query.name));
    }
    numbers.retain(|number| query.page.after.is_none_or(|after| *number < after));
    numbers.truncate(query.page.limit.get() + 1);
    let mut items = Vec::with_capacity(numbers.len());
    for number in numbers {
        items.extend(read(shared, &query.name, number)?);
    }
    Ok(Page::cut(items, query.page.limit, |item| item.version))
}

fn remove(shared: &Shared, name: &StrategyName, expected: Option<Version>) -> Result<(), StoreError> {
    let through = StrategyHead::removable(head(shared, name)?.as_ref(), name, expected)?;
    document::write(
        shared,
        &shared.layout.strategy_removed(name),
        &Removed { through },
    )
}

#[async_trait]
impl StrategyStore for FileStore {
    async fn save_strategy(&self, asked: SaveStrategy) -> Result<SavedStrategy, StoreError> {
        self.write(move |shared| save(shared, asked)).await
    }

    async fn replay_strategy(&self, version: &StrategyVersion) -> Result<(), StoreError> {
        let version = version.clone();
        self.write(move |shared| replay(shared, &version)).await
    }

    async fn strategy(
        &self,
        name: &StrategyName,
        version: Option<Version>,
    ) -> Result<Option<StrategyVersion>, StoreError> {
        let (shared, name) = (self.shared.clone(), name.clone());
        self.shared
            .workers
            .run(move || find(&shared, &name, version))
            .await
    }

    async fn strategies(
        &self,
        query: StrategiesQuery,
    ) -> Result<Page<StrategyVersion, StrategyName>, StoreError> {
        let shared = self.shared.clone();
        self.shared.workers.run(move || list(&shared, &query)).await
    }

    async fn damaged_strategies(&self) -> Result<Vec<DamagedStrategy>, StoreError> {
        self.look(damaged_ones).await
    }

    async fn strategy_versions(
        &self,
        query: StrategyVersionsQuery,
    ) -> Result<Page<StrategyVersion, Version>, StoreError> {
        let shared = self.shared.clone();
        self.shared.workers.run(move || versions(&shared, &query)).await
    }

    async fn remove_strategy(
        &self,
        name: &StrategyName,
        expected: Option<Version>,
    ) -> Result<(), StoreError> {
        let name = name.clone();
        self.write(move |shared| remove(shared, &name, expected)).await
    }
}
