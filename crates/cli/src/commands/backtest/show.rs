//! `chandlery backtest show`

use clap::Args;
use domain::backtest::{BacktestStoreExt, NewBacktest};

use super::{
    existing,
    report::{BacktestReport, Shown},
    resolve,
};
use crate::session::Session;

/// The arguments of `backtest show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The backtest's id, or `last`
    #[arg(value_name = "ID")]
    id: String,
    /// List the trades, or the last N of them
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1000000000")]
    trades: Option<usize>,
    /// Draw the equity larger; with --json, add the whole curve
    #[arg(long)]
    equity: bool,
}

pub(super) async fn run(session: &Session, arguments: ShowArguments) -> anyhow::Result<()> {
    let id = resolve(session, &arguments.id).await?;
    let backtest = existing(session, id).await?;
    let result = domain::backtest::BacktestResult {
        trades: session.stores.backtests.all_trades(id).await?,
        equity: session.stores.backtests.equity(id).await?,
    };
    let shown = Shown {
        trades: arguments.trades,
        equity: arguments.equity,
        is_summary: false,
    };
    let report = BacktestReport::new(session, NewBacktest { backtest, result }, shown).await?;
    session.print(&report)
}
