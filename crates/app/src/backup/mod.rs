//! Backup and restore: a backup is a store on files with a manifest beside it.
//!
//! Making one is a [`transfer`] into that store. Before anything is written, a manifest that says
//! "unfinished" takes the place of an earlier one, which could no longer describe the folder; the one that says what
//! the backup holds is written last, when both sides have been read back. Files are hashed before they are read back:
//! what the manifest vouches for is what was verified.
//!
//! A backup only grows. Series that were purged from the store since stay in it, and are named.

mod error;
mod folder;
mod manifest;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{
    clock::Clock,
    market::{ImportsQuery, InstrumentsQuery, SeriesCheck, SeriesFilter, SeriesHead},
    page::PageRequest,
};
use serde::Serialize;

use self::manifest::Found;
pub(crate) use self::manifest::{hex, sync_folder, temporary_file};
pub use self::{
    error::BackupError,
    folder::Finding,
    manifest::{BackupState, MANIFEST, Manifest, ManifestFile, ManifestSeries},
};
use crate::{
    progress::Progress,
    stores::Stores,
    transfer::{self, RunPins, StrategyPin, Transfer, Work},
};

/// How many records are counted at once.
const PAGE: usize = 500;

/// Asks for a backup.
#[derive(Debug, Clone)]
pub struct BackupRequest {
    /// The folder of the backup.
    pub folder: PathBuf,
    /// What the store is called, without credentials.
    pub store: String,
    /// What tells the store from all others, whatever it is called, if there is such a thing.
    pub identity: Option<String>,
    /// Whether an earlier backup of the folder is of this store though it seems to be of another one.
    pub moved: bool,
    /// The program and its version.
    pub program: String,
}

/// What became of a backup.
#[derive(Debug, Clone, Serialize)]
pub struct BackupOutcome {
    /// Whether the backup is complete and verified.
    pub complete: bool,
    /// The folder.
    pub folder: PathBuf,
    /// How many files it has; 0 when it is not complete.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Series that are in the backup alone, because the store has them no more.
    pub kept: Vec<SeriesCheck>,
    /// Whether the folder was left as it was, because something stood in the way of a whole backup.
    pub untouched: bool,
    /// What was copied, and what comparing both sides has shown.
    pub transfer: Transfer,
}

/// What checking a backup's files has shown.
#[derive(Debug, Clone, Serialize)]
pub struct BackupCheck {
    /// Whether the manifest and every file are what they were when the backup was verified.
    pub intact: bool,
    /// The folder.
    pub folder: PathBuf,
    /// How many files the manifest names.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Everything that does not match.
    pub findings: Vec<Finding>,
    /// The manifest, unless it is damaged.
    #[serde(skip)]
    pub manifest: Option<Manifest>,
}

/// What became of a restored backup.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreOutcome {
    /// Whether the store now has everything that the manifest tells of.
    pub matches: bool,
    /// What does not match the manifest.
    pub findings: Vec<Finding>,
    /// What was copied, and what comparing both sides has shown.
    pub transfer: Transfer,
}

/// Backs `from` up into `into`, the store in the request's folder, or goes on with an earlier backup there.
///
/// # Errors
/// [`BackupError::OtherContents`] and [`BackupError::OtherStore`] when the folder holds something else,
/// [`BackupError::Manifest`] when its manifest is damaged, [`BackupError::Transfer`] when a store can't work or the
/// transfer is cancelled, [`BackupError::File`] when the disk fails.
pub async fn backup(
    from: &Stores,
    into: &Stores,
    request: &BackupRequest,
    clock: &dyn Clock,
    progress: &Arc<dyn Progress>,
) -> Result<BackupOutcome, BackupError> {
    admit(into, request).await?;
    let mut work = Work::plan(from, into, None, &**progress).await?;
    let mut outcome = BackupOutcome {
        complete: false,
        folder: request.folder.clone(),
        files: 0,
        bytes: 0,
        kept: Vec::new(),
        untouched: work.is_obstructed(),
        transfer: Transfer::default(),
    };
    if outcome.untouched {
        outcome.transfer = work.verify().await?;
        return Ok(outcome);
    }
    let mut manifest = Manifest {
        state: BackupState::Unfinished,
        created_at: clock.now(),
        store: request.store.clone(),
        identity: request.identity.clone(),
        program: request.program.clone(),
        instruments: 0,
        imports: 0,
        strategies: 0,
        backtests: 0,
        sweeps: 0,
        series: Vec::new(),
        files: Vec::new(),
    };
    write(&manifest, &request.folder).await?;
    work.copy().await?;
    let heads = into.all_series(SeriesFilter::default()).await?;
    manifest.series = heads.iter().map(ManifestSeries::from).collect();
    manifest.count(&RecordCounts::of(into).await?);
    manifest.files = describe(&request.folder, progress).await?;
    outcome.transfer = work.verify().await?;
    outcome.kept = check_kept(into, &heads, &outcome.transfer).await?;
    outcome.complete = outcome.transfer.matches && outcome.kept.iter().all(|check| check.damages.is_empty());
    if outcome.complete {
        outcome.files = manifest.files.len() as u64;
        outcome.bytes = manifest.files.iter().map(|file| file.bytes).sum();
        manifest.state = BackupState::Complete;
        manifest.created_at = clock.now();
        write(&manifest, &request.folder).await?;
    }
    Ok(outcome)
}

/// Compares the manifest in `folder` with its checksum, and every file there with the manifest.
///
/// # Errors
/// [`BackupError::NoManifest`] when there is none, [`BackupError::File`] when a file can't be read,
/// [`BackupError::Cancelled`].
pub async fn check(folder: &Path, progress: &Arc<dyn Progress>) -> Result<BackupCheck, BackupError> {
    let (folder, progress) = (folder.to_owned(), Arc::clone(progress));
    tokio::task::spawn_blocking(move || check_files(folder, &*progress)).await?
}

fn check_files(folder: PathBuf, progress: &dyn Progress) -> Result<BackupCheck, BackupError> {
    let (manifest, findings) = match Manifest::find(&folder)? {
        Found::Nothing => return Err(BackupError::NoManifest(folder)),
        Found::Damaged(problem) => (None, vec![Finding::new(MANIFEST, problem)]),
        Found::Intact(manifest) if manifest.state == BackupState::Unfinished => {
            let problem = format!(
                "the backup that began at {} was not finished; `chandlery backup` finishes it, and `chandlery copy \
                 --from` this folder takes what is there, each series with its whole versions",
                manifest.created_at
            );
            (Some(manifest), vec![Finding::new(MANIFEST, problem)])
        }
        Found::Intact(manifest) => {
            let findings = folder::check(&folder, &manifest.files, progress)?;
            (Some(manifest), findings)
        }
    };
    let files = manifest.as_ref().map_or(&[][..], |manifest| &manifest.files);
    Ok(BackupCheck {
        intact: findings.is_empty(),
        files: files.len() as u64,
        bytes: files.iter().map(|file| file.bytes).sum(),
        folder,
        findings,
        manifest: manifest.map(|manifest| *manifest),
    })
}

/// Copies a backup, which [`check`] has found intact, into a store, and compares what arrives with the manifest. The
/// rules are those of a transfer: nothing is merged.
///
/// # Errors
/// [`BackupError::Transfer`] when a store can't work, or the transfer is cancelled.
pub async fn restore(
    from: &Stores,
    to: &Stores,
    manifest: &Manifest,
    progress: &dyn Progress,
) -> Result<RestoreOutcome, BackupError> {
    let transfer = transfer::copy(from, to, None, progress).await?;
    let findings = compare(manifest, &transfer);
    Ok(RestoreOutcome {
        matches: transfer.matches && findings.is_empty(),
        findings,
        transfer,
    })
}

fn compare(manifest: &Manifest, transfer: &Transfer) -> Vec<Finding> {
    let rows: BTreeMap<_, _> = transfer.series.iter().map(|row| (&row.key, row)).collect();
    let mut findings = Vec::new();
    for series in &manifest.series {
        let row = rows.get(&series.key);
        let told = (series.versions, Some(series.bars), Some(series.digest));
        let read = row.map(|row| (row.source.versions, row.source.read_bars, row.source.read_digest));
        if read != Some(told) {
            findings.push(Finding::new(
                series.key.to_string(),
                "it is not what the manifest tells of",
            ));
        }
    }
    let counts = [
        ("instruments", manifest.instruments, transfer.instruments.records),
        ("imports", manifest.imports, transfer.imports.records),
        ("strategies", manifest.strategies, transfer.strategies.records),
        ("backtests", manifest.backtests, transfer.backtests.records),
        ("sweeps", manifest.sweeps, transfer.sweeps.records),
    ];
    let differing = counts.into_iter().filter(|(_, told, found)| told != found);
    findings.extend(differing.map(|(name, told, found)| {
        Finding::new(
            name,
            format!("the backup has {found}, the manifest tells of {told}"),
        )
    }));
    findings
}

/// Refuses a folder that holds something else than a backup of this store.
async fn admit(into: &Stores, request: &BackupRequest) -> Result<(), BackupError> {
    let folder = request.folder.clone();
    let found = tokio::task::spawn_blocking(move || Manifest::find(&folder)).await??;
    match found {
        Found::Intact(manifest)
            if request.moved || manifest.is_of(&request.store, request.identity.as_deref()) =>
        {
            Ok(())
        }
        Found::Intact(manifest) => Err(BackupError::OtherStore {
            folder: request.folder.clone(),
            theirs: manifest.store,
            ours: request.store.clone(),
        }),
        Found::Damaged(problem) => Err(BackupError::Manifest {
            file: request.folder.join(MANIFEST),
            problem,
        }),
        Found::Nothing => {
            let series = into.all_series(SeriesFilter::default()).await?;
            if series.is_empty() && RecordCounts::of(into).await? == RecordCounts::default() {
                Ok(())
            } else {
                Err(BackupError::OtherContents(request.folder.clone()))
            }
        }
    }
}

async fn write(manifest: &Manifest, folder: &Path) -> Result<(), BackupError> {
    let (manifest, folder) = (manifest.clone(), folder.to_owned());
    tokio::task::spawn_blocking(move || manifest.write(&folder)).await?
}

async fn describe(folder: &Path, progress: &Arc<dyn Progress>) -> Result<Vec<ManifestFile>, BackupError> {
    let (folder, progress) = (folder.to_owned(), Arc::clone(progress));
    tokio::task::spawn_blocking(move || folder::describe(&folder, &*progress)).await?
}

/// Verifies the series that the store has no more.
async fn check_kept(
    into: &Stores,
    heads: &[SeriesHead],
    transfer: &Transfer,
) -> Result<Vec<SeriesCheck>, BackupError> {
    let known: BTreeSet<_> = transfer.series.iter().map(|row| &row.key).collect();
    let mut checks = Vec::new();
    for head in heads.iter().filter(|head| !known.contains(&head.key)) {
        checks.push(into.prices.verify(&head.key).await?);
    }
    Ok(checks)
}

/// How much a store holds besides series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct RecordCounts {
    instruments: u64,
    imports: u64,
    strategies: u64,
    backtests: u64,
    sweeps: u64,
}

impl RecordCounts {
    async fn of(stores: &Stores) -> Result<Self, BackupError> {
        let mut counts = Self::default();
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = stores
                .instruments
                .instruments(InstrumentsQuery { venue: None, page })
                .await?;
            counts.instruments += found.items.len() as u64;
            let Some(next) = found.next else { break };
            page = PageRequest::first(PAGE).after(next);
        }
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = stores.imports.imports(ImportsQuery { page }).await?;
            counts.imports += found.items.len() as u64;
            let Some(next) = found.next else { break };
            page = PageRequest::first(PAGE).after(next);
        }
        counts.strategies = StrategyPin::all(stores).await?.len() as u64;
        (counts.backtests, counts.sweeps) = RunPins::all(stores).await?.counts();
        Ok(counts)
    }
}

impl Manifest {
    fn count(&mut self, counts: &RecordCounts) {
        self.instruments = counts.instruments;
        self.imports = counts.imports;
        self.strategies = counts.strategies;
        self.backtests = counts.backtests;
        self.sweeps = counts.sweeps;
    }
}
