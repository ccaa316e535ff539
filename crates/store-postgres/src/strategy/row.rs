//! A version's row, read.

use std::fmt::Display;

use domain::{
    error::StoreError,
    market::{Timestamp, Version},
    strategy::{StrategyName, StrategyVersion},
};

use crate::{database::damaged, entities::strategy_version::Model};

fn wrong(row: &Model, column: &str, cause: impl Display) -> StoreError {
    let (name, version) = (&row.name, row.version);
    damaged(
        format!("strategy_version (name {name}, version {version}), column {column}"),
        cause.to_string(),
    )
}

/// Reads which strategy a row is of.
pub(super) fn name_of(row: &Model) -> Result<StrategyName, StoreError> {
    row.name.parse().map_err(|error| wrong(row, "name", error))
}

/// Reads which version a row is.
pub(super) fn number_of(row: &Model) -> Result<Version, StoreError> {
    let number = u64::try_from(row.version).map_err(|error| wrong(row, "version", error))?;
    Ok(Version(number))
}

impl TryFrom<Model> for StrategyVersion {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let version = Self {
            version: number_of(&row)?,
            document: serde_json::from_str(&row.document).map_err(|error| wrong(&row, "document", error))?,
            digest: row.digest.parse().map_err(|error| wrong(&row, "digest", error))?,
            author: row.author.parse().map_err(|error| wrong(&row, "author", error))?,
            note: row.note.clone(),
            saved_at: Timestamp::from_micros(row.saved_at).map_err(|error| wrong(&row, "saved_at", error))?,
        };
        if version.name().as_str() == row.name {
            Ok(version)
        } else {
            let other = version.name();
            Err(wrong(&row, "document", format!("it is one of strategy {other}")))
        }
    }
}
