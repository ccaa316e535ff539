//! `chandlery backtest`: a file for each thing that can be done with backtests.

mod cancel;
mod compare;
mod edit;
mod list;
pub(crate) mod order;
mod record;
mod remove;
mod report;
mod run;
mod show;
mod verify;
mod view;

use clap::Subcommand;
use domain::{
    backtest::{Backtest, BacktestSort, BacktestsFilter, BacktestsQuery},
    error::{EntityRef, StoreError},
    id::{BacktestId, IdError},
    market::Order,
    page::PageRequest,
};

pub(super) use self::{report::badge, view::every_cost};
use crate::{
    failure::{Exit, UsageError},
    session::Session,
};

/// How many backtests are asked for at once.
const PAGE: usize = 200;

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery backtest run sma-cross --series NASDAQ:GOOG/1d --set fast=20 --commission-bps 5
  chandlery backtest show last --trades 10
  chandlery backtest list --strategy sma-cross --sort sharpe
  chandlery backtest verify --all";

/// What can be done with backtests.
#[derive(Debug, Subcommand)]
pub(crate) enum BacktestCommand {
    /// Run a strategy over a series, and keep what it gave
    Run(run::RunArguments),
    /// Show a backtest: its figures, equity, drawdowns and trades
    Show(show::ShowArguments),
    /// List backtests, the newest or the best ones first
    List(list::ListArguments),
    /// Put backtests side by side
    Compare(compare::CompareArguments),
    /// Run backtests again from what they have pinned, and compare the digests
    Verify(verify::VerifyArguments),
    /// Stop backtests that are queued or running
    Cancel(cancel::CancelArguments),
    /// Change title, notes and tags of a backtest
    Edit(edit::EditArguments),
    /// Remove backtests with all that they gave
    Remove(remove::RemoveArguments),
    /// Keep a result that another tool has made; its figures are computed here
    Record(record::RecordArguments),
}

pub(crate) async fn run(session: &Session, command: BacktestCommand) -> anyhow::Result<Exit> {
    match command {
        BacktestCommand::Verify(arguments) => return verify::run(session, arguments).await,
        BacktestCommand::Run(arguments) => run::run(session, arguments).await,
        BacktestCommand::Show(arguments) => show::run(session, arguments).await,
        BacktestCommand::List(arguments) => list::run(session, arguments).await,
        BacktestCommand::Compare(arguments) => compare::run(session, arguments).await,
        BacktestCommand::Cancel(arguments) => cancel::run(session, arguments).await,
        BacktestCommand::Edit(arguments) => edit::run(session, arguments).await,
        BacktestCommand::Remove(arguments) => remove::run(session, arguments).await,
        BacktestCommand::Record(arguments) => record::run(session, arguments).await,
    }?;
    Ok(Exit::Done)
}

/// Reads an id, or `last` for the newest backtest that is no run of a sweep: nobody means one of those.
async fn resolve(session: &Session, text: &str) -> anyhow::Result<BacktestId> {
    if text != "last" {
        return text.parse().map_err(|cause: IdError| {
            UsageError(format!(
                "{cause}, and `last` is the newest backtest that is no run of a sweep"
            ))
            .into()
        });
    }
    let mut page = PageRequest::first(PAGE);
    loop {
        let query = BacktestsQuery {
            filter: BacktestsFilter::default(),
            sort: BacktestSort::Created,
            order: Order::Descending,
            page,
        };
        let found = session.stores.backtests.backtests(query).await?;
        let alone = |backtest: &&Backtest| backtest.sweep.is_none();
        if let Some(newest) = found.items.iter().find(alone) {
            return Ok(newest.id);
        }
        let next = found
            .next
            .ok_or_else(|| anyhow::anyhow!("there are no backtests yet, if not as runs of sweeps"))?;
        page = PageRequest::first(PAGE).after(next);
    }
}

/// Reads several ids.
async fn resolve_all(session: &Session, texts: &[String]) -> anyhow::Result<Vec<BacktestId>> {
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        let id = resolve(session, text).await?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Returns a backtest that must exist.
async fn existing(session: &Session, id: BacktestId) -> Result<Backtest, StoreError> {
    let found = session.stores.backtests.backtest(id).await?;
    found.ok_or(StoreError::NotFound(EntityRef::Backtest(id)))
}

/// The beginning of a list, and whether it goes on.
struct Listed {
    items: Vec<Backtest>,
    more: bool,
}

/// Lists at most `limit` backtests.
async fn listed(
    session: &Session,
    filter: BacktestsFilter,
    sort: BacktestSort,
    order: Order,
    limit: usize,
) -> Result<Listed, StoreError> {
    let mut items = Vec::new();
    let mut page = PageRequest::first(PAGE.min(limit));
    loop {
        let query = BacktestsQuery {
            filter: filter.clone(),
            sort,
            order,
            page,
        };
        let found = session.stores.backtests.backtests(query).await?;
        items.extend(found.items);
        let room = limit.saturating_sub(items.len());
        match found.next {
            Some(position) if room > 0 => page = PageRequest::first(PAGE.min(room)).after(position),
            next => {
                let more = next.is_some();
                return Ok(Listed { items, more });
            }
        }
    }
}
