//! Units of work: what is done as a whole or not at all, whatever becomes of the caller.

use std::sync::Arc;

use async_trait::async_trait;
use domain::error::StoreError;
use tokio::task;

use crate::{
    database::{Attempts, Fault, Lane, Lease},
    market::TaskFault,
    store::Shared,
};

/// What one transaction does.
#[async_trait]
pub(crate) trait Unit: Send + Sync + 'static {
    /// What it answers.
    type Done: Send + 'static;

    /// Does it, inside a transaction that is ended by the caller. It is done again when others were in its way.
    async fn run(&self, shared: &Shared, lease: &mut Lease) -> Result<Self::Done, Fault>;
}

/// Carries a unit out to its end: a client that goes away must not cut a transaction off.
pub(crate) async fn carry_out<U: Unit>(
    shared: &Arc<Shared>,
    lane: Lane,
    unit: U,
) -> Result<U::Done, StoreError> {
    let shared = shared.clone();
    let running = task::spawn(async move {
        let mut attempts = Attempts::within(shared.options.lock_wait);
        loop {
            match attempt(&shared, lane, &unit).await {
                Ok(done) => return Ok(done),
                Err(fault) => attempts.again(fault).await?,
            }
        }
    });
    running
        .await
        .map_err(|error| StoreError::unavailable(TaskFault(error)))?
}

async fn attempt<U: Unit>(shared: &Shared, lane: Lane, unit: &U) -> Result<U::Done, Fault> {
    let mut lease = shared.database.lease(lane).await?;
    lease.begin().await?;
    match unit.run(shared, &mut lease).await {
        Ok(done) => {
            lease.commit().await?;
            Ok(done)
        }
        Err(fault) => {
            // When even that fails, the lease is closed, and the server takes everything back.
            drop(lease.roll_back().await);
            Err(fault)
        }
    }
}
