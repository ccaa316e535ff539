//! `chandlery strategy check`

use std::{
    io::{self, Write},
    path::PathBuf,
};

use app::strategy::{CheckedStrategy, check};
use clap::Args;
use domain::strategy::StrategyDocument;
use serde::Serialize;

use super::document::{read, told};
use crate::output::{Output, Report, counted, table::Table};

/// The arguments of `strategy check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The document, in TOML or JSON; `-` is standard input
    file: PathBuf,
}

#[derive(Serialize)]
struct CheckReport {
    digest: String,
    warm_up: usize,
    columns: Vec<String>,
    canonical: String,
    document: StrategyDocument,
}

/// Checks a document; the store is not needed.
pub(crate) async fn run(arguments: &CheckArguments, output: Output) -> anyhow::Result<()> {
    let text = read(&arguments.file)?;
    let syntax = text.syntax;
    let checked = check(text).await;
    let checked = checked.map_err(|error| told(error, &arguments.file, syntax))?;
    let CheckedStrategy {
        document,
        canonical,
        digest,
        warm_up,
        columns,
    } = checked;
    output.print(&CheckReport {
        digest: digest.to_string(),
        warm_up,
        columns: columns.iter().map(ToString::to_string).collect(),
        canonical,
        document,
    })
}

impl Report for CheckReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} is right.", self.document.name)?;
        let pairs = [
            ("warm-up", counted(self.warm_up as u64, "bar")),
            ("reads", self.columns.join(", ")),
            ("digest", self.digest.clone()),
        ];
        write!(out, "{}", Table::of_pairs(pairs))
    }

    fn is_summary(&self) -> bool {
        true
    }
}
