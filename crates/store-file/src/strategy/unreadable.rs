//! Strategies that can't be read.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use domain::{error::StoreError, strategy::StrategyName};

/// The strategies that lists leave out, so that they keep no other from being listed: each is logged once, however
/// often it is met.
#[derive(Debug, Default)]
pub(crate) struct UnreadableStrategies(Mutex<BTreeSet<StrategyName>>);

impl UnreadableStrategies {
    /// Passes on what was found; of what is damaged there is nothing.
    pub(super) fn pass_over<T>(
        &self,
        name: &StrategyName,
        found: Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match found {
            Err(StoreError::Corrupt { entity, source }) => {
                if known.insert(name.clone()) {
                    tracing::warn!(
                        path = entity,
                        problem = %source,
                        "a strategy is damaged and left out of lists; restore it from a backup, or move it away"
                    );
                }
                Ok(None)
            }
            found => {
                let found = found?;
                // What was mended and is damaged again is logged again.
                known.remove(name);
                Ok(found)
            }
        }
    }
}
