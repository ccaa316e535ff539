//! `chandlery backup`

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use app::{
    backup::{self, BackupCheck, BackupOutcome, BackupRequest, MANIFEST},
    progress::Progress,
};
use clap::Args;
use serde::Serialize;

use super::{open_folder, report, unwrapped};
use crate::{
    failure::{Exit, UsageError},
    output::{Output, Report, counted, numbers, table::printable},
    progress::TerminalProgress,
    session::Session,
    settings::StoreUrl,
    wire,
};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery backup --to /mnt/disk/backup
  chandlery backup --to /mnt/disk/backup --verify-only
  chandlery restore --from /mnt/disk/backup --store file:./restored
The next backup into the same folder copies what is new.";

/// The arguments of `backup`.
#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// The folder of the backup: a new one, or one with an earlier backup of the same store
    #[arg(long, value_name = "DIR", default_value = "./backup")]
    to: PathBuf,
    /// Compare every file of the backup with its manifest, and copy nothing
    #[arg(long)]
    pub(crate) verify_only: bool,
    /// Go on with the backup in the folder though its store was at another place: it has moved here
    #[arg(long, conflicts_with = "verify_only")]
    moved: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
struct BackupReport(BackupOutcome);

#[derive(Serialize)]
#[serde(transparent)]
struct CheckReport<'a>(&'a BackupCheck);

pub(crate) async fn run(session: &Session, arguments: BackupArguments) -> anyhow::Result<Exit> {
    let store = &session.settings.store;
    if store.is_same_as(&StoreUrl::File(arguments.to.clone())) {
        let message = format!("--to names the store itself, {store}; give the backup a folder of its own");
        return Err(UsageError(message).into());
    }
    let identity = wire::identity(store, &session.settings).await?;
    let into = open_folder(session, &arguments.to).await?;
    let request = BackupRequest {
        folder: arguments.to,
        store: store.identity(),
        identity,
        moved: arguments.moved,
        program: concat!("chandlery ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    let progress: Arc<dyn Progress> = session.progress.clone();
    let made = backup::backup(&session.stores, &into, &request, &*session.clock, &progress)
        .await
        .map_err(unwrapped)?;
    let exit = if made.complete {
        Exit::Done
    } else {
        Exit::Different
    };
    session.print(&BackupReport(made))?;
    Ok(exit)
}

/// Checks the backup alone; the store is not opened.
pub(crate) async fn verify(
    arguments: &BackupArguments,
    progress: &Arc<TerminalProgress>,
    output: Output,
) -> anyhow::Result<Exit> {
    let checked = check(&arguments.to, progress).await?;
    output.print(&CheckReport(&checked))?;
    Ok(if checked.intact {
        Exit::Done
    } else {
        Exit::Different
    })
}

/// Compares a backup with its manifest.
pub(super) async fn check(folder: &Path, progress: &Arc<TerminalProgress>) -> anyhow::Result<BackupCheck> {
    let hears: Arc<dyn Progress> = progress.clone();
    let checked = backup::check(folder, &hears).await;
    progress.clear();
    checked.map_err(unwrapped)
}

/// Prints what does not match the manifest.
pub(super) fn print_check(checked: &BackupCheck, output: Output) -> anyhow::Result<()> {
    output.print(&CheckReport(checked))
}

impl Report for BackupReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let BackupOutcome {
            complete,
            folder,
            files,
            bytes,
            kept,
            untouched,
            transfer,
        } = &self.0;
        report::series(transfer, false, out)?;
        for check in kept {
            let state = if check.damages.is_empty() {
                ""
            } else {
                ", and is damaged"
            };
            writeln!(
                out,
                "{}: is in the backup alone{state}; the store has it no more",
                check.key
            )?;
            for damage in &check.damages {
                writeln!(out, "{}: {}", damage.entity, damage.problem)?;
            }
        }
        report::summary(transfer, out)?;
        let manifest = folder.join(MANIFEST);
        let manifest = manifest.display();
        if *complete {
            let size = numbers::bytes(*bytes);
            writeln!(
                out,
                "The backup is complete: {manifest} names {}, {size}.",
                counted(*files, "file")
            )
        } else if *untouched {
            writeln!(
                out,
                "Nothing was written to {}: a backup has all series or none. Give it a new folder with --to.",
                folder.display()
            )
        } else {
            writeln!(
                out,
                "The backup is NOT complete, as {manifest} says; run it again once this is mended."
            )
        }
    }

    fn is_summary(&self) -> bool {
        self.0.complete
    }
}

impl Report for CheckReport<'_> {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let BackupCheck {
            intact,
            folder,
            files,
            bytes,
            findings,
            manifest,
        } = &self.0;
        for finding in findings {
            let line = format!("{}: {}", folder.join(&finding.entity).display(), finding.problem);
            writeln!(out, "{}", printable(&line))?;
        }
        let (files, bytes) = (counted(*files, "file"), numbers::bytes(*bytes));
        match manifest {
            Some(manifest) if *intact => writeln!(
                out,
                "The backup of {} is intact: {files}, {bytes}, {}.",
                crate::output::times::happened(manifest.created_at),
                counted(manifest.series.len() as u64, "series")
            ),
            _ => writeln!(
                out,
                "{} found in {files}.",
                counted(findings.len() as u64, "difference")
            ),
        }
    }

    fn is_summary(&self) -> bool {
        self.0.intact
    }
}
