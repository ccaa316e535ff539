//! What an import is asked for, and what it comes to.

use std::{collections::BTreeMap, path::PathBuf};

use domain::{
    id::ImportId,
    market::{Author, Import, SeriesKey, Version},
};
use interchange::{ReadOptions, ReadReport};
use serde::Serialize;

use super::{ArchivedFile, Difference, Naming, QuarantineFile, SeriesPreview};

/// Asks for files to be imported.
#[derive(Debug)]
pub struct ImportRequest {
    /// The identity of the import; a new one when not given.
    pub id: Option<ImportId>,
    /// Files, folders, archives, or `-` for standard input.
    pub paths: Vec<PathBuf>,
    /// What their series are called.
    pub naming: Naming,
    /// How they are read; the use case itself sets the declared timeframe and the present.
    pub read: ReadOptions,
    /// Where rows that are turned away go; beside their files when not given.
    pub rejected_folder: Option<PathBuf>,
    /// Where files go once what they held has been committed and read back; they stay where they are when not given.
    /// Standard input stays out of it.
    pub archive_folder: Option<PathBuf>,
    /// Who imports.
    pub author: Author,
    /// Why.
    pub reason: Option<String>,
    /// The versions that the series must have, as a dry run found them; a series that is not named must not be there.
    pub expected: Option<BTreeMap<SeriesKey, Version>>,
    /// The options as they were given, for the record.
    pub options: BTreeMap<String, String>,
}

/// What became of an import.
#[derive(Debug, Clone, Serialize)]
pub struct ImportOutcome {
    /// The record that is kept.
    pub import: Import,
    /// What the reader found; of the rejected rows, the first thousand.
    pub report: ReadReport,
    /// Stored bars that got other values, the first of each series.
    pub differences: BTreeMap<String, Vec<Difference>>,
    /// Where the rows are that were turned away.
    pub quarantine: Vec<QuarantineFile>,
    /// What became of the files, when they were to be moved to an archive.
    pub archived: Vec<ArchivedFile>,
}

/// What an import would do.
#[derive(Debug, Clone, Serialize)]
pub struct ImportPreview {
    /// What the reader found; of the rejected rows, the first thousand.
    pub report: ReadReport,
    /// What would become of each series.
    pub series: Vec<SeriesPreview>,
}
