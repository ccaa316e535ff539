//! Removing what has ended, by the functions of the database: nothing else takes results away.

use async_trait::async_trait;
use domain::id::{BacktestId, SweepId};

use super::{record, sweep};
use crate::{
    database::{Fault, Lease},
    store::Shared,
    unit::Unit,
};

pub(super) struct RemoveBacktest(pub(super) BacktestId);

#[async_trait]
impl Unit for RemoveBacktest {
    type Done = ();

    async fn run(&self, _: &Shared, lease: &mut Lease) -> Result<(), Fault> {
        let backtest = record::find_and_hold(lease, self.0).await?;
        backtest.check_removable()?;
        let query = sqlx::query("select remove_backtest($1)");
        lease.optional(query.bind(self.0.as_uuid())).await?;
        Ok(())
    }
}

pub(super) struct RemoveSweep(pub(super) SweepId);

#[async_trait]
impl Unit for RemoveSweep {
    type Done = ();

    async fn run(&self, _: &Shared, lease: &mut Lease) -> Result<(), Fault> {
        let sweep = sweep::find_and_hold(lease, self.0).await?;
        sweep.check_removable()?;
        let query = sqlx::query("select remove_sweep($1)");
        lease.optional(query.bind(self.0.as_uuid())).await?;
        Ok(())
    }
}
