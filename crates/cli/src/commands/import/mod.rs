//! `chandlery import`: imports files, and lists, shows and undoes imports.

mod history;
mod outcome;
mod preview;
mod tables;
mod undo;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use app::{
    fraction::Fraction,
    import::{ArchivedFile, ImportRequest, Importer, Naming},
};
use clap::{Args, Subcommand};
use domain::{
    id::ImportId,
    market::{SeriesKey, Venue, Zone},
};
use interchange::{Dialect, DuplicateRule, NumberStyle, ReadOptions, Stamp};

use crate::{
    failure::{Exit, UsageError},
    session::Session,
};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery import goog.csv --series NASDAQ:GOOG/1d --dry-run
  chandlery import BTCUSDT-1m-2024-01.zip --venue BINANCE
  curl -s https://example.com/eurusd.csv | chandlery import - --series FX:EURUSD/1h --zone UTC
  chandlery import inbox --venue BINANCE --archive originals
  chandlery import undo 01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10
A file that is named like a sub-command can be given as ./list.";

/// The arguments of `import`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ImportArguments {
    #[command(subcommand)]
    action: Option<ImportAction>,
    #[command(flatten)]
    files: FileArguments,
}

/// What else can be done with imports.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportAction {
    /// List imports, the newest first
    List(history::ListArguments),
    /// Show one import: its files, series and rejected rows
    Show(history::ShowArguments),
    /// Revert what an import has committed, where nothing was built on it
    Undo(undo::UndoArguments),
}

/// What is imported, and how.
#[derive(Debug, Args)]
pub(crate) struct FileArguments {
    /// Files, folders, archives, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The series that all bars belong to
    #[arg(long, value_name = "VENUE:SYMBOL/TF", conflicts_with = "venue")]
    series: Option<SeriesKey>,
    /// The venue; symbol and timeframe come from the files and their names
    #[arg(long)]
    venue: Option<Venue>,
    /// How the files are written (`chandlery dialects`); recognised when not given
    #[arg(long, value_parser = dialect)]
    dialect: Option<&'static Dialect>,
    #[arg(
        long,
        allow_hyphen_values = true,
        help = "The zone of times without offset, such as UTC or America/New_York"
    )]
    zone: Option<Zone>,
    /// Whether times name the open or the close of their bar
    #[arg(long, value_name = "open|close")]
    stamp: Option<Stamp>,
    /// Which of several rows with one time and different values to keep; all are rejected when not given
    #[arg(
        long,
        value_name = "first|last",
        default_value = "quarantine",
        hide_default_value = true
    )]
    duplicates: DuplicateRule,
    /// How numbers are written: plain, thousands (1,234.5) or decimal-comma (1.234,5)
    #[arg(
        long,
        value_name = "STYLE",
        default_value = "plain",
        hide_default_value = true
    )]
    numbers: NumberStyle,
    /// How much of a file may be rejected before all of it is refused, such as 0.1%
    #[arg(long, value_name = "FRACTION")]
    max_rejected: Option<Fraction>,
    /// Where the rejected rows go; beside their files when not given
    #[arg(long, value_name = "DIR")]
    rejected_dir: Option<PathBuf>,
    /// Where each file is moved, compressed, once its bars are stored and read back
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Read and check everything, and tell what would change
    #[arg(long)]
    dry_run: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

fn dialect(name: &str) -> Result<&'static Dialect, String> {
    Dialect::named(name).ok_or_else(|| {
        let names: Vec<_> = Dialect::all().iter().map(|dialect| dialect.name()).collect();
        let likeness = |other: &&&str| (strsim::jaro_winkler(name, other) * 1e6) as u64;
        let nearest = names.iter().max_by_key(likeness).copied().unwrap_or_default();
        format!("did you mean {nearest}? Dialects are {}", names.join(", "))
    })
}

pub(crate) async fn run(session: &Session, arguments: ImportArguments) -> anyhow::Result<Exit> {
    let stores = session.stores.clone();
    let importer = Importer::new(stores, Arc::clone(&session.clock), Arc::clone(&session.ids));
    match arguments.action {
        None => import(session, &importer, arguments.files).await,
        Some(ImportAction::List(arguments)) => history::list(session, &arguments).await,
        Some(ImportAction::Show(arguments)) => history::show(session, &arguments).await,
        Some(ImportAction::Undo(arguments)) => undo::run(session, &importer, arguments).await,
    }
}

async fn import(session: &Session, importer: &Importer, files: FileArguments) -> anyhow::Result<Exit> {
    let dry_run = files.dry_run;
    if files.archive.is_some() && files.paths.iter().any(|path| path.as_os_str() == "-") {
        let message = "--archive moves files, and standard input is none; leave one of them out";
        return Err(UsageError(message.to_owned()).into());
    }
    let request = files.request(session);
    let progress = session.progress.clone();
    if dry_run {
        let preview = importer.preview(request, progress).await?;
        session.print(&preview::PreviewReport::new(preview))?;
    } else {
        let outcome = importer.run(request, progress).await?;
        let left = outcome.archived.iter().any(ArchivedFile::is_left);
        session.print(&outcome::OutcomeReport::new(outcome))?;
        if left {
            return Ok(Exit::Failed);
        }
    }
    Ok(Exit::Done)
}

impl FileArguments {
    fn request(self, session: &Session) -> ImportRequest {
        let max_rejected = self.max_rejected.unwrap_or(session.settings.max_rejected);
        ImportRequest {
            id: None,
            expected: None,
            options: self.given(),
            read: ReadOptions {
                dialect: self.dialect,
                zone: self.zone,
                stamp: self.stamp,
                duplicates: self.duplicates,
                max_rejected: max_rejected.0,
                numbers: self.numbers,
                memory_rows: session.settings.memory_rows,
                ..ReadOptions::default()
            },
            paths: self.paths,
            naming: Naming {
                series: self.series,
                venue: self.venue,
            },
            rejected_folder: self.rejected_dir,
            archive_folder: self.archive,
            author: session.author.clone(),
            reason: self.reason,
        }
    }

    /// Returns the options that were given, by name, for the record.
    fn given(&self) -> BTreeMap<String, String> {
        let paths: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
        let options = [
            ("paths", Some(paths.join("\n"))),
            ("series", self.series.as_ref().map(SeriesKey::to_string)),
            ("venue", self.venue.as_ref().map(Venue::to_string)),
            ("dialect", self.dialect.map(|dialect| dialect.name().to_owned())),
            ("zone", self.zone.as_ref().map(Zone::to_string)),
            ("stamp", self.stamp.map(|stamp| stamp.to_string())),
            (
                "duplicates",
                (self.duplicates != DuplicateRule::Quarantine).then(|| self.duplicates.to_string()),
            ),
            (
                "numbers",
                (self.numbers != NumberStyle::Plain).then(|| self.numbers.to_string()),
            ),
            (
                "max-rejected",
                self.max_rejected.map(|fraction| fraction.to_string()),
            ),
            (
                "archive",
                self.archive.as_ref().map(|folder| folder.display().to_string()),
            ),
            ("reason", self.reason.clone()),
        ];
        options
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

/// Reads an id, or `last` for the newest import.
async fn resolve_import(session: &Session, text: &str) -> anyhow::Result<ImportId> {
    if text == "last" {
        let newest = history::newest(session, 1).await?;
        let newest = newest.into_iter().next().map(|import| import.id);
        return newest.ok_or_else(|| anyhow::anyhow!("there are no imports yet"));
    }
    text.parse()
        .map_err(|cause: domain::id::IdError| UsageError(cause.to_string()).into())
}
