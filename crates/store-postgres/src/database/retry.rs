//! Doing a unit of work again when others were in its way.

use std::time::{Duration, Instant};

use domain::error::StoreError;

use super::Fault;

/// How often a unit is done again.
const MOST: u32 = 5;

/// Counts attempts and pauses between them.
#[derive(Debug)]
pub(crate) struct Attempts {
    made: u32,
    until: Instant,
}

impl Attempts {
    /// Goes on for as long as the caller is ready to wait.
    pub(crate) fn within(limit: Duration) -> Self {
        Self {
            made: 0,
            until: Instant::now() + limit,
        }
    }

    /// Waits a little, longer each time and never equally long for two, unless the fault is final.
    pub(crate) async fn again(&mut self, fault: Fault) -> Result<(), StoreError> {
        let is_over = self.made >= MOST || Instant::now() >= self.until;
        if is_over || !matches!(fault, Fault::Crossed(_)) {
            return Err(fault.into());
        }
        self.made += 1;
        let jitter = rand::random_range(1..=10_u64);
        tokio::time::sleep(Duration::from_millis(jitter << self.made)).await;
        Ok(())
    }
}
