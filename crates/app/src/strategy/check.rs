//! Reading a document and checking it as a whole.

use domain::{
    market::{Column, Sha256Hex},
    strategy::StrategyDocument,
};

use super::error::{Mistakes, StrategyError};

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// For people.
    Toml,
    /// For programs.
    Json,
}

/// A text that is to be a strategy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentText {
    /// The text.
    pub text: String,
    /// How it is written.
    pub syntax: Syntax,
}

/// A document that was read and found right.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedStrategy {
    /// What it says.
    pub document: StrategyDocument,
    /// Its canonical JSON text: documents that say the same have the same.
    pub canonical: String,
    /// The SHA-256 of that text.
    pub digest: Sha256Hex,
    /// For how many bars at the beginning some rule is undefined, with the default parameters.
    pub warm_up: usize,
    /// The columns of the bars that the rules read.
    pub columns: Vec<Column>,
}

impl DocumentText {
    fn check(&self) -> Result<CheckedStrategy, Mistakes> {
        let parse = match self.syntax {
            Syntax::Toml => engine::parse_toml,
            Syntax::Json => engine::parse_json,
        };
        let document = parse(&self.text).map_err(Mistakes)?;
        let checked = engine::check(&document).map_err(|errors| match self.syntax {
            Syntax::Toml => Mistakes(engine::place_in_toml(&self.text, errors)),
            Syntax::Json => Mistakes(errors),
        })?;
        Ok(CheckedStrategy {
            canonical: engine::canonical_json(&document),
            digest: Sha256Hex::from_bytes(engine::document_digest(&document)),
            warm_up: checked.warm_up(),
            columns: checked.columns().iter().collect(),
            document,
        })
    }
}

/// Reads a document and checks it as a whole; nothing is saved.
///
/// # Errors
/// [`StrategyError::Mistakes`] with everything that is wrong. The places of mistakes are those in the text if it is
/// TOML; in JSON, where a rule is one escaped line, they are those in the rule.
pub async fn check(text: DocumentText) -> Result<CheckedStrategy, StrategyError> {
    // The longest documents take some milliseconds.
    let checked = tokio::task::spawn_blocking(move || text.check()).await?;
    Ok(checked?)
}
