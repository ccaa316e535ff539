//! Why a strategy was not checked or saved.

use std::fmt;

use domain::{error::StoreError, strategy::StrategyName};
use engine::RuleError;
use tokio::task::JoinError;

/// Everything that is wrong with a document; at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<RuleError>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.0.iter();
        if let Some(first) = lines.next() {
            first.fmt(f)?;
        }
        lines.try_for_each(|mistake| write!(f, "\n{mistake}"))
    }
}

impl std::error::Error for Mistakes {}

/// Why a strategy was not checked or saved.
#[derive(Debug, thiserror::Error)]
pub enum StrategyError {
    /// The document is wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The document is another strategy's.
    #[error(
        "the document is of the strategy `{found}`, not of `{wanted}`; a strategy is not renamed: save the document \
         under its own name"
    )]
    OtherName {
        /// The strategy that was to be saved.
        wanted: StrategyName,
        /// The name in the document.
        found: StrategyName,
    },
    /// The note is no line of text.
    #[error("a note is a line of text of up to {} characters", super::put::MAX_NOTE_CHARS)]
    Note,
    /// The store could not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A task died.
    #[error("a checking task died")]
    Task(#[from] JoinError),
}
