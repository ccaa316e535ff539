//! `chandlery backtest remove`

use std::io::{self, Write};

use clap::Args;
use domain::id::BacktestId;
use serde::Serialize;

use super::{existing, resolve_all};
use crate::{
    confirm::confirm,
    output::{Report, counted},
    session::Session,
};

/// The arguments of `backtest remove`.
#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// The backtests' ids; `last` is the newest that is no run of a sweep
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
struct RemoveReport {
    removed: Vec<BacktestId>,
}

pub(super) async fn run(session: &Session, arguments: RemoveArguments) -> anyhow::Result<()> {
    let ids = resolve_all(session, &arguments.ids).await?;
    for id in &ids {
        existing(session, *id).await?;
    }
    let what = match ids.as_slice() {
        [one] => format!("backtest {one} with its trades and its equity"),
        all => format!(
            "{} with their trades and their equity",
            counted(all.len() as u64, "backtest")
        ),
    };
    confirm(&format!("Remove {what}? It can't be undone."), arguments.yes)?;
    for id in &ids {
        session.stores.backtests.remove_backtest(*id).await?;
    }
    session.print(&RemoveReport { removed: ids })
}

impl Report for RemoveReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} removed", counted(self.removed.len() as u64, "backtest"))
    }

    fn is_summary(&self) -> bool {
        true
    }
}
