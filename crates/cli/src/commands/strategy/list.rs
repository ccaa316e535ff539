//! `chandlery strategy list`

use std::io::{self, Write};

use clap::Args;
use domain::{
    page::PageRequest,
    strategy::{StrategiesQuery, StrategyVersion},
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

const PAGE: usize = 500;

/// The arguments of `strategy list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Those whose name holds this text
    text: Option<String>,
    /// Those that are removed, in the place of those in use
    #[arg(long)]
    removed: bool,
}

#[derive(Serialize)]
struct StrategyListReport {
    strategies: Vec<StrategyVersion>,
}

pub(crate) async fn run(session: &Session, arguments: ListArguments) -> anyhow::Result<()> {
    let ListArguments { text, removed } = arguments;
    let mut strategies = Vec::new();
    let mut page = PageRequest::first(PAGE);
    loop {
        let query = StrategiesQuery {
            text: text.clone(),
            removed,
            page,
        };
        let found = session.stores.strategies.strategies(query).await?;
        strategies.extend(found.items);
        let Some(next) = found.next else { break };
        page = PageRequest::first(PAGE).after(next);
    }
    session.print(&StrategyListReport { strategies })
}

impl Report for StrategyListReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.strategies.is_empty() {
            return writeln!(out, "No strategies. `chandlery strategy put FILE` saves one.");
        }
        let columns = [
            Column::Left("strategy"),
            Column::Right("version"),
            Column::Left("title"),
            Column::Left("saved (UTC)"),
            Column::Left("author"),
            Column::Left("note"),
        ];
        let mut table = Table::new(&columns);
        for strategy in &self.strategies {
            table.row([
                strategy.name().to_string(),
                strategy.version.to_string(),
                strategy.document.title.clone().unwrap_or_default(),
                times::happened(strategy.saved_at),
                strategy.author.to_string(),
                strategy.note.clone().unwrap_or_default(),
            ]);
        }
        write!(out, "{table}")
    }
}
