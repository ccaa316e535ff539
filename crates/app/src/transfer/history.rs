//! Comparing the histories of one series: its commits, version by version.

use std::collections::{BTreeSet, VecDeque};

use domain::{
    error::StoreError,
    id::ImportId,
    market::{Commit, CommitsQuery, SeriesKey, Version},
    page::PageRequest,
};

use super::{error::Side, trouble::Trouble};
use crate::stores::Stores;

/// How many commits are asked for at once.
const PAGE: usize = 500;

/// What comparing two histories has shown.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The first version that is not the same on both sides, and what differs.
    pub(super) difference: Option<VersionDifference>,
    /// The imports that the source's commits name.
    pub(super) imports: BTreeSet<ImportId>,
}

/// A version that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VersionDifference {
    pub(super) version: Version,
    pub(super) what: String,
}

/// Compares versions 1 to `source` of one store with versions 1 to `target` of the other, as far as both have them.
pub(super) async fn compare(
    from: &Stores,
    to: &Stores,
    key: &SeriesKey,
    source: Version,
    target: Version,
) -> Result<History, Trouble> {
    let mut ours = Walk::new(from, key, Version::EMPTY, source);
    let mut theirs = Walk::new(to, key, Version::EMPTY, source.min(target));
    let mut history = History::default();
    while let Some(commit) = ours.next().await.map_err(Trouble::at(Side::Source))? {
        history.imports.extend(commit.import_id);
        if commit.version > target {
            continue;
        }
        let other = theirs.next().await.map_err(Trouble::at(Side::Target))?;
        let what = match other {
            Some(other) if other == commit => continue,
            Some(other) => differing_parts(&commit, &other),
            None => "it is missing".to_owned(),
        };
        // The walk goes back in time: what it finds last is the first that differs.
        let version = commit.version;
        history.difference = Some(VersionDifference { version, what });
    }
    Ok(history)
}

fn differing_parts(ours: &Commit, theirs: &Commit) -> String {
    if ours.version != theirs.version {
        return "it is missing".to_owned();
    }
    if (ours.digest, ours.bars) != (theirs.digest, theirs.bars) {
        return format!(
            "the source has {} bars with digest {}, the target {} with {}",
            ours.bars, ours.digest, theirs.bars, theirs.digest
        );
    }
    let parts = [
        ("kind", ours.kind == theirs.kind),
        ("author", ours.author == theirs.author),
        ("time", ours.committed_at == theirs.committed_at),
        ("reason", ours.reason == theirs.reason),
        ("import", ours.import_id == theirs.import_id),
    ];
    let differing: Vec<_> = parts
        .iter()
        .filter(|(_, same)| !same)
        .map(|(name, _)| *name)
        .collect();
    if differing.is_empty() {
        return "the bars are the same, but not what the commits tell besides".to_owned();
    }
    format!(
        "the bars are the same, but they were committed apart from each other ({})",
        differing.join(", ")
    )
}

/// The commits of one series between two versions, the newest first, page by page.
pub(super) struct Walk<'a> {
    stores: &'a Stores,
    key: &'a SeriesKey,
    /// The version below the last one that is wanted.
    behind: Version,
    /// The version above the next one.
    next: Version,
    page: VecDeque<Commit>,
}

impl<'a> Walk<'a> {
    /// Walks from version `last` back to the one that follows `behind`.
    pub(super) fn new(stores: &'a Stores, key: &'a SeriesKey, behind: Version, last: Version) -> Self {
        Self {
            stores,
            key,
            behind,
            next: last.next(),
            page: VecDeque::new(),
        }
    }

    async fn next(&mut self) -> Result<Option<Commit>, StoreError> {
        if self.next.0 <= self.behind.0 + 1 {
            return Ok(None);
        }
        if self.page.is_empty() {
            let key = self.key.clone();
            let page = PageRequest::first(PAGE).after(self.next);
            self.page = self
                .stores
                .prices
                .commits(CommitsQuery { key, page })
                .await?
                .items
                .into();
        }
        let commit = self.page.pop_front();
        if let Some(commit) = &commit {
            self.next = commit.version;
        }
        Ok(commit)
    }
}

/// Returns the commits that follow `behind`, up to `last`, the oldest first; at most as many as a page holds.
pub(super) async fn ascending(
    stores: &Stores,
    key: &SeriesKey,
    behind: Version,
    last: Version,
) -> Result<Vec<Commit>, StoreError> {
    let last = last.min(Version(behind.0 + PAGE as u64));
    let mut walk = Walk::new(stores, key, behind, last);
    let mut commits = Vec::new();
    while let Some(commit) = walk.next().await? {
        commits.push(commit);
    }
    commits.reverse();
    Ok(commits)
}
