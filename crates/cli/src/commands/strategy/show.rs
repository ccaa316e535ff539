//! `chandlery strategy show`

use std::io::{self, Write};

use clap::Args;
use domain::{
    error::{EntityRef, StoreError},
    market::Version,
    strategy::{StrategyHead, StrategyName, StrategyVersion},
};
use serde::Serialize;

use super::document::toml_text;
use crate::{
    output::{Report, table::Table, times, written},
    session::Session,
};

/// The arguments of `strategy show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Which strategy
    name: StrategyName,
    /// An earlier version; those of a removed strategy are there, too
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// Print the document alone, as TOML that can be changed and put back
    #[arg(long, conflicts_with = "json")]
    toml: bool,
}

#[derive(Serialize)]
struct ShowReport {
    #[serde(flatten)]
    strategy: StrategyVersion,
    #[serde(skip)]
    toml: String,
}

pub(crate) async fn run(session: &Session, arguments: ShowArguments) -> anyhow::Result<()> {
    let ShowArguments { name, version, toml } = arguments;
    let number = version.map(Version);
    let found = session.stores.strategies.strategy(&name, number).await?;
    let strategy = found.ok_or_else(|| match number {
        Some(number) => StoreError::NotFound(EntityRef::StrategyVersion(name.clone(), number)),
        None => StrategyHead::missing(&name),
    })?;
    let text = toml_text(&strategy.document)?;
    if toml {
        return written(|out| out.write_all(text.as_bytes()));
    }
    session.print(&ShowReport { strategy, toml: text })
}

impl Report for ShowReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let version = &self.strategy;
        let mut pairs = vec![
            ("strategy", version.name().to_string()),
            ("version", version.version.to_string()),
            ("saved (UTC)", times::happened(version.saved_at)),
            ("author", version.author.to_string()),
        ];
        pairs.extend(version.note.clone().map(|note| ("note", note)));
        pairs.push(("digest", version.digest.to_string()));
        writeln!(out, "{}", Table::of_pairs(pairs))?;
        write!(out, "{}", self.toml)
    }
}
