//! Copying the history of one series: each version that the target lacks is replayed there.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    error::StoreError,
    id::ImportId,
    market::{Changes, Commit, Replay, SeriesHead, Version},
};
use futures::StreamExt;

use super::{
    error::{Side, TransferError},
    history,
    report::Outcome,
    trouble::{Stopped, Trouble},
};
use crate::{
    progress::{Cancelled, Progress},
    stores::Stores,
};

/// One series of a transfer: what it is when the transfer begins, and what becomes of it.
#[derive(Debug)]
pub(super) struct SeriesPlan {
    /// The source's state when the transfer began; what is committed later is not looked at.
    pub(super) head: SeriesHead,
    /// The target's newest version.
    pub(super) target: Version,
    /// The imports that the source's commits name.
    pub(super) imports: BTreeSet<ImportId>,
    /// Why nothing is copied, or nothing more.
    pub(super) stopped: Option<Stopped>,
    /// How many versions were copied, and how many bars they changed.
    pub(super) copied: (u64, u64),
}

impl SeriesPlan {
    /// Compares the histories of both sides.
    pub(super) async fn draw(from: &Stores, to: &Stores, head: SeriesHead) -> Result<Self, TransferError> {
        let mut plan = Self {
            head,
            target: Version::EMPTY,
            imports: BTreeSet::new(),
            stopped: None,
            copied: (0, 0),
        };
        if let Err(trouble) = plan.look(from, to).await {
            plan.stopped = Some(trouble.stops()?);
        }
        Ok(plan)
    }

    async fn look(&mut self, from: &Stores, to: &Stores) -> Result<(), Trouble> {
        let key = self.head.key.clone();
        let target = to.prices.head(&key).await.map_err(Trouble::at(Side::Target))?;
        self.target = target.map_or(Version::EMPTY, |head| head.version);
        if self.target > self.head.version {
            // Another copy may have brought what was committed to the source in between.
            let newest = from.prices.head(&key).await.map_err(Trouble::at(Side::Source))?;
            self.head = newest.unwrap_or_else(|| self.head.clone());
        }
        let source = self.head.version;
        let history = history::compare(from, to, &key, source, self.target).await?;
        self.imports = history.imports;
        self.stopped = match history.difference {
            Some(found) => Some(Stopped::differs(format!(
                "version {} is the first that differs: {}",
                found.version, found.what
            ))),
            None if self.target > source => Some(Stopped {
                outcome: Outcome::Ahead,
                problem: format!(
                    "the target has version {}, the source ends with {source}",
                    self.target
                ),
                damage: None,
            }),
            None => None,
        };
        Ok(())
    }

    /// Returns how many versions the target lacks.
    pub(super) fn lacking(&self) -> u64 {
        match self.stopped {
            Some(_) => 0,
            None => self.head.version.0.saturating_sub(self.target.0),
        }
    }

    /// Replays the versions that the target lacks, one by one.
    pub(super) async fn copy(
        &mut self,
        from: &Stores,
        to: &Stores,
        progress: &dyn Progress,
    ) -> Result<(), TransferError> {
        while self.lacking() > 0 {
            let key = self.head.key.clone();
            let commits = history::ascending(from, &key, self.target, self.head.version).await;
            let commits = match commits {
                Ok(commits) if commits.is_empty() => {
                    let problem = format!("the source has lost version {}", self.target.next());
                    self.stopped = Some(Stopped::differs(problem));
                    return Ok(());
                }
                Ok(commits) => commits,
                Err(error) => {
                    let trouble = Trouble::at(Side::Source)(error);
                    self.stopped = Some(trouble.stops()?);
                    return Ok(());
                }
            };
            for commit in commits {
                Cancelled::check(progress)?;
                let changed = commit.inserted + commit.changed + commit.deleted;
                let version = commit.version;
                if let Err(failure) = replay(from, to, &self.head, commit, progress).await {
                    match failure {
                        Failure::Cancelled(cancelled) => return Err(cancelled.into()),
                        Failure::Trouble(trouble) => self.stopped = Some(trouble.stops()?),
                    }
                    return Ok(());
                }
                self.target = version;
                self.copied.0 += 1;
                self.copied.1 += changed;
                progress.advance(1, 0);
            }
        }
        Ok(())
    }
}

/// Why a version was not replayed.
enum Failure {
    Cancelled(Cancelled),
    Trouble(Trouble),
}

/// What ended a stream of changes, kept here because a store passes on no more than that its input failed.
type Ended = Arc<Mutex<Option<Failure>>>;

async fn replay(
    from: &Stores,
    to: &Stores,
    head: &SeriesHead,
    commit: Commit,
    progress: &dyn Progress,
) -> Result<(), Failure> {
    let before = Version(commit.version.0.saturating_sub(1));
    let ended = Ended::default();
    let noted = Arc::clone(&ended);
    let changes = from.prices.diff(&head.key, before, commit.version);
    let changes = changes.map(move |batch| {
        let failure = match batch {
            Ok(batch) => match Cancelled::check(progress) {
                Ok(()) => {
                    progress.advance(0, size(&batch));
                    return Ok(batch);
                }
                Err(cancelled) => Failure::Cancelled(cancelled),
            },
            Err(error) => Failure::Trouble(Trouble::at(Side::Source)(error)),
        };
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        Err(StoreError::Input("the source has failed".into()))
    });
    let changes = changes.boxed();
    let replayed = to.prices.replay(&head.key, Replay { commit, changes }).await;
    let ended = ended.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (replayed, ended) {
        (_, Some(failure)) => Err(failure),
        (Err(error), None) => Err(Failure::Trouble(Trouble::at(Side::Target)(error))),
        (Ok(_), None) => Ok(()),
    }
}

fn size(changes: &Changes) -> u64 {
    (changes.inserted.len() + changes.after.len() + changes.deleted.len()) as u64
}
