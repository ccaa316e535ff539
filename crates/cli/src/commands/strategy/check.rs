//! `chandlery strategy check`

use std::{
    io::{self, Write},
    path::PathBuf,
};

use api::problem::Violation;
use app::strategy::{CheckedStrategy, Mistakes, StrategyError, check};
use clap::Args;
use domain::strategy::StrategyDocument;
use serde::Serialize;

use super::document::{read, told};
use crate::{
    failure::Exit,
    output::{Output, Report, counted, table::Table},
};

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

/// What is wrong with a document, in the words of the API.
#[derive(Serialize)]
struct MistakesReport {
    errors: Vec<Violation>,
}

impl Report for MistakesReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let lines = self.errors.iter().map(|error| &error.message);
        lines
            .into_iter()
            .try_for_each(|message| writeln!(out, "{message}"))
    }
}

/// Checks a document; the store is not needed.
pub(crate) async fn run(arguments: &CheckArguments, output: Output) -> anyhow::Result<Exit> {
    let text = read(&arguments.file)?;
    let syntax = text.syntax;
    let checked = match check(text).await {
        Err(StrategyError::Mistakes(Mistakes(mistakes))) if output.json => {
            let errors = mistakes.into_iter().map(Violation::from).collect();
            output.print(&MistakesReport { errors })?;
            return Ok(Exit::Failed);
        }
        checked => checked.map_err(|error| told(error, &arguments.file, syntax))?,
    };
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
    })?;
    Ok(Exit::Done)
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
