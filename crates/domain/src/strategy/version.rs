//! Saved versions of strategies.

use serde::{Deserialize, Serialize};

use super::{StrategyDocument, StrategyName};
use crate::market::{Author, Sha256Hex, Timestamp, Version};

/// A document as it was saved once; it never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyVersion {
    /// Its number: 1 is the first document saved under the name.
    pub version: Version,
    /// What was saved. Its name is the strategy's.
    pub document: StrategyDocument,
    /// The SHA-256 of the document's canonical JSON: documents that say the same have the same.
    pub digest: Sha256Hex,
    /// Who saved it.
    pub author: Author,
    /// What the author wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was saved, later than the version before.
    pub saved_at: Timestamp,
}

impl StrategyVersion {
    /// Returns the strategy's name.
    pub fn name(&self) -> &StrategyName {
        &self.document.name
    }
}
