//! Import: files are read, their series named and checked, and each series is committed once.
//!
//! A dry run does all of that but the last step and tells what would change. An import is all or nothing for each
//! series; one that was broken off is completed by importing the same files again, as equal bars make no version.

mod archive;
mod error;
mod naming;
mod preview;
mod quarantine;
mod reading;
mod request;
mod target;
mod undo;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use domain::{
    clock::Clock,
    error::{EntityRef, StoreError},
    id::{IdSource, ImportId},
    market::{Import, ImportState, ImportedSeries, SeriesKey, Version, WriteMeta},
};
use futures::TryStreamExt;
use interchange::{InputFile, ReadError, ReadOptions, ReadReport};

pub use self::{
    archive::{ArchiveState, ArchivedFile},
    error::{CommitFailure, ImportError},
    naming::{Naming, NamingError},
    preview::{BarValues, Difference, LISTED_DIFFERENCES, SeriesPreview},
    quarantine::QuarantineFile,
    request::{ImportOutcome, ImportPreview, ImportRequest},
    undo::{UndoOutcome, UndoneImport, UndoneSeries},
};
use self::{
    quarantine::write_quarantine,
    reading::{Checked, blocking},
    target::{Target, bars_of},
};
use crate::{
    progress::{Cancelled, Progress},
    stores::Stores,
};

/// How many rejected rows the record of an import keeps, and its report lists; the quarantine files have all of them.
const KEPT_REJECTED: usize = 1_000;

/// Imports files into a store.
#[derive(Clone)]
pub struct Importer {
    stores: Stores,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl std::fmt::Debug for Importer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Importer")
            .field("stores", &self.stores)
            .finish_non_exhaustive()
    }
}

impl Importer {
    /// Makes an importer.
    pub fn new(stores: Stores, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { stores, clock, ids }
    }

    /// Reads and checks files and tells what importing them would change; writes nothing.
    ///
    /// # Errors
    /// [`ImportError`] as [`Importer::run`], but for failures of writing.
    pub async fn preview(
        &self,
        request: ImportRequest,
        progress: Arc<dyn Progress>,
    ) -> Result<ImportPreview, ImportError> {
        let ImportRequest {
            paths, naming, read, ..
        } = request;
        let read = self.prepared(read, &naming);
        let inputs = reading::find(paths, &read).await?;
        let Checked { reading, targets } =
            reading::check(&self.stores, &inputs, read, &naming, &progress).await?;
        let mut report = reading.report().clone();
        let mut series = Vec::with_capacity(targets.len());
        for (number, (target, found)) in targets.iter().zip(&report.series).enumerate() {
            let bars = bars_of(&reading, number, Arc::clone(&progress));
            series.push(preview::preview(&*self.stores.prices, target, bars, found.bars, &*progress).await?);
        }
        report.rejected.truncate(KEPT_REJECTED);
        Ok(ImportPreview { report, series })
    }

    /// Reads and checks files and commits each series that they hold. Whatever happens, the import is on record once
    /// the files have been found.
    ///
    /// # Errors
    /// [`ImportError::Read`] and [`ImportError::TooManyRejected`] when the files are refused,
    /// [`ImportError::Naming`] when their series can't be named, [`ImportError::Commit`] when the store refuses or
    /// fails, [`ImportError::Cancelled`] when `progress` says so. Series that were committed before stay.
    pub async fn run(
        &self,
        request: ImportRequest,
        progress: Arc<dyn Progress>,
    ) -> Result<ImportOutcome, ImportError> {
        let ImportRequest {
            id,
            paths,
            naming,
            read,
            rejected_folder,
            archive_folder,
            author,
            reason,
            expected,
            options,
        } = request;
        let read = self.prepared(read, &naming);
        let inputs = Arc::new(reading::find(paths, &read).await?);
        let mut import = Import {
            id: id.unwrap_or_else(|| ImportId::next(&*self.ids)),
            state: ImportState::Running,
            author,
            started_at: self.clock.now(),
            finished_at: None,
            sources: Vec::new(),
            options,
            series: Vec::new(),
            rules: Vec::new(),
            rejected: Vec::new(),
            error: None,
        };
        let run = Run {
            importer: self,
            inputs: Arc::clone(&inputs),
            naming,
            rejected_folder,
            reason,
            expected,
            progress,
        };
        let outcome = run.carry_out(&mut import, read).await;
        import.finished_at = Some(self.clock.now());
        match outcome {
            Ok((mut report, quarantine, differences)) => {
                report.rejected.truncate(KEPT_REJECTED);
                import.state = ImportState::Done;
                self.stores.imports.put_import(&import).await?;
                let archived = match archive_folder {
                    Some(folder) => {
                        archive::archive(&self.stores, &import.series, inputs, folder, run.progress).await?
                    }
                    None => Vec::new(),
                };
                Ok(ImportOutcome {
                    import,
                    report,
                    differences,
                    quarantine,
                    archived,
                })
            }
            Err(error) => {
                import.state = ImportState::Failed;
                if import.sources.is_empty() {
                    // What can't be read can't be hashed; the error of the import says so.
                    import.sources = reading::sources(&inputs, None).unwrap_or_default();
                }
                import.error = Some(error.to_string());
                if let Err(unrecorded) = self.stores.imports.put_import(&import).await {
                    tracing::warn!(import = %import.id, error = %unrecorded, "the failed import is not on record");
                }
                Err(error)
            }
        }
    }

    fn prepared(&self, read: ReadOptions, naming: &Naming) -> ReadOptions {
        let mut read = read;
        read.now = self.clock.now();
        // The symbol is not declared to the reader: the one that the files say shows whether the right ones were given.
        read.timeframe = naming.series.as_ref().map(|series| series.timeframe);
        read
    }
}

type Differences = BTreeMap<String, Vec<Difference>>;

/// One import under way.
struct Run<'a> {
    importer: &'a Importer,
    inputs: Arc<Vec<InputFile>>,
    naming: Naming,
    rejected_folder: Option<PathBuf>,
    reason: Option<String>,
    expected: Option<BTreeMap<SeriesKey, Version>>,
    progress: Arc<dyn Progress>,
}

impl Run<'_> {
    async fn carry_out(
        &self,
        import: &mut Import,
        read: ReadOptions,
    ) -> Result<(ReadReport, Vec<QuarantineFile>, Differences), ImportError> {
        let stores = &self.importer.stores;
        let checked = reading::check(stores, &self.inputs, read, &self.naming, &self.progress).await;
        let Checked { reading, targets } = match checked {
            Err(error) => return Err(self.refused(import, error).await),
            Ok(checked) => checked,
        };
        if let Some(expected) = &self.expected {
            as_expected(&targets, expected)?;
        }
        let report = reading.report().clone();
        self.note(import, &report)?;
        let quarantine = self.quarantine(&report).await?;
        stores.imports.put_import(import).await?;
        let meta = self.meta(import);
        let mut differences = Differences::new();
        for (number, (target, found)) in targets.iter().zip(&report.series).enumerate() {
            let bars = bars_of(&reading, number, Arc::clone(&self.progress));
            let counts = (found.bars, found.duplicates);
            let written = target
                .commit(
                    stores,
                    bars,
                    counts,
                    self.expected.is_some(),
                    meta.clone(),
                    &*self.progress,
                )
                .await;
            let series = written.map_err(|source| failed(&target.key, &import.series, source))?;
            if series.changed > 0 {
                differences.insert(target.key.to_string(), differences_of(stores, &series).await?);
            }
            import.series.push(series);
            stores.imports.put_import(import).await?;
        }
        Ok((report, quarantine, differences))
    }

    /// Keeps the rejected rows, if they are the reason for the refusal.
    async fn refused(&self, import: &mut Import, error: ImportError) -> ImportError {
        let ImportError::Read(source) = error else {
            return error;
        };
        let ReadError::TooManyRejected(report) = &*source else {
            return ImportError::Read(source);
        };
        if let Err(unread) = self.note(import, report) {
            return unread.into();
        }
        match self.quarantine(report).await {
            Ok(quarantine) => ImportError::TooManyRejected { source, quarantine },
            Err(unwritten) => {
                tracing::warn!(error = %unwritten, "the rejected rows are not kept");
                ImportError::Read(source)
            }
        }
    }

    fn note(&self, import: &mut Import, report: &ReadReport) -> Result<(), ReadError> {
        import.sources = reading::sources(&self.inputs, Some(report))?;
        import.rules.clone_from(&report.rules);
        import.rejected = report.rejected.iter().take(KEPT_REJECTED).cloned().collect();
        Ok(())
    }

    async fn quarantine(&self, report: &ReadReport) -> Result<Vec<QuarantineFile>, ImportError> {
        if report.rejected.is_empty() {
            return Ok(Vec::new());
        }
        let (rows, inputs) = (report.rejected.clone(), Arc::clone(&self.inputs));
        let folder = self.rejected_folder.clone();
        blocking(move || write_quarantine(&rows, &inputs, folder.as_deref())).await?
    }

    fn meta(&self, import: &Import) -> WriteMeta {
        let first = self.inputs.first();
        let hash = import.sources.first().map(|source| &source.sha256);
        let same_hash = import.sources.iter().all(|source| Some(&source.sha256) == hash);
        let source_name = match (first, self.inputs.len() - usize::from(first.is_some())) {
            (Some(first), 0) => Some(first.name().to_owned()),
            (Some(first), more) => Some(format!("{} and {more} more", first.name())),
            (None, _) => None,
        };
        WriteMeta {
            author: import.author.clone(),
            reason: self.reason.clone(),
            import_id: Some(import.id),
            source_name,
            source_sha256: hash.filter(|_| same_hash).cloned(),
        }
    }
}

/// Checks that the series are at the versions that a dry run has found.
fn as_expected(targets: &[Target], expected: &BTreeMap<SeriesKey, Version>) -> Result<(), ImportError> {
    for target in targets {
        let wanted = expected.get(&target.key).copied().unwrap_or(Version::EMPTY);
        if target.version() != wanted {
            let source = moved(&target.key, wanted, target.version());
            return Err(failed(&target.key, &[], source));
        }
    }
    Ok(())
}

/// Says that a series has another version than the one that was expected.
pub(crate) fn moved(key: &SeriesKey, expected: Version, found: Version) -> StoreError {
    let reason = format!("version {expected} was expected, and {found} is the newest; check the files again");
    StoreError::conflict(EntityRef::Series(key.clone()), reason)
}

fn failed(key: &SeriesKey, done: &[ImportedSeries], source: StoreError) -> ImportError {
    let written = done.iter().filter(|series| series.version.is_some());
    let committed = written.map(|series| series.key.clone()).collect();
    if Cancelled::caused(&source) {
        ImportError::Cancelled { committed }
    } else {
        ImportError::Commit(Box::new(CommitFailure {
            key: key.clone(),
            committed,
            source,
        }))
    }
}

/// Lists the first stored bars that an import has given other values.
async fn differences_of(stores: &Stores, series: &ImportedSeries) -> Result<Vec<Difference>, StoreError> {
    let mut listed = Vec::new();
    let Some(version) = series.version else {
        return Ok(listed);
    };
    let mut changes = stores.prices.diff(&series.key, series.before, version);
    let wanted = LISTED_DIFFERENCES.min(usize::try_from(series.changed).unwrap_or(usize::MAX));
    while listed.len() < wanted
        && let Some(batch) = changes.try_next().await?
    {
        let pairs = batch
            .before
            .rows()
            .zip(batch.after.rows())
            .take(wanted - listed.len());
        listed.extend(pairs.map(|(before, after)| Difference::between(before, after)));
    }
    Ok(listed)
}

#[cfg(test)]
mod tests;
