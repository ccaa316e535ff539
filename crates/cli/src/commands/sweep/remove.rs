//! `chandlery sweep remove`

use std::io::{self, Write};

use clap::Args;
use domain::{
    backtest::{BacktestSort, BacktestsFilter, BacktestsQuery},
    id::SweepId,
    market::Order,
    page::PageRequest,
};
use serde::Serialize;

use super::resolve;
use crate::{
    confirm::confirm,
    output::{Report, counted},
    session::Session,
};

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
    /// How many backtests of its best runs stay.
    kept: usize,
}

pub(super) async fn run(session: &Session, arguments: &RemoveArguments) -> anyhow::Result<()> {
    let id = resolve(session, &arguments.id).await?;
    confirm(
        &format!("Remove sweep {id} with all its rows? The backtests of its best runs stay."),
        arguments.yes,
    )?;
    let query = BacktestsQuery {
        filter: BacktestsFilter {
            sweep: Some(id),
            ..BacktestsFilter::default()
        },
        sort: BacktestSort::Created,
        order: Order::Descending,
        page: PageRequest::first(app::backtest::MAX_WHOLE as usize),
    };
    let kept = session.stores.backtests.backtests(query).await?.items.len();
    session.stores.sweeps.remove_sweep(id).await?;
    session.print(&RemoveReport { removed: id, kept })
}

impl Report for RemoveReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "sweep {} removed", self.removed)?;
        if self.kept > 0 {
            writeln!(
                out,
                "{} of its best runs stay: `chandlery backtest list --sweep {}`",
                counted(self.kept as u64, "backtest"),
                self.removed
            )?;
        }
        Ok(())
    }

    fn is_summary(&self) -> bool {
        true
    }
}
