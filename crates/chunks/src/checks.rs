//! Comparing a write with what is stored.

use std::borrow::Borrow;

use domain::{
    error::{EntityRef, StoreError},
    market::{Commit, MergeTally, SeriesKey, SetDigest, Version},
};

use crate::describe::LastCommit;

/// Refuses when the head is not the version that the writer expects.
///
/// # Errors
/// [`StoreError::Conflict`] on the series.
pub fn check_expected(key: &SeriesKey, expected: Option<Version>, head: Version) -> Result<(), StoreError> {
    match expected {
        Some(expected) if expected != head => {
            let reason = format!("version {expected} was expected, the newest is {head}");
            Err(StoreError::conflict(EntityRef::Series(key.clone()), reason))
        }
        _ => Ok(()),
    }
}

/// Refuses when the write that `made` under the same idempotency key had another payload.
///
/// # Errors
/// [`StoreError::Conflict`] on the series.
pub fn check_repeated(
    key: &SeriesKey,
    idempotency_key: &str,
    payload: Option<SetDigest>,
    made: &Commit,
) -> Result<(), StoreError> {
    if made.payload == payload {
        return Ok(());
    }
    let reason = format!(
        "the idempotency key `{idempotency_key}` was used for version {} with other contents; take a new key",
        made.version
    );
    Err(StoreError::conflict(EntityRef::Series(key.clone()), reason))
}

/// Refuses a replayed version that is neither stored already nor the next one.
///
/// # Errors
/// [`StoreError::Conflict`] on the version.
pub fn check_follows(key: &SeriesKey, version: Version, head: Version) -> Result<(), StoreError> {
    if version > head.next() || version == Version::EMPTY {
        let reason = format!("it does not follow the newest version, {head}");
        return Err(StoreError::conflict(
            EntityRef::Version(key.clone(), version),
            reason,
        ));
    }
    Ok(())
}

/// Returns the commit that is `stored` with the version of the `replayed` one, if they led to the same bars.
///
/// # Errors
/// [`StoreError::Conflict`] on the version.
pub fn check_same<C: Borrow<Commit>>(
    key: &SeriesKey,
    stored: Option<C>,
    replayed: &Commit,
) -> Result<C, StoreError> {
    stored
        .filter(|stored| stored.borrow().digest == replayed.digest)
        .ok_or_else(|| {
            let entity = EntityRef::Version(key.clone(), replayed.version);
            StoreError::conflict(entity, "another commit has this version")
        })
}

/// Refuses a replayed commit of which the changes, counted by `tally`, do not lead to what it tells.
///
/// # Errors
/// [`StoreError::Invalid`].
pub fn check_replayed(
    key: &SeriesKey,
    last: &LastCommit,
    tally: &MergeTally,
    replayed: &Commit,
) -> Result<(), StoreError> {
    let (version, bars, digest) = last.advanced_by(tally);
    let counts = (replayed.inserted, replayed.changed, replayed.deleted);
    if (replayed.version, replayed.bars, replayed.digest) == (version, bars, digest)
        && counts == (tally.inserted, tally.changed, tally.deleted)
    {
        return Ok(());
    }
    Err(StoreError::Invalid(format!(
        "the changes of version {} of {key} lead to {bars} bars with digest {digest}, \
         not to the {} bars with digest {} that its commit tells of",
        replayed.version, replayed.bars, replayed.digest
    )))
}

/// The error for a replayed commit of which the changes change nothing.
pub fn changes_nothing(key: &SeriesKey, version: Version) -> StoreError {
    StoreError::Invalid(format!(
        "version {version} of {key} changes nothing, though its commit tells otherwise"
    ))
}
