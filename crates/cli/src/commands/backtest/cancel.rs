//! `chandlery backtest cancel`

use clap::Args;
use domain::{
    error::{EntityRef, StoreError},
    id::BacktestId,
};

use super::{existing, resolve_all};
use crate::{
    commands::jobs::{CancelReport, Cancelled, check_stoppable, job},
    session::Session,
};

/// The arguments of `backtest cancel`.
#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    /// The backtests' ids; `last` is the newest
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

pub(super) async fn run(session: &Session, arguments: CancelArguments) -> anyhow::Result<()> {
    let ids = resolve_all(session, &arguments.ids).await?;
    for id in &ids {
        let backtest = existing(session, *id).await?;
        check_stoppable(backtest.entity(), backtest.status)?;
    }
    let mut cancelled = Vec::with_capacity(ids.len());
    for id in ids {
        stop(session, id).await?;
        let status = existing(session, id).await?.status;
        cancelled.push(Cancelled {
            id: id.into(),
            status,
            job: job(session, id, status).await?,
        });
    }
    session.print(&CancelReport {
        noun: "backtest",
        cancelled,
    })
}

/// Tells it to stop; one that has ended since it was looked at is named by what it is now.
async fn stop(session: &Session, id: BacktestId) -> Result<(), StoreError> {
    match session.stores.jobs.cancel_job(id.into()).await {
        Err(StoreError::NotFound(EntityRef::Job(_))) => {
            let backtest = existing(session, id).await?;
            check_stoppable(backtest.entity(), backtest.status)
        }
        told => told,
    }
}
