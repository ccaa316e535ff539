//! A version's row, read.

use domain::{
    error::StoreError,
    market::{Timestamp, Version},
    strategy::StrategyVersion,
};

use crate::{database::damaged, entities::strategy_version::Model};

impl TryFrom<Model> for StrategyVersion {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let place = format!("strategy_version (name {}, version {})", row.name, row.version);
        let wrong = |column: &str, cause: &dyn std::fmt::Display| {
            damaged(format!("{place}, column {column}"), cause.to_string())
        };
        let version = Self {
            version: Version(u64::try_from(row.version).map_err(|error| wrong("version", &error))?),
            document: serde_json::from_str(&row.document).map_err(|error| wrong("document", &error))?,
            digest: row.digest.parse().map_err(|error| wrong("digest", &error))?,
            author: row.author.parse().map_err(|error| wrong("author", &error))?,
            note: row.note,
            saved_at: Timestamp::from_micros(row.saved_at).map_err(|error| wrong("saved_at", &error))?,
        };
        if version.name().as_str() == row.name {
            Ok(version)
        } else {
            Err(wrong(
                "document",
                &format!("it is one of strategy {}", version.name()),
            ))
        }
    }
}
