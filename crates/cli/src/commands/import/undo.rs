//! `chandlery import undo`

use std::io::{self, Write};

use app::import::{Importer, UndoOutcome, UndoneImport};
use clap::Args;
use domain::market::ImportState;
use serde::Serialize;

use super::resolve_import;
use crate::{
    failure::Exit,
    output::{
        Report,
        table::{Column, Table},
    },
    session::Session,
};

/// The arguments of `import undo`.
#[derive(Debug, Args)]
pub(crate) struct UndoArguments {
    /// The import's id, or `last`
    #[arg(value_name = "ID")]
    id: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct UndoReport(UndoneImport);

pub(crate) async fn run(
    session: &Session,
    importer: &Importer,
    arguments: UndoArguments,
) -> anyhow::Result<Exit> {
    let id = resolve_import(session, &arguments.id).await?;
    let undone = importer
        .undo(id, session.author.clone(), arguments.reason)
        .await?;
    let kept = undone
        .series
        .iter()
        .any(|series| matches!(series.outcome, UndoOutcome::Kept { .. }));
    session.print(&UndoReport(undone))?;
    Ok(if kept { Exit::Failed } else { Exit::Done })
}

impl Report for UndoReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let UndoneImport {
            import,
            state,
            series,
        } = &self.0;
        if series.is_empty() {
            return writeln!(out, "Import {import} has committed nothing.");
        }
        let mut table = Table::new(&[Column::Left("series"), Column::Left("result")]);
        for series in series {
            let result = match &series.outcome {
                UndoOutcome::Reverted { version } => format!("reverted, as version {version}"),
                UndoOutcome::NothingToUndo => "the import had changed nothing".to_owned(),
                UndoOutcome::UndoneBefore => "was undone before".to_owned(),
                UndoOutcome::Kept { head, kind, author } => {
                    format!("left alone: version {head} ({kind} by {author}) was made since")
                }
                UndoOutcome::Gone => "is not there any more".to_owned(),
            };
            table.row([series.key.to_string(), result]);
        }
        write!(out, "{table}")?;
        if *state == ImportState::Undone {
            return Ok(());
        }
        writeln!(
            out,
            "\n`chandlery series revert KEY --to VERSION` brings back any version by hand."
        )
    }

    fn is_summary(&self) -> bool {
        !self
            .0
            .series
            .iter()
            .any(|series| matches!(series.outcome, UndoOutcome::Kept { .. }))
    }
}
