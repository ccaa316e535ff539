//! `chandlery copy`

use std::io::{self, Write};

use app::transfer::{self, SeriesGlob, Transfer};
use clap::Args;
use serde::Serialize;

use super::{must_exist, report};
use crate::{
    arguments::Global,
    failure::{Exit, StoreOfFlag, UsageError},
    output::Report,
    session::Session,
    settings::StoreUrl,
    wire,
};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery copy --from file:./data --to file:/mnt/disk/data
  chandlery copy --from file:./data --to postgres://user@host:5432/chandlery --series 'NASDAQ:*/1d'
  chandlery copy --from file:./data --to file:/mnt/disk/data --verify-only
A copy that was broken off is run again and goes on. Nothing is merged: a series that differs is left alone.";

/// The arguments of `copy`.
#[derive(Debug, Args)]
pub(crate) struct CopyArguments {
    #[arg(
        long,
        value_name = "URL",
        help = "The store to copy from, such as file:./data"
    )]
    from: String,
    #[arg(
        long,
        value_name = "URL",
        help = "The store to copy to; made when it is not there"
    )]
    to: String,
    /// Only these series, by a pattern with * and ?; with their instruments and imports
    #[arg(long, value_name = "GLOB")]
    series: Option<SeriesGlob>,
    /// Compare both stores and copy nothing
    #[arg(long)]
    verify_only: bool,
}

#[derive(Serialize)]
struct CopyReport {
    from: String,
    to: String,
    #[serde(skip)]
    verify_only: bool,
    #[serde(flatten)]
    transfer: Transfer,
}

impl CopyArguments {
    /// Returns the store to copy from, which takes the place of the one that settings name.
    ///
    /// # Errors
    /// [`UsageError`] when the arguments make no sense together, a store error when there is no such store.
    pub(crate) fn source(&self, global: &Global) -> anyhow::Result<StoreUrl> {
        if global.store.is_some() {
            let message = "copy takes its stores from --from and --to; leave --store out";
            return Err(UsageError(message.to_owned()).into());
        }
        let (from, to) = (parsed("--from", &self.from)?, parsed("--to", &self.to)?);
        if from.is_same_as(&to) {
            let message = format!("--from and --to name the same store, {from}; name two stores");
            return Err(UsageError(message).into());
        }
        must_exist("--from", &from)?;
        if self.verify_only {
            must_exist("--to", &to)?;
        }
        Ok(from)
    }
}

/// Reads an URL; the error does not show it, as there may be a password in it.
fn parsed(flag: &str, url: &str) -> anyhow::Result<StoreUrl> {
    url.parse()
        .map_err(|error| UsageError(format!("{flag}: {error}")).into())
}

pub(crate) async fn run(session: &Session, arguments: CopyArguments) -> anyhow::Result<Exit> {
    let url = parsed("--to", &arguments.to)?;
    let (clock, ids) = (session.clock.clone(), session.ids.clone());
    let target = wire::open_url(&url, &session.settings, clock, ids)
        .await
        .map_err(|error| error.context(StoreOfFlag("--to")))?;
    let (series, progress) = (arguments.series.as_ref(), &*session.progress);
    let transfer = if arguments.verify_only {
        transfer::compare(&session.stores, &target, series, progress).await?
    } else {
        transfer::copy(&session.stores, &target, series, progress).await?
    };
    let exit = if transfer.matches {
        Exit::Done
    } else {
        Exit::Different
    };
    session.print(&CopyReport {
        from: session.settings.store.to_string(),
        to: url.to_string(),
        verify_only: arguments.verify_only,
        transfer,
    })?;
    Ok(exit)
}

impl Report for CopyReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        report::series(&self.transfer, self.verify_only, out)?;
        report::summary(&self.transfer, out)
    }

    fn is_summary(&self) -> bool {
        self.transfer.matches
    }
}
