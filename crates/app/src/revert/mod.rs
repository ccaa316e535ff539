//! Brings an earlier version's contents back.

use domain::{
    error::{EntityRef, StoreError},
    market::{Commit, Revert, SeriesKey, Version, WriteMeta, Written},
};
use serde::Serialize;

use crate::stores::Stores;

/// Why a revert was not made.
#[derive(Debug, thiserror::Error)]
pub enum RevertError {
    /// The version is the newest one.
    #[error("version {version} is the newest version of {key} already")]
    IsHead {
        /// The series.
        key: SeriesKey,
        /// The version.
        version: Version,
    },
    /// The store refused or failed.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// What became of a revert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reverted {
    /// The series.
    pub key: SeriesKey,
    /// The version whose contents it has again.
    pub to: Version,
    /// The newest version before.
    pub before: Version,
    /// The commit that was made; `None` when the contents were the same already.
    pub commit: Option<Commit>,
}

/// Makes a new version of `key` with the contents of version `to`; 0 empties the series.
///
/// # Errors
/// [`RevertError::IsHead`] when there is nothing to revert; [`RevertError::Store`] when the series or the version
/// does not exist, or another writer was faster.
pub async fn revert(
    stores: &Stores,
    key: SeriesKey,
    to: Version,
    meta: WriteMeta,
) -> Result<Reverted, RevertError> {
    let head = stores.prices.head(&key).await?;
    let head = head.ok_or_else(|| StoreError::NotFound(EntityRef::Series(key.clone())))?;
    if to == head.version {
        return Err(RevertError::IsHead { key, version: to });
    }
    let before = head.version;
    let written = stores
        .prices
        .revert(
            &key,
            Revert {
                to,
                expected: Some(before),
                meta,
            },
        )
        .await?;
    let commit = match written {
        Written::Committed(commit) | Written::Repeated(commit) => Some(commit),
        Written::Unchanged(_) => None,
    };
    Ok(Reverted {
        key,
        to,
        before,
        commit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, author, key, rising};

    const DAY: i64 = 86_400_000_000;

    #[tokio::test]
    async fn an_earlier_version_comes_back_as_a_new_one() {
        let fixture = Fixture::new();
        let key = key("X:A/1d");
        fixture.write(&key, rising("2024-01-01", DAY, 3)).await;
        fixture.write(&key, rising("2024-01-01", DAY, 5)).await;
        let meta = || WriteMeta::by(author());
        let reverted = revert(&fixture.stores, key.clone(), Version(1), meta())
            .await
            .unwrap();
        let commit = reverted.commit.unwrap();
        assert_eq!((commit.version, commit.deleted, commit.bars), (Version(3), 2, 3));

        let equal = revert(&fixture.stores, key.clone(), Version(1), meta())
            .await
            .unwrap();
        assert_eq!(equal.commit, None);
        let head = revert(&fixture.stores, key.clone(), Version(3), meta()).await;
        assert!(matches!(head, Err(RevertError::IsHead { .. })));
        let unknown = revert(&fixture.stores, key, Version(9), meta()).await;
        assert!(matches!(
            unknown,
            Err(RevertError::Store(StoreError::NotFound(_)))
        ));
    }
}
