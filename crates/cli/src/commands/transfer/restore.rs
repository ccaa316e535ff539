//! `chandlery restore`

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use app::backup::{self, RestoreOutcome};
use clap::Args;
use serde::Serialize;

use super::{backup as backups, open_folder, report, unwrapped};
use crate::{
    arguments::Global,
    failure::{Exit, UsageError},
    output::{Output, Report, note},
    progress::TerminalProgress,
    session::Session,
    settings::{Settings, StoreUrl},
};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery restore --from /mnt/disk/backup --store file:./restored
  chandlery restore --from /mnt/disk/backup --store postgres://user@host:5432/chandlery
The backup is checked first: if a file of it is damaged, nothing is written to the store.";

/// The arguments of `restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// The folder of the backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
}

#[derive(Serialize)]
struct RestoreReport {
    from: PathBuf,
    to: String,
    #[serde(flatten)]
    outcome: RestoreOutcome,
}

/// Checks the backup before the store is opened, so that a damaged one makes none.
pub(crate) async fn run(
    arguments: RestoreArguments,
    settings: Settings,
    global: &Global,
    progress: Arc<TerminalProgress>,
) -> anyhow::Result<Exit> {
    if settings.store.is_same_as(&StoreUrl::File(arguments.from.clone())) {
        let message = format!(
            "--from names the store itself, {}; name the folder of a backup",
            settings.store
        );
        return Err(UsageError(message).into());
    }
    let output = Output {
        json: global.json,
        quiet: global.quiet,
    };
    let checked = backups::check(&arguments.from, &progress).await?;
    let Some(manifest) = checked.manifest.as_ref().filter(|_| checked.intact) else {
        backups::print_check(&checked, output)?;
        note("error: the backup is not what was written; nothing was restored");
        return Ok(Exit::Different);
    };
    let session = Session::open(settings, global, progress).await?;
    let from = open_folder(&session, &arguments.from).await?;
    let restored = backup::restore(&from, &session.stores, manifest, &*session.progress).await;
    session.progress.clear();
    let outcome = restored.map_err(unwrapped)?;
    let exit = if outcome.matches {
        Exit::Done
    } else {
        Exit::Different
    };
    session.print(&RestoreReport {
        from: arguments.from,
        to: session.settings.store.to_string(),
        outcome,
    })?;
    Ok(exit)
}

impl Report for RestoreReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let RestoreOutcome {
            matches,
            findings,
            transfer,
        } = &self.outcome;
        report::series(transfer, false, out)?;
        for finding in findings {
            writeln!(out, "{}: {}", finding.entity, finding.problem)?;
        }
        report::summary(transfer, out)?;
        if *matches {
            writeln!(out, "{} holds what the manifest tells of.", self.to)
        } else {
            writeln!(out, "{} does NOT hold all that the manifest tells of.", self.to)
        }
    }

    fn is_summary(&self) -> bool {
        self.outcome.matches
    }
}
