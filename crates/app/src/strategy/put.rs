//! Saving a document as the next version of its strategy.

use domain::{
    market::{Author, Version},
    strategy::{SaveStrategy, SavedStrategy, StrategyName},
};

use super::{
    check::{DocumentText, check},
    error::StrategyError,
};
use crate::stores::Stores;

/// How long a note may be.
pub(super) const MAX_NOTE_CHARS: usize = 1_000;

/// Asks for a document to be checked and saved.
#[derive(Debug, Clone)]
pub struct PutStrategy {
    /// The document.
    pub text: DocumentText,
    /// The strategy that it must be of; any when not given.
    pub name: Option<StrategyName>,
    /// Who saves it.
    pub author: Author,
    /// What the author writes about it.
    pub note: Option<String>,
    /// The version that the strategy must have now, if that matters; 0 expects that there is no such strategy.
    pub expected: Option<Version>,
}

/// Checks a document and saves it. One that says the same as the newest version makes no version.
///
/// # Errors
/// Those of [`check`]; [`StrategyError::OtherName`], [`StrategyError::Note`], and [`StrategyError::Store`] with a
/// conflict when another version is there than was expected.
pub async fn put(stores: &Stores, put: PutStrategy) -> Result<SavedStrategy, StrategyError> {
    let PutStrategy {
        text,
        name,
        author,
        note,
        expected,
    } = put;
    if note.as_deref().is_some_and(|note| !is_line(note)) {
        return Err(StrategyError::Note);
    }
    let checked = check(text).await?;
    if let Some(wanted) = name.filter(|name| *name != checked.document.name) {
        return Err(StrategyError::OtherName {
            wanted,
            found: checked.document.name,
        });
    }
    let save = SaveStrategy {
        document: checked.document,
        digest: checked.digest,
        author,
        note,
        expected,
    };
    Ok(stores.strategies.save_strategy(save).await?)
}

/// Tells whether a note can be shown on a terminal as it is.
fn is_line(note: &str) -> bool {
    note.chars().count() <= MAX_NOTE_CHARS && !note.chars().any(char::is_control)
}
