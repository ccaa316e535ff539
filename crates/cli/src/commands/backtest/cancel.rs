//! `chandlery backtest cancel`

use clap::Args;
use domain::id::BacktestId;

use super::{existing, resolve_all};
use crate::{commands::jobs, session::Session};

/// The arguments of `backtest cancel`.
#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    /// The backtests' ids; `last` is the newest that is no run of a sweep
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

pub(super) async fn run(session: &Session, arguments: CancelArguments) -> anyhow::Result<()> {
    let ids = resolve_all(session, &arguments.ids).await?;
    let ids = ids.into_iter().map(Into::into).collect();
    jobs::cancel(session, "backtest", ids, async |id| {
        let backtest = existing(session, BacktestId::from_uuid(id.as_uuid())).await?;
        Ok((backtest.entity(), backtest.status))
    })
    .await
}
