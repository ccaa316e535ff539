//! `chandlery sweep STRATEGY`

use app::backtest::{SweepOrder, sweep_here};
use clap::Args;
use engine::{Axis, Grid};

use super::report::SweepReport;
use crate::{commands::backtest::order::OrderArguments, failure::UsageError, session::Session};

/// What is swept, and how.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    order: OrderArguments,
    /// The values of a parameter: fast=5..50:5 (both ends belong to it) or fast=5,10,20. Repeated for each parameter
    #[arg(long, required = true, value_name = "NAME=VALUES")]
    grid: Vec<Axis>,
    /// The figure that the runs are sorted by; sharpe when not given
    #[arg(long, value_name = "FIGURE")]
    by: Option<String>,
    /// How many of the best runs are listed, and kept whole as backtests; 20 when not given
    #[arg(long, value_name = "COUNT")]
    top: Option<u32>,
    /// What it is called
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
}

pub(super) async fn run(session: &Session, arguments: RunArguments) -> anyhow::Result<()> {
    let RunArguments {
        order,
        grid,
        by,
        top,
        title,
    } = arguments;
    let grid = Grid::new(grid).map_err(|error| UsageError(format!("--grid: {error}")))?;
    if let Some(axis) = grid.axes().iter().find(|axis| order.sets(axis.name())) {
        let name = axis.name();
        let message = format!("`{name}` is given by --set and by --grid; leave one of them out");
        return Err(UsageError(message).into());
    }
    let order = SweepOrder {
        run: order.order(session).await?,
        grid,
        by: by.unwrap_or_else(|| SweepOrder::BY.to_owned()),
        top: top.unwrap_or(SweepOrder::TOP),
        title,
    };
    let (stores, clock, ids) = (&session.stores, &*session.clock, &*session.ids);
    let sweep = sweep_here(stores, clock, ids, order, &*session.progress).await?;
    session.print(&SweepReport::of_run(session, sweep).await?)
}
