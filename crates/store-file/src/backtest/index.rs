//! What lists need of every backtest, in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

use domain::{
    backtest::{Backtest, BacktestPosition, BacktestSort, Metrics, Sweep},
    error::StoreError,
    id::{BacktestId, JobId, SweepId},
};

use super::{
    changes::{self, Changed, Note},
    damage::Damages,
    document::{self, Stored},
    sweeps,
};
use crate::{market::visible_entries, store::Shared};

/// What lists need of one backtest.
#[derive(Debug)]
pub(super) struct IndexEntry {
    /// The backtest without what no list asks for.
    pub(super) backtest: Backtest,
    /// The figures that lists are sorted by, in the order of [`BacktestSort::FIGURES`].
    figures: [Option<f64>; BacktestSort::FIGURES.len()],
    /// The sweep without which it is not there.
    with: Option<SweepId>,
}

impl IndexEntry {
    fn of(stored: Stored) -> Self {
        let with = match &stored {
            Stored::Ended(document) => document.with,
            Stored::Waiting(..) => None,
        };
        let mut backtest = stored.into_backtest();
        let figures = BacktestSort::FIGURES.map(|name| backtest.metrics.value(name));
        backtest.metrics = Metrics::default();
        backtest.settings.parameters.clear();
        backtest.failure = None;
        Self {
            backtest,
            figures,
            with,
        }
    }

    /// Returns its place in a list.
    pub(super) fn position(&self, sort: BacktestSort) -> BacktestPosition {
        let rank = match sort {
            BacktestSort::Created => None,
            BacktestSort::Figure(figure) => {
                let place = BacktestSort::FIGURES.iter().position(|name| *name == figure);
                place.and_then(|place| self.figures[place])
            }
        };
        BacktestPosition {
            rank,
            id: self.backtest.id,
        }
    }
}

/// What is known of one sweep.
#[derive(Debug)]
struct SweepEntry {
    has_ended: bool,
    /// The sweep without its rows, once somebody has asked for it.
    head: Option<Sweep>,
}

/// All backtests and sweeps, as they were when the log of changes was last looked at.
#[derive(Debug)]
pub(crate) struct Index {
    backtests: BTreeMap<BacktestId, IndexEntry>,
    sweeps: BTreeMap<SweepId, SweepEntry>,
    /// What is there and can't be read.
    damages: Damages,
    /// How far the log has been read.
    read_to: u64,
    /// What was about to change when it was read.
    changing: BTreeSet<Changed>,
    /// What has changed and was not looked at yet.
    stale: BTreeSet<Changed>,
}

impl Index {
    fn load(shared: &Shared) -> Result<Self, StoreError> {
        let read_to = changes::len(shared)?;
        let mut stale = BTreeSet::new();
        for entry in visible_entries(shared, &shared.layout.backtests())? {
            stale.extend(entry.name.parse().map(Changed::Backtest));
        }
        for entry in visible_entries(shared, &shared.layout.sweeps())? {
            stale.extend(id_of(&entry.name).map(Changed::Sweep));
        }
        for entry in visible_entries(shared, &shared.layout.jobs())? {
            // Whose job it is, only its document tells.
            stale.extend(id_of(&entry.name).map(Changed::Sweep));
            stale.extend(id_of(&entry.name).map(Changed::Backtest));
        }
        let mut index = Self {
            backtests: BTreeMap::new(),
            sweeps: BTreeMap::new(),
            damages: Damages::default(),
            read_to,
            changing: BTreeSet::new(),
            stale,
        };
        index.look_again(shared)?;
        Ok(index)
    }

    /// Reads on in the log, and looks at what has changed.
    fn refresh(&mut self, shared: &Shared, len: u64) -> Result<(), StoreError> {
        if len > self.read_to {
            let (notes, read_to) = changes::read_from(shared, self.read_to)?;
            for note in notes {
                match note {
                    Note::Begins(changed) => {
                        self.changing.insert(changed);
                    }
                    Note::Over(changed) => {
                        self.changing.remove(&changed);
                        self.stale.insert(changed);
                    }
                }
            }
            self.read_to = read_to;
        }
        self.stale.extend(&self.changing);
        self.stale.extend(self.damages.all());
        self.look_again(shared)
    }

    fn look_again(&mut self, shared: &Shared) -> Result<(), StoreError> {
        while let Some(changed) = self.stale.first().copied() {
            match changed {
                Changed::Backtest(id) => {
                    let found = document::find_placed(shared, id);
                    match self.damages.sift(shared, changed, found)? {
                        Some(stored) => drop(self.backtests.insert(id, IndexEntry::of(stored))),
                        None => drop(self.backtests.remove(&id)),
                    }
                }
                Changed::Sweep(id) => {
                    let mut found = sweeps::has_ended(shared, id);
                    if self.damages.has(changed) {
                        // What was damaged must be seen to be whole again.
                        found = sweeps::find_sweep(shared, id).and(found);
                    }
                    match self.damages.sift(shared, changed, found)? {
                        Some(has_ended) => {
                            let head = None;
                            drop(self.sweeps.insert(id, SweepEntry { has_ended, head }));
                        }
                        None => drop(self.sweeps.remove(&id)),
                    }
                }
            }
            self.stale.remove(&changed);
        }
        Ok(())
    }

    /// Looks again at something of which another look has shown that it can't be read.
    pub(super) fn look_at(
        &mut self,
        shared: &Shared,
        damaged: impl IntoIterator<Item = Changed>,
    ) -> Result<(), StoreError> {
        self.stale.extend(damaged);
        self.look_again(shared)
    }

    /// Returns what can't be read.
    pub(super) fn damages(&self) -> &Damages {
        &self.damages
    }

    /// Walks over the backtests that are there.
    pub(super) fn backtests(&self) -> impl Iterator<Item = &IndexEntry> {
        self.backtests.values().filter(|entry| self.is_there(entry))
    }

    /// Returns up to so many sweeps without their rows, the newest first; those that can't be read are left out.
    pub(super) fn sweep_heads(
        &mut self,
        shared: &Shared,
        after: Option<SweepId>,
        most: usize,
    ) -> Result<Vec<Sweep>, StoreError> {
        let ids: Vec<SweepId> = match after {
            Some(after) => self.sweeps.range(..after).rev().map(|(id, _)| *id).collect(),
            None => self.sweeps.keys().rev().copied().collect(),
        };
        let mut heads = Vec::new();
        for id in ids {
            if heads.len() == most {
                break;
            }
            heads.extend(self.sweep_head(shared, id)?);
        }
        Ok(heads)
    }

    fn sweep_head(&mut self, shared: &Shared, id: SweepId) -> Result<Option<Sweep>, StoreError> {
        if let Some(head) = self.sweeps.get(&id).and_then(|entry| entry.head.as_ref()) {
            return Ok(Some(head.clone()));
        }
        let (changed, found) = (Changed::Sweep(id), sweeps::find_sweep(shared, id));
        let head = self.damages.sift(shared, changed, found)?.map(|sweep| Sweep {
            rows: Vec::new(),
            ..sweep
        });
        if self.damages.has(changed) {
            self.sweeps.remove(&id);
        } else if let Some(entry) = self.sweeps.get_mut(&id) {
            entry.head.clone_from(&head);
        }
        Ok(head)
    }

    /// Lists the runs that were stored together with a sweep.
    pub(super) fn runs_with(&self, sweep: SweepId) -> Vec<BacktestId> {
        let of = |entry: &&IndexEntry| entry.with == Some(sweep);
        self.backtests()
            .filter(of)
            .map(|entry| entry.backtest.id)
            .collect()
    }

    /// Lists the runs that were to be stored together with a sweep that did not come.
    pub(super) fn leftovers(&self) -> Vec<BacktestId> {
        let entries = self.backtests.values();
        let left = entries.filter(|entry| !self.is_there(entry));
        left.map(|entry| entry.backtest.id).collect()
    }

    fn is_there(&self, entry: &IndexEntry) -> bool {
        let has_ended = |sweep: SweepId| {
            let known = self.sweeps.get(&sweep);
            known.is_some_and(|sweep| sweep.has_ended) || self.damages.has_ended(sweep)
        };
        entry.with.is_none_or(has_ended)
    }
}

/// Reads the name of a document.
fn id_of<T: std::str::FromStr>(name: &str) -> Option<T> {
    name.strip_suffix(".json")?.parse().ok()
}

/// Takes note of a job that can't be read; what it runs, nobody can tell.
pub(crate) fn look_at_unreadable(shared: &Shared, job: JobId) -> Result<(), StoreError> {
    let id = job.as_uuid();
    let damaged = [
        Changed::Backtest(BacktestId::from_uuid(id)),
        Changed::Sweep(SweepId::from_uuid(id)),
    ];
    with_index(shared, |index| index.look_at(shared, damaged))?
}

/// Looks at the index as it is now.
pub(super) fn with_index<T>(shared: &Shared, look: impl FnOnce(&mut Index) -> T) -> Result<T, StoreError> {
    // A panic leaves the index whole, or with something still to be looked at.
    let mut kept = shared.runs.lock().unwrap_or_else(PoisonError::into_inner);
    let len = changes::len(shared)?;
    let known = kept.take().filter(|index| index.read_to <= len);
    let index = kept.insert(match known {
        Some(index) => index,
        None => Index::load(shared)?,
    });
    index.refresh(shared, len)?;
    Ok(look(index))
}
