//! What people change of a backtest.

use async_trait::async_trait;
use domain::{
    backtest::{Backtest, BacktestEdit},
    id::BacktestId,
};

use super::record;
use crate::{
    database::{Fault, Lease},
    store::Shared,
    unit::Unit,
};

pub(super) struct EditBacktest {
    pub(super) id: BacktestId,
    pub(super) edit: BacktestEdit,
}

#[async_trait]
impl Unit for EditBacktest {
    type Done = Backtest;

    async fn run(&self, _: &Shared, lease: &mut Lease) -> Result<Backtest, Fault> {
        let mut backtest = record::find_and_hold(lease, self.id).await?;
        self.edit.clone().apply(&mut backtest);
        let query = sqlx::query(include_str!("sql/edit.sql"))
            .bind(self.id.as_uuid())
            .bind(backtest.title.as_deref())
            .bind(backtest.notes.as_deref())
            .bind(backtest.tags.iter().cloned().collect::<Vec<_>>())
            .bind(record::folded(&backtest));
        lease.execute(query).await?;
        Ok(backtest)
    }
}
