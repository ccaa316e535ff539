//! `chandlery series revert`

use std::io::{self, Write};

use app::revert::{Reverted, revert};
use clap::Args;
use domain::market::{SeriesKey, Version};
use serde::Serialize;

use crate::{
    output::{Report, numbers},
    session::Session,
};

/// The arguments of `series revert`.
#[derive(Debug, Args)]
pub(crate) struct RevertArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
    /// The version whose contents are brought back; 0 is the empty series
    #[arg(long, value_name = "VERSION")]
    to: u64,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct RevertReport(Reverted);

pub(crate) async fn run(session: &Session, arguments: RevertArguments) -> anyhow::Result<()> {
    let RevertArguments { series, to, reason } = arguments;
    let reverted = revert(&session.stores, series, Version(to), session.meta(reason)).await?;
    session.print(&RevertReport(reverted))
}

impl Report for RevertReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Reverted {
            key,
            to,
            before,
            commit,
        } = &self.0;
        match commit {
            Some(commit) => {
                let [inserted, changed, deleted] =
                    [commit.inserted, commit.changed, commit.deleted].map(numbers::count);
                writeln!(
                    out,
                    "{key} has the contents of version {to} again, as version {}",
                    commit.version
                )?;
                writeln!(
                    out,
                    "{inserted} new, {changed} changed, {deleted} deleted since version {before}"
                )
            }
            None => writeln!(
                out,
                "{key}: versions {to} and {before} have the same contents; no new version was made"
            ),
        }
    }

    fn is_summary(&self) -> bool {
        true
    }
}
