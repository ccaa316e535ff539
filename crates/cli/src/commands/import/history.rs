//! `chandlery import list` and `chandlery import show`

use std::io::{self, Write};

use clap::Args;
use domain::{
    error::{EntityRef, StoreError},
    market::{Import, ImportState, ImportsQuery},
    page::PageRequest,
};
use serde::Serialize;

use super::{outcome::series_table, resolve_import, tables};
use crate::{
    failure::{Advised, Exit},
    output::{
        Report, numbers,
        table::{Column, Table},
        times,
    },
    session::Session,
};

/// The arguments of `import list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// How many
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: usize,
}

/// The arguments of `import show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The import's id, or `last`
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Serialize)]
struct ImportsReport {
    imports: Vec<Import>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct ImportReport(Import);

/// Returns the newest imports, the newest first.
pub(crate) async fn newest(session: &Session, limit: usize) -> Result<Vec<Import>, StoreError> {
    Ok(session
        .stores
        .imports
        .imports(ImportsQuery {
            page: PageRequest::first(limit),
        })
        .await?
        .items)
}

pub(crate) async fn list(session: &Session, arguments: &ListArguments) -> anyhow::Result<Exit> {
    session.print(&ImportsReport {
        imports: newest(session, arguments.limit).await?,
    })?;
    Ok(Exit::Done)
}

pub(crate) async fn show(session: &Session, arguments: &ShowArguments) -> anyhow::Result<Exit> {
    let id = resolve_import(session, &arguments.id).await?;
    let import = session.stores.imports.import(id).await?.ok_or_else(|| Advised {
        message: StoreError::NotFound(EntityRef::Import(id)).to_string(),
        hint: "`chandlery import list` shows the imports".to_owned(),
    })?;
    session.print(&ImportReport(import))?;
    Ok(Exit::Done)
}

fn state(state: ImportState) -> &'static str {
    match state {
        ImportState::Running => "running or broken off",
        ImportState::Done => "done",
        ImportState::Failed => "failed",
        ImportState::Undone => "undone",
    }
}

fn sources(import: &Import) -> String {
    match import.sources.as_slice() {
        [] => "–".to_owned(),
        [one] => shortened(&one.name),
        [first, more @ ..] => format!("{} and {} more", shortened(&first.name), more.len()),
    }
}

/// Keeps the end of a long path: that is where files differ.
fn shortened(name: &str) -> String {
    const KEPT: usize = 40;
    let length = name.chars().count();
    if length <= KEPT {
        name.to_owned()
    } else {
        format!("…{}", name.chars().skip(length - KEPT + 1).collect::<String>())
    }
}

impl Report for ImportsReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.imports.is_empty() {
            return writeln!(out, "There are no imports yet.");
        }
        let columns = [
            Column::Left("id"),
            Column::Left("started (UTC)"),
            Column::Left("author"),
            Column::Left("state"),
            Column::Left("files"),
            Column::Right("series"),
            Column::Right("new"),
            Column::Right("changed"),
        ];
        let mut table = Table::new(&columns);
        for import in &self.imports {
            table.row([
                import.id.to_string(),
                times::happened(import.started_at),
                import.author.to_string(),
                state(import.state).to_owned(),
                sources(import),
                numbers::count(import.series.len() as u64),
                numbers::count(import.series.iter().map(|series| series.inserted).sum()),
                numbers::count(import.series.iter().map(|series| series.changed).sum()),
            ]);
        }
        write!(out, "{table}")
    }
}

impl Report for ImportReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let import = &self.0;
        let finished = import.finished_at.map_or_else(|| "–".to_owned(), times::happened);
        let facts = [
            ("import", import.id.to_string()),
            ("state", state(import.state).to_owned()),
            ("author", import.author.to_string()),
            ("started", format!("{} UTC", times::happened(import.started_at))),
            ("finished", format!("{finished} UTC")),
        ];
        write!(out, "{}", Table::of_pairs(facts))?;
        if let Some(error) = &import.error {
            writeln!(out, "error     {error}")?;
        }
        for (name, value) in &import.options {
            writeln!(out, "option    {name} = {}", value.replace('\n', ", "))?;
        }
        let columns = [
            Column::Left("file"),
            Column::Left("dialect"),
            Column::Left("zone"),
            Column::Right("rows"),
            Column::Right("rejected"),
            Column::Right("bytes"),
            Column::Left("sha256"),
        ];
        let mut files = Table::new(&columns);
        for source in &import.sources {
            let [rows, rejected, bytes] = [source.rows, source.rejected, source.bytes].map(numbers::count);
            let (dialect, zone, sha256) = (
                source.dialect.clone(),
                source.zone.clone(),
                source.sha256.to_string(),
            );
            files.row([source.name.clone(), dialect, zone, rows, rejected, bytes, sha256]);
        }
        write!(out, "\n{files}")?;
        if !import.series.is_empty() {
            write!(out, "\n{}", series_table(&import.series))?;
        }
        let rejected = import.rules.iter().map(|rule| rule.rows).sum();
        tables::rejected(rejected, &import.rules, &import.rejected, out)
    }
}
