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
    error::{Side, TransferError},
    records::accepted,
    report::{MISSING_RECORD, RecordDifference, RecordsTransfer},
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
    is_removed: bool,
}

impl StrategyPin {
    /// Pins every strategy of a store, those in use and those that are removed.
    pub(crate) async fn all(stores: &Stores) -> Result<Vec<Self>, StoreError> {
        let mut pins = Vec::new();
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
                    is_removed: removed,
                }));
                let Some(next) = found.next else { break };
                page = PageRequest::first(PAGE).after(next);
            }
        }
        Ok(pins)
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
            let ours = self.ours(pin, number).await?;
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
        if !pin.is_removed {
            return Ok(false);
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
            let problem = match self.difference(pin).await {
                Ok(problem) => problem,
                Err(TransferError::Store {
                    side: Side::Target,
                    source: StoreError::Corrupt { entity, source },
                }) => Some(format!("{entity} is damaged: {source}")),
                Err(error) => return Err(error),
            };
            settled
                .differences
                .extend(problem.map(|problem| RecordDifference {
                    name: pin.name.to_string(),
                    problem,
                }));
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
        let is_removed = self.theirs(pin, None).await?.is_none();
        Ok(match (pin.is_removed, is_removed) {
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
