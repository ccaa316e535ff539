//! New jobs.

use async_trait::async_trait;
use domain::{
    id::{BacktestId, SweepId},
    job::Work,
};

use super::life::kind_name;
use crate::{
    backtest,
    database::{Fault, Lease},
    store::Shared,
    unit::Unit,
};

/// Stores what is to be run, and the job to run it.
pub(super) struct Enqueue(pub(super) Work);

#[async_trait]
impl Unit for Enqueue {
    type Done = ();

    async fn run(&self, _: &Shared, lease: &mut Lease) -> Result<(), Fault> {
        let id = self.0.id().as_uuid();
        if !self.0.is_missing_beside(stored(lease, &self.0).await?.as_ref())? {
            return Ok(());
        }
        match &self.0 {
            Work::Backtest(backtest) => backtest::add_queued(lease, backtest).await?,
            Work::Sweep(sweep) => backtest::add_sweep(lease, sweep).await?,
        }
        let query = sqlx::query("insert into job (id, kind) values ($1, $2)");
        lease
            .execute(query.bind(id).bind(kind_name(self.0.kind())))
            .await?;
        Ok(())
    }
}

/// Returns what is stored under the id of what is to be run.
async fn stored(lease: &mut Lease, work: &Work) -> Result<Option<Work>, Fault> {
    let id = work.id().as_uuid();
    if let Some(backtest) = backtest::find(lease, BacktestId::from_uuid(id)).await? {
        return Ok(Some(Work::Backtest(Box::new(backtest))));
    }
    let sweep = backtest::find_sweep(lease, SweepId::from_uuid(id)).await?;
    Ok(sweep.map(|sweep| Work::Sweep(Box::new(sweep))))
}
