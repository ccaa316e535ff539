//! Strategies: versions that the target lacks are replayed there, then both sides are compared.
//!
//! What is pinned at the beginning is what is copied and compared: what is saved meanwhile waits for the next transfer.

use domain::{
    error::StoreError,
    market::Version,
    page::PageRequest,
    strategy::{StrategiesQuery, StrategyName, StrategyVersion},
};

use super::{
    error::TransferError,
    records::{accepted, readable},
    report::{MISSING_RECORD, RecordsTransfer},
};
use crate::{
    progress::{Cancelled, Progress},
    stores::Stores,
};

/// How many strategies are asked for at once.
const PAGE: usize = 100;

/// A strategy of the source, as it was when the transfer began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StrategyPin {
    name: StrategyName,
    newest: Version,
    /// Whether it is removed; `None` when that was damaged, or its newest version.
    is_removed: Option<bool>,
}

impl StrategyPin {
    /// Pins every strategy of a store, those in use, those that are removed and those that can't be read.
    pub(crate) async fn all(stores: &Stores) -> Result<Vec<Self>, StoreError> {
        // Lists leave out what can't be read; it is named all the same.
        let damaged = stores.strategies.damaged_strategies().await?;
        let mut pins: Vec<_> = damaged
            .into_iter()
            .map(|strategy| Self {
                name: strategy.name,
                newest: strategy.newest,
                is_removed: None,
            })
            .collect();
        for removed in [false, true] {
            let mut page = PageRequest::first(PAGE);
            loop {
                let query = StrategiesQuery {
                    text: None,
                    removed,
                    page,
                };
                let found = stores.strategies.strategies(query).await?;
                pins.extend(found.items.into_iter().map(|newest| Self {
                    newest: newest.version,
                    name: newest.document.name,
                    is_removed: Some(removed),
                }));
                let Some(next) = found.next else { break };
                page = PageRequest::first(PAGE).after(next);
            }
        }
        pins.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        // What was mended meanwhile is there twice; either serves.
        pins.dedup_by(|a, b| a.name == b.name);
        Ok(pins)
    }

    /// Returns whether the strategy is removed; where that could not be read, asks again.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it still can't be read.
    pub(crate) async fn is_removed(&self, stores: &Stores) -> Result<bool, StoreError> {
        match self.is_removed {
            Some(is_removed) => Ok(is_removed),
            None => Ok(stores.strategies.strategy(&self.name, None).await?.is_none()),
        }
    }

    pub(crate) fn name(&self) -> &StrategyName {
        &self.name
    }

    pub(crate) fn versions(&self) -> impl Iterator<Item = Version> + use<> {
        (1..=self.newest.0).map(Version)
    }
}

/// The strategies of a transfer.
pub(super) struct Strategies<'a> {
    pub(super) from: &'a Stores,
    pub(super) to: &'a Stores,
    pub(super) progress: &'a dyn Progress,
    pub(super) pins: &'a [StrategyPin],
}

impl Strategies<'_> {
    /// Copies what the target lacks, and returns how many strategies got something.
    pub(super) async fn copy(&self) -> Result<u64, TransferError> {
        let mut copied = 0;
        for pin in self.pins {
            copied += u64::from(self.copy_one(pin).await?);
        }
        Ok(copied)
    }

    async fn copy_one(&self, pin: &StrategyPin) -> Result<bool, TransferError> {
        let mut copied = false;
        for number in pin.versions() {
            Cancelled::check(self.progress)?;
            // What is damaged is named when both sides are compared; what follows it has no place without it.
            let Ok(ours) = readable(self.ours(pin, number).await)? else {
                return Ok(copied);
            };
            match self.to.strategies.strategy(&pin.name, Some(number)).await {
                Ok(Some(theirs)) if theirs == ours => {}
                Ok(None) if accepted(self.to.strategies.replay_strategy(&ours).await)? => copied = true,
                // What stands in the way is named when both sides are compared.
                Ok(_) | Err(StoreError::Corrupt { .. }) => return Ok(copied),
                Err(error) => return Err(TransferError::target(error)),
            }
        }
        Ok(self.follow_removal(pin).await? || copied)
    }

    /// Removes a strategy whose versions are those of a removed one: its last one that came took it into use.
    async fn follow_removal(&self, pin: &StrategyPin) -> Result<bool, TransferError> {
        match pin.is_removed(self.from).await {
            Ok(true) => {}
            Ok(false) | Err(StoreError::Corrupt { .. }) => return Ok(false),
            Err(error) => return Err(TransferError::source(error)),
        }
        let in_use = match self.to.strategies.strategy(&pin.name, None).await {
            Ok(newest) => newest,
            Err(StoreError::Corrupt { .. }) => return Ok(false),
            Err(error) => return Err(TransferError::target(error)),
        };
        if in_use.is_none_or(|newest| newest.version != pin.newest) {
            return Ok(false);
        }
        let removal = self.to.strategies.remove_strategy(&pin.name, Some(pin.newest));
        match removal.await {
            // Somebody else has removed it meanwhile.
            Err(StoreError::NotFound(_)) => Ok(false),
            removed => accepted(removed),
        }
    }

    /// Compares every version of every strategy.
    pub(super) async fn compare(&self) -> Result<RecordsTransfer, TransferError> {
        let mut settled = RecordsTransfer::default();
        for pin in self.pins {
            settled.records += 1;
            let problem = readable(self.difference(pin).await)?.unwrap_or_else(|damage| {
                // Nobody can tell whether it was removed, then.
                let in_use = "what could be read of it is in use in the target";
                Some(match pin.is_removed {
                    None => format!("{damage}; {in_use}"),
                    Some(_) => damage,
                })
            });
            settled.note_problem(pin.name.to_string(), problem);
        }
        Ok(settled)
    }

    async fn difference(&self, pin: &StrategyPin) -> Result<Option<String>, TransferError> {
        for number in pin.versions() {
            Cancelled::check(self.progress)?;
            let ours = self.ours(pin, number).await?;
            match self.theirs(pin, Some(number)).await? {
                Some(theirs) if theirs == ours => {}
                Some(_) => return Ok(Some(format!("version {number} is another one in the target"))),
                None if number.0 == 1 => return Ok(Some(MISSING_RECORD.to_owned())),
                None => return Ok(Some(format!("version {number} is not in the target"))),
            }
        }
        let further = pin.newest.next();
        if self.theirs(pin, Some(further)).await?.is_some() {
            let problem = format!("the target has further versions, from version {further} on");
            return Ok(Some(problem));
        }
        let ours = pin.is_removed(self.from).await.map_err(TransferError::source)?;
        let theirs = self.theirs(pin, None).await?.is_none();
        Ok(match (ours, theirs) {
            (true, false) => Some("it is removed in the source, and in use in the target".to_owned()),
            (false, true) => Some(
                "it is in use in the source, and removed in the target; a new version of it brings it back"
                    .to_owned(),
            ),
            _ => None,
        })
    }

    async fn ours(&self, pin: &StrategyPin, number: Version) -> Result<StrategyVersion, TransferError> {
        let found = self.from.strategies.strategy(&pin.name, Some(number)).await;
        let missing = || {
            let entity = format!("strategy {}", pin.name);
            StoreError::corrupt(entity, format!("version {number} is missing"))
        };
        found
            .and_then(|found| found.ok_or_else(missing))
            .map_err(TransferError::source)
    }

    async fn theirs(
        &self,
        pin: &StrategyPin,
        number: Option<Version>,
    ) -> Result<Option<StrategyVersion>, TransferError> {
        let found = self.to.strategies.strategy(&pin.name, number).await;
        found.map_err(TransferError::target)
    }
}
