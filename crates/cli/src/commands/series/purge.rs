//! `chandlery series purge`

use std::io::{self, Write};

use clap::Args;
use domain::market::{SeriesHead, SeriesKey};
use serde::Serialize;

use super::head;
use crate::{
    confirm::confirm,
    output::{Report, counted},
    session::Session,
};

/// The arguments of `series purge`.
#[derive(Debug, Args)]
pub(crate) struct PurgeArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
struct PurgeReport {
    purged: SeriesHead,
}

pub(crate) async fn run(session: &Session, arguments: PurgeArguments) -> anyhow::Result<()> {
    let PurgeArguments { series, yes } = arguments;
    let purged = head(session, &series).await?;
    let (bars, versions) = (counted(purged.bars, "bar"), counted(purged.version.0, "version"));
    confirm(
        &format!("Remove {series} for good, {bars} and all {versions}? Nothing brings it back."),
        yes,
    )?;
    session.stores.prices.purge(&series).await?;
    session.print(&PurgeReport { purged })
}

impl Report for PurgeReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let SeriesHead {
            key, bars, version, ..
        } = &self.purged;
        writeln!(
            out,
            "{key} is gone: {}, {}",
            counted(*bars, "bar"),
            counted(version.0, "version")
        )
    }

    fn is_summary(&self) -> bool {
        true
    }
}
