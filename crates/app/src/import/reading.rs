//! The blocking half of an import: finding, parsing and checking files, on threads of their own.

use std::{path::PathBuf, sync::Arc};

use domain::market::ImportSource;
use interchange::{
    InputFile, ReadError, ReadOptions, ReadProgress, ReadReport, Reading, Scanned, find_inputs, scan,
};

use super::{
    error::ImportError,
    naming::{Naming, name_series},
    target::Target,
};
use crate::{
    progress::{Progress, Stage},
    stores::Stores,
};

/// Files that were read and may be committed.
pub(super) struct Checked {
    pub(super) reading: Reading,
    /// One for each series of the reading, in its order.
    pub(super) targets: Vec<Target>,
}

/// Runs `work` on a thread where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ImportError> {
    Ok(tokio::task::spawn_blocking(work).await?)
}

/// Finds the files behind `paths`.
pub(super) async fn find(paths: Vec<PathBuf>, read: &ReadOptions) -> Result<Vec<InputFile>, ImportError> {
    let read = read.clone();
    Ok(blocking(move || find_inputs(&paths, &read)).await??)
}

/// Parses `inputs`, names their series, and checks their bars against the rules of what is stored.
pub(super) async fn check(
    stores: &Stores,
    inputs: &[InputFile],
    read: ReadOptions,
    naming: &Naming,
    progress: &Arc<dyn Progress>,
) -> Result<Checked, ImportError> {
    let scanned = {
        let (inputs, progress) = (inputs.to_vec(), Arc::clone(progress));
        blocking(move || scan(&inputs, &read, &FileProgress(&*progress))).await??
    };
    let targets = targets(stores, inputs, &scanned, naming).await?;
    let rules: Vec<_> = targets.iter().map(Target::rules).collect();
    let reading = blocking(move || scanned.check(&rules)).await??;
    Ok(Checked { reading, targets })
}

async fn targets(
    stores: &Stores,
    inputs: &[InputFile],
    scanned: &Scanned,
    naming: &Naming,
) -> Result<Vec<Target>, ImportError> {
    let found: Vec<_> = scanned
        .series()
        .iter()
        .map(|series| (series.symbol.clone(), series.timeframe))
        .collect();
    let file = match inputs {
        [one] => one.name().to_owned(),
        several => several
            .first()
            .map_or_else(String::new, |first| format!("{} (or another)", first.name())),
    };
    let keys = name_series(naming, &found, &file)?;
    let mut targets = Vec::with_capacity(keys.len());
    for (key, series) in keys.into_iter().zip(scanned.series()) {
        targets.push(Target::find(stores, key, &series.hints).await?);
    }
    Ok(targets)
}

/// Tells of each input what is known: its name and hash, and after the reading also how it was read.
pub(super) fn sources(
    inputs: &[InputFile],
    report: Option<&ReadReport>,
) -> Result<Vec<ImportSource>, ReadError> {
    let source = |input: &InputFile| {
        let read = report.and_then(|report| report.files.iter().find(|file| file.name == input.name()));
        Ok(ImportSource {
            name: input.name().to_owned(),
            sha256: input.sha256()?,
            bytes: input.bytes(),
            dialect: read.map(|file| file.dialect.clone()).unwrap_or_default(),
            zone: read.map(|file| file.zone.clone()).unwrap_or_default(),
            rows: read.map_or(0, |file| file.rows),
            rejected: read.map_or(0, |file| file.rejected),
        })
    };
    inputs.iter().map(source).collect()
}

/// Passes the reader's progress on.
struct FileProgress<'a>(&'a dyn Progress);

impl ReadProgress for FileProgress<'_> {
    fn total(&self, bytes: u64) {
        self.0.begin(&Stage::Reading, Some(bytes));
    }

    fn advance(&self, bytes: u64, rows: u64) {
        self.0.advance(bytes, rows);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
