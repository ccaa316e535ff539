//! `chandlery backtest run`

use app::backtest::{BacktestOrder, run_here};
use clap::Args;

use super::{
    order::OrderArguments,
    report::{BacktestReport, Shown},
};
use crate::session::Session;

/// The arguments of `backtest run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    order: OrderArguments,
    /// What it is called
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What there is to say about it
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// What it is found by. Can be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Draw the equity larger; with --json, add the whole curve
    #[arg(long)]
    equity: bool,
}

pub(super) async fn run(session: &Session, arguments: RunArguments) -> anyhow::Result<()> {
    let RunArguments {
        order,
        title,
        notes,
        tags,
        equity,
    } = arguments;
    let order = BacktestOrder {
        run: order.order(session).await?,
        title,
        notes,
        tags: tags.into_iter().collect(),
    };
    let (stores, clock, ids) = (&session.stores, &*session.clock, &*session.ids);
    let new = run_here(stores, clock, ids, order, &*session.progress).await?;
    let shown = Shown {
        equity,
        ..Shown::default()
    };
    session.print(&BacktestReport::of_run(session, new, shown).await?)
}
