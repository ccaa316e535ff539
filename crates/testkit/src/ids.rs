//! Identifiers that are the same in every run.

use std::sync::{Mutex, PoisonError};

use domain::id::IdSource;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use uuid::{Builder, Uuid};

/// The milliseconds of the first identifier: 2025-01-01.
const FIRST_MILLIS: u64 = 1_735_689_600_000;

/// Makes identifiers of the shape of UUID version 7 out of a seed: each sorts behind the one before.
///
/// Handles that share the source never get the same identifier.
#[derive(Debug)]
pub struct SeededIds {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    millis: u64,
    random: ChaCha8Rng,
}

impl SeededIds {
    /// Makes the source that `seed` stands for.
    pub fn new(seed: u64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self {
            state: Mutex::new(State {
                millis: FIRST_MILLIS,
                random,
            }),
        }
    }
}

impl IdSource for SeededIds {
    fn next_uuid(&self) -> Uuid {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tail = [0; 10];
        state.random.fill_bytes(&mut tail);
        state.millis += 1;
        Builder::from_unix_timestamp_millis(state.millis, &tail).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_repeat_with_their_seed_rise_and_are_of_version_7() {
        let (first, second, other) = (SeededIds::new(1), SeededIds::new(1), SeededIds::new(2));
        let ids: Vec<Uuid> = (0..100).map(|_| first.next_uuid()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(second.next_uuid(), ids[0]);
        assert_ne!(other.next_uuid(), ids[0]);
    }
}
