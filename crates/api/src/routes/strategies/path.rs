//! The names of strategies and versions in paths.

use domain::{market::Version, strategy::StrategyName};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{problem::ApiError, request::parsed};

/// The part of a strategy's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct NamePart {
    /// What the strategy is called.
    #[param(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$", example = "sma-cross")]
    name: String,
}

/// The parts of a version's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct VersionParts {
    /// What the strategy is called.
    #[param(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$", example = "sma-cross")]
    name: String,
    /// The number of the version.
    #[param(value_type = u64, minimum = 1)]
    version: String,
}

impl NamePart {
    pub(super) fn parse(&self) -> Result<StrategyName, ApiError> {
        parsed("name", &self.name)
    }
}

impl VersionParts {
    pub(super) fn parse(&self) -> Result<(StrategyName, Version), ApiError> {
        let name = parsed("name", &self.name)?;
        Ok((name, Version(parsed("version", &self.version)?)))
    }
}
