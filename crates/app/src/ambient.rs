//! The clock and the randomness of the machine: the one place that reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{clock::Clock, id::IdSource, market::Timestamp};
use uuid::Uuid;

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is given"
    )]
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
        };
        Timestamp::saturating(micros)
    }
}

/// Identifiers from the machine's clock and random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the source of ids that everything else is given"
    )]
    fn next_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}
