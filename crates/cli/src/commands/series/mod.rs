//! `chandlery series`: a file for each thing that can be done with a series.

mod commits;
mod delete;
mod diff;
mod files;
mod gaps;
mod list;
mod purge;
mod revert;
mod set;
mod show;

use clap::Subcommand;
use domain::{
    error::{EntityRef, StoreError},
    market::{SeriesHead, SeriesKey},
};

use crate::{failure::Exit, session::Session};

/// What can be done with series.
#[derive(Debug, Subcommand)]
pub(crate) enum SeriesCommand {
    /// List series
    List(list::ListArguments),
    /// Show a series: its instrument, newest version and closes
    Show(show::ShowArguments),
    /// Say more about an instrument: class, currency, zone, sessions
    Set(set::SetArguments),
    /// List the files that hold the newest version; other programs can read them
    Files(files::FilesArguments),
    /// List the commits of a series, the newest first
    Commits(commits::CommitsArguments),
    /// List the bars that differ between two versions
    Diff(diff::DiffArguments),
    /// List the bars that the series' own calendar expects and does not find
    Gaps(gaps::GapsArguments),
    /// Bring back the contents of an earlier version, as a new one
    Revert(revert::RevertArguments),
    /// Delete the bars of a series, or of a range, as a new version
    Delete(delete::DeleteArguments),
    /// Remove a series with all its history
    Purge(purge::PurgeArguments),
}

pub(crate) async fn run(session: &Session, command: SeriesCommand) -> anyhow::Result<Exit> {
    match command {
        SeriesCommand::List(arguments) => list::run(session, arguments).await,
        SeriesCommand::Show(arguments) => show::run(session, arguments).await,
        SeriesCommand::Set(arguments) => set::run(session, arguments).await,
        SeriesCommand::Files(arguments) => files::run(session, arguments).await,
        SeriesCommand::Commits(arguments) => commits::run(session, arguments).await,
        SeriesCommand::Diff(arguments) => diff::run(session, arguments).await,
        SeriesCommand::Gaps(arguments) => gaps::run(session, arguments).await,
        SeriesCommand::Revert(arguments) => revert::run(session, arguments).await,
        SeriesCommand::Delete(arguments) => delete::run(session, arguments).await,
        SeriesCommand::Purge(arguments) => purge::run(session, arguments).await,
    }?;
    Ok(Exit::Done)
}

/// Returns the head of a series that must exist.
async fn head(session: &Session, key: &SeriesKey) -> Result<SeriesHead, StoreError> {
    let head = session.stores.prices.head(key).await?;
    head.ok_or_else(|| StoreError::NotFound(EntityRef::Series(key.clone())))
}
