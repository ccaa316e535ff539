//! `chandlery sweep cancel`

use clap::Args;
use domain::id::{JobId, SweepId};

use super::{existing, resolve};
use crate::{commands::jobs, session::Session};

/// The arguments of `sweep cancel`.
#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    /// The sweeps' ids; `last` is the newest
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

pub(super) async fn run(session: &Session, arguments: &CancelArguments) -> anyhow::Result<()> {
    let mut ids = Vec::<JobId>::with_capacity(arguments.ids.len());
    for text in &arguments.ids {
        let id = resolve(session, text).await?.into();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    jobs::cancel(session, "sweep", ids, async |id| {
        let sweep = existing(session, SweepId::from_uuid(id.as_uuid())).await?;
        Ok((sweep.entity(), sweep.status))
    })
    .await
}
