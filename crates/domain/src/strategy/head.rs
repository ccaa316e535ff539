//! What is known of a strategy when something is to follow, and what may follow.

use super::{SaveStrategy, SavedStrategy, StrategyName, StrategyVersion};
use crate::{
    error::{EntityRef, StoreError},
    market::{Timestamp, Version},
};

/// The newest version of a strategy, and whether the strategy is in use.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategyHead {
    /// The newest version.
    pub newest: StrategyVersion,
    /// Whether the strategy is removed.
    pub is_removed: bool,
}

impl StrategyHead {
    /// Works out what becomes of a document behind `head`, which is `None` where nothing was ever saved.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version is expected.
    pub fn followed_by(
        head: Option<&Self>,
        save: SaveStrategy,
        now: Timestamp,
    ) -> Result<SavedStrategy, StoreError> {
        let name = &save.document.name;
        let in_use = head.filter(|head| !head.is_removed).map(|head| &head.newest);
        let found = in_use.map_or(Version::EMPTY, |newest| newest.version);
        if let Some(expected) = save.expected.filter(|expected| *expected != found) {
            return Err(StoreError::conflict(
                EntityRef::Strategy(name.clone()),
                unexpected(expected, found),
            ));
        }
        if let Some(newest) = in_use.filter(|newest| newest.digest == save.digest) {
            return Ok(SavedStrategy::Unchanged(newest.clone()));
        }
        let last = head.map(|head| &head.newest);
        // Versions of a strategy are later than one another, whatever the clock does.
        let earliest = last.map_or(now, |last| {
            Timestamp::saturating(last.saved_at.micros().saturating_add(1))
        });
        Ok(SavedStrategy::Saved(StrategyVersion {
            version: last.map_or(Version::EMPTY, |last| last.version).next(),
            document: save.document,
            digest: save.digest,
            author: save.author,
            note: save.note,
            saved_at: now.max(earliest),
        }))
    }

    /// Tells whether `version` is to be stored: it follows `last`, or equals what is `stored` under its number.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is neither.
    pub fn takes(
        version: &StrategyVersion,
        last: Version,
        stored: Option<&StrategyVersion>,
    ) -> Result<bool, StoreError> {
        let number = version.version;
        let problem = match stored {
            Some(stored) if stored == version => return Ok(false),
            Some(_) => "it is another one here".to_owned(),
            None if number == last.next() => return Ok(true),
            None => format!("it does not follow version {last}, the last one here"),
        };
        let entity = EntityRef::StrategyVersion(version.name().clone(), number);
        Err(StoreError::conflict(entity, problem))
    }

    /// Returns the newest version, through which the strategy is removed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not in use; [`StoreError::Conflict`] when another version is expected.
    pub fn removable(
        head: Option<&Self>,
        name: &StrategyName,
        expected: Option<Version>,
    ) -> Result<Version, StoreError> {
        let in_use = head.filter(|head| !head.is_removed);
        let newest = in_use.ok_or_else(|| Self::missing(name))?.newest.version;
        match expected.filter(|expected| *expected != newest) {
            Some(expected) => Err(StoreError::conflict(
                EntityRef::Strategy(name.clone()),
                unexpected(expected, newest),
            )),
            None => Ok(newest),
        }
    }

    /// Says that nothing is stored under `name`.
    pub fn missing(name: &StrategyName) -> StoreError {
        StoreError::NotFound(EntityRef::Strategy(name.clone()))
    }
}

fn unexpected(expected: Version, found: Version) -> String {
    match (expected, found) {
        (Version::EMPTY, found) => {
            format!("it was to be new, but is there in version {found}; save it as the next version of that")
        }
        (expected, Version::EMPTY) => format!("version {expected} was expected, but it is not there"),
        (expected, found) => format!("version {expected} was expected, but the newest is {found}"),
    }
}
