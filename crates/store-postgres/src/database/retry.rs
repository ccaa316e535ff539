//! Doing a unit of work again when others were in its way.

use std::time::Duration;

use domain::error::StoreError;

use super::Fault;

/// How often a unit is done again.
const MOST: u32 = 5;

/// Counts attempts and pauses between them.
#[derive(Debug, Default)]
pub(crate) struct Attempts(u32);

impl Attempts {
    /// Waits a little, longer each time and never equally long for two, unless the fault is final.
    pub(crate) async fn again(&mut self, fault: Fault) -> Result<(), StoreError> {
        if !matches!(fault, Fault::Crossed(_)) || self.0 >= MOST {
            return Err(fault.into());
        }
        self.0 += 1;
        let jitter = rand::random_range(1..=10_u64);
        tokio::time::sleep(Duration::from_millis(jitter << self.0)).await;
        Ok(())
    }
}
