//! What is stored of backtests and sweeps and can't be read.

use std::collections::BTreeMap;

use domain::{
    error::{EntityRef, StoreError},
    id::{BacktestId, SweepId},
    market::SeriesKey,
};

use super::changes::Changed;
use crate::store::Shared;

/// Where something can't be read.
#[derive(Debug)]
struct Damage {
    /// The document, as the error names it.
    document: String,
    /// Whether it lies where those lie that have ended, and not in the folder of jobs alone.
    has_ended: bool,
}

/// The backtests and sweeps that can't be read. They are left out of lists and keep nothing else from being found; whoever
/// asks for one of them is told what is damaged. They are looked at again each time, as people put files back.
#[derive(Debug, Default)]
pub(super) struct Damages(BTreeMap<Changed, Damage>);

impl Damages {
    /// Passes on what was found, and remembers what can't be read, which counts as not found.
    pub(super) fn sift<T>(
        &mut self,
        shared: &Shared,
        changed: Changed,
        found: Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match found {
            Err(StoreError::Corrupt { entity, source }) => {
                let place = match changed {
                    Changed::Backtest(id) => shared.layout.backtest(id).document(),
                    Changed::Sweep(id) => shared.layout.sweep(id),
                };
                let damage = Damage {
                    document: entity,
                    has_ended: shared.has_file(&place)?,
                };
                if !self.0.values().any(|known| known.document == damage.document) {
                    tracing::warn!(
                        path = damage.document,
                        problem = %source,
                        "a document is damaged and left out of lists and of the queue; restore it from a backup, or move it away"
                    );
                }
                self.0.insert(changed, damage);
                Ok(None)
            }
            found => {
                let found = found?;
                self.0.remove(&changed);
                Ok(found)
            }
        }
    }

    pub(super) fn has(&self, changed: Changed) -> bool {
        self.0.contains_key(&changed)
    }

    /// Tells whether a sweep has ended, though it can't be read.
    pub(super) fn has_ended(&self, sweep: SweepId) -> bool {
        let damage = self.0.get(&Changed::Sweep(sweep));
        damage.is_some_and(|damage| damage.has_ended)
    }

    /// Returns all that there are.
    pub(super) fn all(&self) -> impl Iterator<Item = Changed> {
        self.0.keys().copied()
    }

    fn ended(&self) -> impl Iterator<Item = Changed> {
        let ended = self.0.iter().filter(|(_, damage)| damage.has_ended);
        ended.map(|(changed, _)| *changed)
    }

    /// Lists the backtests that have ended.
    pub(super) fn backtests(&self) -> Vec<BacktestId> {
        let ids = self.ended().filter_map(|changed| match changed {
            Changed::Backtest(id) => Some(id),
            Changed::Sweep(_) => None,
        });
        ids.collect()
    }

    /// Lists the sweeps that have ended.
    pub(super) fn sweeps(&self) -> Vec<SweepId> {
        let ids = self.ended().filter_map(|changed| match changed {
            Changed::Sweep(id) => Some(id),
            Changed::Backtest(_) => None,
        });
        ids.collect()
    }

    /// Checks that nothing is damaged that could hold a series: nobody can tell what it reads.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] naming a document.
    pub(super) fn check_purge(&self, key: &SeriesKey) -> Result<(), StoreError> {
        let Some(damage) = self.0.values().next() else {
            return Ok(());
        };
        let reason = format!(
            "{} is damaged, so nobody can tell whether it reads the series; restore it from a backup or move it away first",
            damage.document
        );
        Err(StoreError::conflict(EntityRef::Series(key.clone()), reason))
    }
}
