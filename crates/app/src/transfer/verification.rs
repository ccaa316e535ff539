//! Verifying one series of a transfer: both sides are read back and compared.

use std::collections::BTreeSet;

use domain::{
    error::StoreError,
    market::{AsOf, SeriesCheck, SeriesKey, Version},
};

use super::{
    contents::{self, Contents, Read},
    error::{Side, TransferError},
    history,
    report::{MISSING_SERIES, Outcome, SeriesTransfer, SideContents, SideDamage},
    series::SeriesPlan,
    trouble::Stopped,
};
use crate::{progress::Progress, stores::Stores};

/// Reads a series back on both sides and tells what became of it.
pub(super) async fn verify(
    from: &Stores,
    to: &Stores,
    mut plan: SeriesPlan,
    progress: &dyn Progress,
) -> Result<SeriesTransfer, TransferError> {
    let key = plan.head.key.clone();
    let (source, target) = (plan.head.version, plan.target);
    if plan.stopped.is_none() {
        plan.stopped = histories(from, to, &plan).await?;
    }
    let (contents, ours, theirs) = futures::join!(
        contents::compare((from, source), (to, target), &key, progress),
        from.prices.verify(&key),
        check_target(to, &key, target),
    );
    let contents = contents?;
    let mut damages: Vec<SideDamage> = plan
        .stopped
        .iter()
        .filter_map(|stopped| stopped.damage.clone())
        .collect();
    damages.extend(damages_of(Side::Source, ours.map(Some))?);
    damages.extend(damages_of(Side::Target, theirs)?);
    let both = [&contents.source, &contents.target];
    damages.extend(both.into_iter().filter_map(|read| read.damage.clone()));
    let mut told = BTreeSet::new();
    damages.retain(|damage| told.insert((damage.side, damage.entity.clone())));
    let ours = side((from, Side::Source), &key, source, &contents.source).await?;
    let theirs = side((to, Side::Target), &key, target, &contents.target).await?;
    progress.advance(1, 0);
    Ok(judge(plan, &contents, damages, (ours, theirs)))
}

/// Compares all commits once more: what was copied must have become what it was.
async fn histories(from: &Stores, to: &Stores, plan: &SeriesPlan) -> Result<Option<Stopped>, TransferError> {
    let (source, target) = (plan.head.version, plan.target);
    if target == Version::EMPTY {
        return Ok(Some(Stopped::differs(MISSING_SERIES.to_owned())));
    }
    if target < source {
        let first = target.next();
        return Ok(Some(Stopped::differs(format!(
            "version {first} is the first that differs: the target ends with version {target}, the source with {source}"
        ))));
    }
    if plan.copied.0 == 0 {
        // The plan has compared them already.
        return Ok(None);
    }
    match history::compare(from, to, &plan.head.key, source, target).await {
        Err(trouble) => trouble.stops().map(Some),
        Ok(history) => Ok(history.difference.map(|found| {
            Stopped::differs(format!(
                "version {} was not copied as it is: {}",
                found.version, found.what
            ))
        })),
    }
}

async fn check_target(
    to: &Stores,
    key: &SeriesKey,
    target: Version,
) -> Result<Option<SeriesCheck>, StoreError> {
    if target == Version::EMPTY {
        return Ok(None);
    }
    to.prices.verify(key).await.map(Some)
}

fn damages_of(
    side: Side,
    check: Result<Option<SeriesCheck>, StoreError>,
) -> Result<Vec<SideDamage>, TransferError> {
    let damage = |entity: String, problem: String| SideDamage {
        side,
        entity,
        problem,
    };
    match check {
        Ok(check) => {
            let found = check.map(|check| check.damages).unwrap_or_default();
            Ok(found
                .into_iter()
                .map(|found| damage(found.entity, found.problem))
                .collect())
        }
        Err(StoreError::Corrupt { entity, source }) => Ok(vec![damage(entity, source.to_string())]),
        Err(source) => Err(TransferError::Store { side, source }),
    }
}

/// Puts together what one side tells of a version and what was read of it.
async fn side(
    (stores, side): (&Stores, Side),
    key: &SeriesKey,
    version: Version,
    read: &Read,
) -> Result<Option<SideContents>, TransferError> {
    if version == Version::EMPTY {
        return Ok(None);
    }
    let commit = match stores.prices.commit_at(key, AsOf::Version(version)).await {
        Ok(commit) => commit,
        // Told among the damages already.
        Err(StoreError::Corrupt { .. }) => None,
        Err(source) => return Err(TransferError::Store { side, source }),
    };
    let (read_bars, read_digest) = read.whole();
    Ok(commit.map(|commit| SideContents {
        versions: version.0,
        bars: commit.bars,
        digest: commit.digest,
        read_bars,
        read_digest,
    }))
}

fn judge(
    plan: SeriesPlan,
    contents: &Contents,
    damages: Vec<SideDamage>,
    (ours, theirs): (Option<SideContents>, Option<SideContents>),
) -> SeriesTransfer {
    let (read_bars, read_digest) = contents.source.whole();
    let source = ours.unwrap_or(SideContents {
        versions: plan.head.version.0,
        bars: plan.head.bars,
        digest: plan.head.digest,
        read_bars,
        read_digest,
    });
    let sound = source.is_sound() && theirs.is_none_or(|side| side.is_sound());
    let same_bars =
        theirs.is_some_and(|side| side.read_digest == source.read_digest) && contents.difference.is_none();
    let (outcome, problem) = match plan.stopped {
        _ if !damages.is_empty() => (
            Outcome::Damaged,
            Some("what is stored is not what was written".to_owned()),
        ),
        _ if !sound => {
            let problem = "the bars that were read are not those that the commit tells of";
            (Outcome::Damaged, Some(problem.to_owned()))
        }
        Some(stopped) => (stopped.outcome, Some(stopped.problem)),
        None if !same_bars => (Outcome::Differs, Some("the bars are not the same".to_owned())),
        None if plan.copied.0 > 0 => (Outcome::Copied, None),
        None => (Outcome::UpToDate, None),
    };
    SeriesTransfer {
        key: plan.head.key,
        outcome,
        copied_versions: plan.copied.0,
        copied_bars: plan.copied.1,
        source,
        target: theirs,
        problem,
        difference: contents.difference,
        damages,
    }
}
