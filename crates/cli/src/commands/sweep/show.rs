//! `chandlery sweep show`

use clap::Args;

use super::{existing, report::SweepReport, resolve};
use crate::session::Session;

/// The arguments of `sweep show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The sweep's id, or `last`
    #[arg(value_name = "ID")]
    id: String,
    /// How many of the best runs are listed; as many as are kept whole when not given
    #[arg(long, value_name = "COUNT")]
    top: Option<usize>,
}

pub(super) async fn run(session: &Session, arguments: &ShowArguments) -> anyhow::Result<()> {
    let id = resolve(session, &arguments.id).await?;
    let sweep = existing(session, id).await?;
    session.print(&SweepReport::new(session, sweep, arguments.top).await?)
}
