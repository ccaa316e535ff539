//! What can't be read and is passed over, so that it keeps nothing else from being listed or run.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use domain::error::{EntityRef, StoreError};

/// The rows that were passed over: each is logged once, however often it is met.
#[derive(Debug, Default)]
pub(crate) struct PassedOver(Mutex<BTreeSet<String>>);

impl PassedOver {
    /// Passes over what is damaged: then there is nothing.
    ///
    /// # Errors
    /// Every error but [`StoreError::Corrupt`].
    pub(crate) fn readable<T>(
        &self,
        entity: &EntityRef,
        read: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match read {
            Err(error @ StoreError::Corrupt { .. }) => {
                self.note(entity, &error);
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    fn note(&self, entity: &EntityRef, error: &StoreError) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.insert(entity.to_string()) {
            tracing::warn!(%entity, %error, "passing over a row that can't be read; restore it from a backup or delete it");
        }
    }
}
