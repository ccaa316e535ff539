//! Reads everything back and compares it with its checksums and digests.

mod records;

use domain::{
    error::StoreError,
    market::{SeriesCheck, SeriesFilter, SeriesKey},
};
use serde::Serialize;

pub use self::records::RecordsCheck;
use crate::{
    progress::{Cancelled, Progress, Stage},
    stores::Stores,
};

/// Why a verification could not be carried out; damage that it finds is no error but its result.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The store could not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It was told to stop.
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
}

/// What a verification has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whether everything matches.
    pub intact: bool,
    /// How many versions were checked.
    pub versions: u64,
    /// How many chunks were read.
    pub chunks: u64,
    /// How many bars they hold.
    pub bars: u64,
    /// How many things do not match.
    pub damages: u64,
    /// Each series, in order of keys.
    pub series: Vec<SeriesCheck>,
    /// The strategies, backtests and sweeps; nothing when series were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<RecordsCheck>,
}

/// Verifies the series of `keys`, or the whole store when there are none: every series, every version of a strategy,
/// every backtest and sweep that has ended.
///
/// # Errors
/// [`VerifyError::Store`] when a series does not exist or the store can't be reached; [`VerifyError::Cancelled`].
pub async fn verify(
    stores: &Stores,
    keys: Vec<SeriesKey>,
    progress: &dyn Progress,
) -> Result<Verification, VerifyError> {
    let whole = keys.is_empty();
    let keys = if whole {
        let heads = stores.all_series(SeriesFilter::default()).await?;
        heads.into_iter().map(|head| head.key).collect()
    } else {
        keys
    };
    progress.begin(&Stage::Verifying, Some(keys.len() as u64));
    let mut series = Vec::with_capacity(keys.len());
    for key in keys {
        Cancelled::check(progress)?;
        let check = stores.prices.verify(&key).await?;
        progress.advance(1, check.bars);
        series.push(check);
    }
    let records = if whole {
        Some(records::check(stores, progress).await?)
    } else {
        None
    };
    let sum = |figure: fn(&SeriesCheck) -> u64| series.iter().map(figure).sum();
    let of_records = records.as_ref().map_or(0, |check| check.damages.len() as u64);
    let damages = sum(|check| check.damages.len() as u64) + of_records;
    Ok(Verification {
        intact: damages == 0,
        versions: sum(|check| check.versions),
        chunks: sum(|check| check.chunks),
        bars: sum(|check| check.bars),
        damages,
        series,
        records,
    })
}

#[cfg(test)]
mod tests;
