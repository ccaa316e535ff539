//! Why a transfer could not be carried out.

use std::fmt;

use domain::error::StoreError;
use serde::Serialize;

use super::selection::SeriesGlob;
use crate::progress::Cancelled;

/// One of the two stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The store that is copied from.
    Source,
    /// The store that is copied to.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// Why a transfer ended early. What differs or is damaged is no error but its result; whole versions that were
/// copied before stay, and the next run goes on behind them.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A store could not answer.
    #[error("the {side} store: {source}")]
    Store {
        /// Which.
        side: Side,
        /// Why.
        source: StoreError,
    },
    /// The pattern fits no series.
    #[error("no series of the source store fits `{0}`")]
    NothingMatches(SeriesGlob),
    /// It was told to stop.
    #[error("cancelled; what was copied so far stays, and copying again goes on from there")]
    Cancelled(#[from] Cancelled),
}

impl TransferError {
    /// Says that the source could not answer.
    pub(super) fn source(source: StoreError) -> Self {
        let side = Side::Source;
        Self::Store { side, source }
    }

    /// Says that the target could not answer.
    pub(super) fn target(source: StoreError) -> Self {
        let side = Side::Target;
        Self::Store { side, source }
    }
}
