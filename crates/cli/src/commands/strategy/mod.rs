//! `chandlery strategy`: a file for each thing that can be done with a strategy.

pub(crate) mod check;
mod document;
mod list;
mod put;
mod remove;
mod show;
mod versions;

use clap::Subcommand;

use crate::{failure::Exit, session::Session};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery strategy check sma-cross.toml
  chandlery strategy put sma-cross.toml --note 'a longer average'
  chandlery strategy show sma-cross --toml > sma-cross.toml";

/// What can be done with strategies.
#[derive(Debug, Subcommand)]
pub(crate) enum StrategyCommand {
    /// List strategies
    List(list::ListArguments),
    /// Show a strategy: its document, who saved it and when
    #[command(disable_version_flag = true)]
    Show(show::ShowArguments),
    /// Check a document without saving it
    Check(check::CheckArguments),
    /// Check a document and save it as the next version of its strategy
    Put(put::PutArguments),
    /// Take a strategy out of use; its versions stay
    Remove(remove::RemoveArguments),
    /// List the versions of a strategy, the newest first
    Versions(versions::VersionsArguments),
}

pub(crate) async fn run(session: &Session, command: StrategyCommand) -> anyhow::Result<Exit> {
    match command {
        StrategyCommand::Check(arguments) => return check::run(&arguments, session.output).await,
        StrategyCommand::List(arguments) => list::run(session, arguments).await,
        StrategyCommand::Show(arguments) => show::run(session, arguments).await,
        StrategyCommand::Put(arguments) => put::run(session, arguments).await,
        StrategyCommand::Remove(arguments) => remove::run(session, arguments).await,
        StrategyCommand::Versions(arguments) => versions::run(session, arguments).await,
    }?;
    Ok(Exit::Done)
}
