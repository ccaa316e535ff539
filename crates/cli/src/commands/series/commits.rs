//! `chandlery series commits`

use std::io::{self, Write};

use clap::Args;
use domain::{
    market::{Commit, CommitsQuery, SeriesKey},
    page::PageRequest,
};
use serde::Serialize;

use crate::{
    output::{
        Report, numbers,
        table::{Column, Table},
        times,
    },
    session::Session,
};

/// The arguments of `series commits`.
#[derive(Debug, Args)]
pub(crate) struct CommitsArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
    /// How many
    #[arg(short = 'n', long, default_value_t = 50)]
    limit: usize,
}

#[derive(Serialize)]
struct CommitsReport {
    series: SeriesKey,
    commits: Vec<Commit>,
    more: bool,
}

pub(crate) async fn run(session: &Session, arguments: CommitsArguments) -> anyhow::Result<()> {
    let CommitsArguments { series, limit } = arguments;
    let query = CommitsQuery {
        key: series.clone(),
        page: PageRequest::first(limit),
    };
    let page = session.stores.prices.commits(query).await?;
    session.print(&CommitsReport {
        series,
        commits: page.items,
        more: page.next.is_some(),
    })
}

impl Report for CommitsReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = [
            Column::Right("version"),
            Column::Left("when (UTC)"),
            Column::Left("kind"),
            Column::Right("new"),
            Column::Right("changed"),
            Column::Right("deleted"),
            Column::Right("bars"),
            Column::Left("author"),
            Column::Left("source"),
            Column::Left("reason"),
        ];
        let mut table = Table::new(&columns);
        for commit in &self.commits {
            let [inserted, changed, deleted, bars] =
                [commit.inserted, commit.changed, commit.deleted, commit.bars].map(numbers::count);
            table.row([
                commit.version.to_string(),
                times::happened(commit.committed_at),
                commit.kind.to_string(),
                inserted,
                changed,
                deleted,
                bars,
                commit.author.to_string(),
                commit.source_name.clone().unwrap_or_default(),
                commit.reason.clone().unwrap_or_default(),
            ]);
        }
        write!(out, "{table}")?;
        if self.more {
            writeln!(out, "… there are earlier ones: --limit shows more")
        } else {
            Ok(())
        }
    }
}
