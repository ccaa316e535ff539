//! `chandlery series delete`

use std::io::{self, Write};

use clap::Args;
use domain::market::{Commit, PriceWrite, SeriesKey, TimeRange, Timestamp, WriteKind, Written};
use futures::{StreamExt, stream};
use serde::Serialize;

use super::head;
use crate::{
    confirm::confirm,
    output::{Report, counted},
    session::Session,
};

/// The arguments of `series delete`.
#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
    /// Bars from this time on
    #[arg(long, value_name = "TIME")]
    start: Option<Timestamp>,
    /// Bars before this time
    #[arg(long, value_name = "TIME")]
    end: Option<Timestamp>,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct DeleteReport {
    series: SeriesKey,
    range: TimeRange,
    commit: Option<Commit>,
}

pub(crate) async fn run(session: &Session, arguments: DeleteArguments) -> anyhow::Result<()> {
    let DeleteArguments {
        series,
        start,
        end,
        yes,
        reason,
    } = arguments;
    let head = head(session, &series).await?;
    let range = TimeRange::new(start, end);
    let what = if range == TimeRange::ALL {
        format!("all {} of {series}", counted(head.bars, "bar"))
    } else {
        let bound = |word: &str, time: Option<Timestamp>| {
            time.map_or_else(String::new, |time| format!(" {word} {time}"))
        };
        format!(
            "the bars of {series}{}{}",
            bound("from", start),
            bound("before", end)
        )
    };
    confirm(&format!("Delete {what}? Earlier versions keep them."), yes)?;
    let bars = stream::empty().boxed();
    let mut write = PriceWrite::new(WriteKind::DeleteRange(range), bars, session.meta(reason));
    write.expected = Some(head.version);
    let commit = match session.stores.prices.commit(&series, write).await? {
        Written::Committed(commit) | Written::Repeated(commit) => Some(commit),
        Written::Unchanged(_) => None,
    };
    session.print(&DeleteReport {
        series,
        range,
        commit,
    })
}

impl Report for DeleteReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { series, commit, .. } = self;
        let Some(commit) = commit else {
            return writeln!(out, "{series} has no bars there; no new version was made");
        };
        let before = commit.version.0.saturating_sub(1);
        writeln!(
            out,
            "{} deleted from {series}, as version {}",
            counted(commit.deleted, "bar"),
            commit.version
        )?;
        writeln!(
            out,
            "`chandlery series revert {series} --to {before}` brings them back"
        )
    }

    fn is_summary(&self) -> bool {
        true
    }
}
