//! Where identifiers come from, and the identifiers themselves.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Makes identifiers that are never used twice; injected, so that tests can repeat themselves.
pub trait IdSource: Send + Sync {
    /// Returns a new identifier (UUID version 7: later ones sort behind earlier ones).
    fn next_uuid(&self) -> Uuid;
}

/// A text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id; ids look like 01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10")]
pub struct IdError {
    text: String,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes the next identifier of `ids`.
            pub fn next(ids: &dyn IdSource) -> Self {
                Self(ids.next_uuid())
            }

            /// Wraps an identifier that was made before.
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the bare identifier.
            pub fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError { text: text.to_owned() })
            }
        }
    };
}

uuid_id! {
    /// Identifies one import.
    ImportId
}

uuid_id! {
    /// Identifies one series from its first commit to its purge; a series made again has a new one.
    SeriesId
}

uuid_id! {
    /// Identifies one backtest.
    BacktestId
}

uuid_id! {
    /// Identifies one sweep.
    SweepId
}

uuid_id! {
    /// Identifies one job: it has the id of the backtest or the sweep that it runs.
    JobId
}

impl From<BacktestId> for JobId {
    fn from(id: BacktestId) -> Self {
        Self(id.0)
    }
}

impl From<SweepId> for JobId {
    fn from(id: SweepId) -> Self {
        Self(id.0)
    }
}
