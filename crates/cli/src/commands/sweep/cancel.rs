//! `chandlery sweep cancel`

use clap::Args;
use domain::{
    error::{EntityRef, StoreError},
    id::SweepId,
};

use super::{existing, resolve};
use crate::{
    commands::jobs::{CancelReport, Cancelled, check_stoppable, job},
    session::Session,
};

/// The arguments of `sweep cancel`.
#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    /// The sweeps' ids; `last` is the newest
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

pub(super) async fn run(session: &Session, arguments: &CancelArguments) -> anyhow::Result<()> {
    let mut ids = Vec::with_capacity(arguments.ids.len());
    for text in &arguments.ids {
        let id = resolve(session, text).await?;
        let sweep = existing(session, id).await?;
        check_stoppable(sweep.entity(), sweep.status)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
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
        noun: "sweep",
        cancelled,
    })
}

/// Tells it to stop; one that has ended since it was looked at is named by what it is now.
async fn stop(session: &Session, id: SweepId) -> Result<(), StoreError> {
    match session.stores.jobs.cancel_job(id.into()).await {
        Err(StoreError::NotFound(EntityRef::Job(_))) => {
            let sweep = existing(session, id).await?;
            check_stoppable(sweep.entity(), sweep.status)
        }
        told => told,
    }
}
