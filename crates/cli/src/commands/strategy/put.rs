//! `chandlery strategy put`

use std::{
    io::{self, Write},
    path::PathBuf,
};

use app::strategy::{PutStrategy, put};
use clap::Args;
use domain::strategy::{SavedStrategy, StrategyVersion};
use serde::Serialize;

use super::document::{read, told};
use crate::{output::Report, session::Session};

/// The arguments of `strategy put`.
#[derive(Debug, Args)]
pub(crate) struct PutArguments {
    /// The document, in TOML or JSON; `-` is standard input
    file: PathBuf,
    /// What this version is about, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Serialize)]
struct PutReport {
    outcome: &'static str,
    strategy: StrategyVersion,
}

pub(crate) async fn run(session: &Session, arguments: PutArguments) -> anyhow::Result<()> {
    let PutArguments { file, note } = arguments;
    let text = read(&file)?;
    let syntax = text.syntax;
    let asked = PutStrategy {
        text,
        name: None,
        author: session.author.clone(),
        note,
        expected: None,
    };
    let saved = put(&session.stores, asked).await;
    let (outcome, strategy) = match saved.map_err(|error| told(error, &file, syntax))? {
        SavedStrategy::Saved(version) => ("saved", version),
        SavedStrategy::Unchanged(version) => ("unchanged", version),
    };
    session.print(&PutReport { outcome, strategy })
}

impl Report for PutReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let (name, version) = (self.strategy.name(), self.strategy.version);
        if self.outcome == "saved" {
            writeln!(out, "{name} is saved as version {version}")
        } else {
            writeln!(
                out,
                "{name}: version {version} says the same; no new version was made"
            )
        }
    }

    fn is_summary(&self) -> bool {
        true
    }
}
