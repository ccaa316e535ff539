//! `chandlery strategy versions`

use std::io::{self, Write};

use clap::Args;
use domain::{
    page::PageRequest,
    strategy::{StrategyName, StrategyVersion, StrategyVersionsQuery},
};
use serde::Serialize;

use crate::{
    output::{
        Report,
        table::{Column, Table},
        times,
    },
    session::Session,
};

/// How many digits of a digest a table shows; JSON has all of them.
const DIGITS: usize = 12;

/// The arguments of `strategy versions`.
#[derive(Debug, Args)]
pub(crate) struct VersionsArguments {
    /// Which strategy, removed or not
    name: StrategyName,
    /// How many
    #[arg(short = 'n', long, default_value_t = 50)]
    limit: usize,
}

#[derive(Serialize)]
struct VersionsReport {
    strategy: StrategyName,
    versions: Vec<StrategyVersion>,
    more: bool,
}

pub(crate) async fn run(session: &Session, arguments: VersionsArguments) -> anyhow::Result<()> {
    let VersionsArguments { name, limit } = arguments;
    let query = StrategyVersionsQuery {
        name: name.clone(),
        page: PageRequest::first(limit),
    };
    let page = session.stores.strategies.strategy_versions(query).await?;
    session.print(&VersionsReport {
        strategy: name,
        versions: page.items,
        more: page.next.is_some(),
    })
}

impl Report for VersionsReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = [
            Column::Right("version"),
            Column::Left("saved (UTC)"),
            Column::Left("digest"),
            Column::Left("author"),
            Column::Left("note"),
        ];
        let mut table = Table::new(&columns);
        for version in &self.versions {
            table.row([
                version.version.to_string(),
                times::happened(version.saved_at),
                version.digest.as_str().chars().take(DIGITS).collect(),
                version.author.to_string(),
                version.note.clone().unwrap_or_default(),
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
