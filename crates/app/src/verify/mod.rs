//! Reads series back and compares everything with its checksums and digests.

use domain::{
    error::StoreError,
    market::{SeriesCheck, SeriesFilter, SeriesKey},
};
use serde::Serialize;

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
}

/// Verifies the series of `keys`, or every series when there are none.
///
/// # Errors
/// [`VerifyError::Store`] when a series does not exist or the store can't be reached; [`VerifyError::Cancelled`].
pub async fn verify(
    stores: &Stores,
    keys: Vec<SeriesKey>,
    progress: &dyn Progress,
) -> Result<Verification, VerifyError> {
    let keys = if keys.is_empty() {
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
    let sum = |figure: fn(&SeriesCheck) -> u64| series.iter().map(figure).sum();
    let damages = sum(|check| check.damages.len() as u64);
    Ok(Verification {
        intact: damages == 0,
        versions: sum(|check| check.versions),
        chunks: sum(|check| check.chunks),
        bars: sum(|check| check.bars),
        damages,
        series,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        fixture::{Fixture, key, rising},
        progress::Unobserved,
    };

    const DAY: i64 = 86_400_000_000;

    #[tokio::test]
    async fn finds_the_series_whose_chunk_was_damaged() {
        let fixture = Fixture::new();
        let (sound, damaged) = (key("X:A/1d"), key("X:B/1d"));
        for key in [&sound, &damaged] {
            fixture.write(key, rising("2024-01-01", DAY, 50)).await;
        }
        let before = verify(&fixture.stores, Vec::new(), &Unobserved).await.unwrap();
        assert!(before.intact);
        assert_eq!((before.series.len(), before.bars), (2, 100));

        let files = fixture
            .stores
            .files
            .as_ref()
            .unwrap()
            .files(&damaged)
            .await
            .unwrap();
        let mut bytes = fs::read(&files[0]).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&files[0], bytes).unwrap();
        let after = verify(&fixture.stores, Vec::new(), &Unobserved).await.unwrap();
        assert!(!after.intact);
        let broken: Vec<_> = after
            .series
            .iter()
            .filter(|check| !check.damages.is_empty())
            .collect();
        assert_eq!(
            broken.iter().map(|check| &check.key).collect::<Vec<_>>(),
            [&damaged]
        );
        assert!(
            verify(&fixture.stores, vec![sound], &Unobserved)
                .await
                .unwrap()
                .intact
        );
    }
}
