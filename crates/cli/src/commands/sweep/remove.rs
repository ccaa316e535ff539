//! `chandlery sweep remove`

use std::io::{self, Write};

use clap::Args;
use domain::id::SweepId;
use serde::Serialize;

use super::resolve;
use crate::{confirm::confirm, output::Report, session::Session};

/// The arguments of `sweep remove`.
#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// The sweep's id, or `last`
    #[arg(value_name = "ID")]
    id: String,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
struct RemoveReport {
    removed: SweepId,
}

pub(super) async fn run(session: &Session, arguments: &RemoveArguments) -> anyhow::Result<()> {
    let id = resolve(session, &arguments.id).await?;
    confirm(
        &format!("Remove sweep {id} with all its rows? The backtests of its best runs stay."),
        arguments.yes,
    )?;
    session.stores.sweeps.remove_sweep(id).await?;
    session.print(&RemoveReport { removed: id })
}

impl Report for RemoveReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "sweep {} removed", self.removed)
    }

    fn is_summary(&self) -> bool {
        true
    }
}
