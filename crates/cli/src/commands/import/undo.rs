//! `chandlery import undo`

use std::io::{self, Write};

use app::import::{Importer, UndoOutcome, UndoneImport};
use clap::Args;
use domain::market::{AsOf, Commit, ImportState};
use serde::Serialize;

use super::resolve_import;
use crate::{
    failure::Exit,
    output::{
        Report, numbers,
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
struct UndoReport {
    undone: UndoneImport,
    /// The commit that took each series back, in the same order, where there is one.
    #[serde(skip)]
    made: Vec<Option<Commit>>,
}

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
    let mut made = Vec::new();
    for series in &undone.series {
        made.push(match series.outcome {
            UndoOutcome::Reverted { version } => {
                let at = AsOf::Version(version);
                session.stores.prices.commit_at(&series.key, at).await?
            }
            _ => None,
        });
    }
    session.print(&UndoReport { undone, made })?;
    Ok(if kept { Exit::Failed } else { Exit::Done })
}

impl Report for UndoReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let UndoneImport {
            import,
            state,
            series,
        } = &self.undone;
        if series.is_empty() {
            return writeln!(out, "Import {import} has committed nothing.");
        }
        let columns = [
            Column::Left("series"),
            Column::Right("back"),
            Column::Right("changed"),
            Column::Right("gone"),
            Column::Left("result"),
        ];
        let mut table = Table::new(&columns);
        for (series, commit) in series.iter().zip(&self.made) {
            let result = match &series.outcome {
                UndoOutcome::Reverted { version } => format!("reverted, as version {version}"),
                UndoOutcome::NothingToUndo => "the import had changed nothing".to_owned(),
                UndoOutcome::UndoneBefore => "was undone before".to_owned(),
                UndoOutcome::Kept { head, kind, author } => {
                    format!("left alone: version {head} ({kind} by {author}) was made since")
                }
                UndoOutcome::Gone => "is not there any more".to_owned(),
            };
            let counts = commit
                .as_ref()
                .map(|commit| [commit.inserted, commit.changed, commit.deleted]);
            let counts = counts.map_or_else(|| ["–"; 3].map(str::to_owned), |all| all.map(numbers::count));
            table.row([series.key.to_string()].into_iter().chain(counts).chain([result]));
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
            .undone
            .series
            .iter()
            .any(|series| matches!(series.outcome, UndoOutcome::Kept { .. }))
    }
}
