//! `chandlery sweep`: runs sweeps, and lists, shows, cancels and removes them.

mod cancel;
mod heat_map;
mod list;
mod refusals;
mod remove;
mod report;
mod run;
mod show;
mod view;

use clap::{Args, Subcommand};
use domain::{
    backtest::{Sweep, SweepsQuery},
    error::{EntityRef, StoreError},
    id::{IdError, SweepId},
    page::PageRequest,
};

use crate::{
    failure::{Exit, UsageError},
    session::Session,
};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery sweep sma-cross --series NASDAQ:GOOG/1d --grid fast=5..50:5 --grid slow=20..200:10
  chandlery sweep sma-cross --series NASDAQ:GOOG/1d --grid fast=5,10,20 --by calmar --top 3
  chandlery sweep show last
A strategy that is named like a sub-command can be given with its version: list@1.";

/// The arguments of `sweep`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SweepArguments {
    #[command(subcommand)]
    action: Option<SweepAction>,
    #[command(flatten)]
    sweep: run::RunArguments,
}

/// What else can be done with sweeps.
#[derive(Debug, Subcommand)]
pub(crate) enum SweepAction {
    /// List sweeps, the newest first
    List(list::ListArguments),
    /// Show a sweep: its best runs, and a map of two parameters
    Show(show::ShowArguments),
    /// Stop sweeps that are queued or running
    Cancel(cancel::CancelArguments),
    /// Remove a sweep; the backtests of its best runs stay
    Remove(remove::RemoveArguments),
}

pub(crate) async fn run(session: &Session, arguments: SweepArguments) -> anyhow::Result<Exit> {
    match arguments.action {
        Some(SweepAction::List(arguments)) => list::run(session, &arguments).await,
        Some(SweepAction::Show(arguments)) => show::run(session, &arguments).await,
        Some(SweepAction::Cancel(arguments)) => cancel::run(session, &arguments).await,
        Some(SweepAction::Remove(arguments)) => remove::run(session, &arguments).await,
        None => run::run(session, arguments.sweep).await,
    }?;
    Ok(Exit::Done)
}

/// Returns the newest sweeps without their rows, and whether there are more.
async fn newest(session: &Session, limit: usize) -> Result<(Vec<Sweep>, bool), StoreError> {
    let page = PageRequest::first(limit);
    let found = session.stores.sweeps.sweeps(SweepsQuery { page }).await?;
    Ok((found.items, found.next.is_some()))
}

/// Reads an id, or `last` for the newest sweep.
async fn resolve(session: &Session, text: &str) -> anyhow::Result<SweepId> {
    if text == "last" {
        let (newest, _) = newest(session, 1).await?;
        let newest = newest.first().map(|sweep| sweep.id);
        return newest.ok_or_else(|| anyhow::anyhow!("there are no sweeps yet"));
    }
    text.parse()
        .map_err(|cause: IdError| UsageError(format!("{cause}, and `last` is the newest sweep")).into())
}

/// Returns a sweep that must exist.
async fn existing(session: &Session, id: SweepId) -> Result<Sweep, StoreError> {
    let found = session.stores.sweeps.sweep(id).await?;
    found.ok_or(StoreError::NotFound(EntityRef::Sweep(id)))
}
