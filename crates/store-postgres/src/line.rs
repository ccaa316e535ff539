//! The line of writers: in one process, one writer of a series at a time.
//!
//! The database alone would keep them apart, at the price of work done in vain: who finds that the series has moved
//! must merge and encode again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use domain::{error::StoreError, market::SeriesKey};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Another writer took too long.
#[derive(Debug, thiserror::Error)]
#[error("another writer of {key} did not end within {} ms; try again", waited.as_millis())]
struct Waited {
    key: SeriesKey,
    waited: Duration,
}

/// The writers of each series.
#[derive(Debug, Default)]
pub(crate) struct WriterLine(Mutex<HashMap<SeriesKey, Weak<Turn<()>>>>);

/// How many series are remembered before those without a writer are forgotten.
const REMEMBERED: usize = 1_024;

impl WriterLine {
    fn turn_of(&self, key: &SeriesKey) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= REMEMBERED {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Turn::new(()));
        turns.insert(key.clone(), Arc::downgrade(&turn));
        turn
    }

    /// Waits for the turn to write a series.
    pub(crate) async fn wait(
        &self,
        key: &SeriesKey,
        limit: Duration,
    ) -> Result<OwnedMutexGuard<()>, StoreError> {
        let turn = self.turn_of(key);
        tokio::time::timeout(limit, turn.lock_owned()).await.map_err(|_| {
            StoreError::unavailable(Waited {
                key: key.clone(),
                waited: limit,
            })
        })
    }
}
