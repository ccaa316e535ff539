//! Imports: what was read from where, what became of it, and what was turned away.

use serde::{Deserialize, Serialize};

use super::{Author, SeriesKey, Sha256Hex, Timestamp, Version};
use crate::id::ImportId;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// It is being carried out, or was broken off; importing the same files again completes it.
    Running,
    /// Every series has been committed.
    Done,
    /// It was refused or failed; the report says why. Series that were committed before stay, and are listed.
    Failed,
    /// Its commits have been reverted, as far as nothing was built on them.
    Undone,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSource {
    /// The file's name; of an archive's member, `archive.zip/member.csv`.
    pub name: String,
    /// The SHA-256 of the file as it lay on disk.
    pub sha256: Sha256Hex,
    /// Its size in bytes.
    pub bytes: u64,
    /// The dialect that it was read in.
    pub dialect: String,
    /// The zone of its times.
    pub zone: String,
    /// How many rows of data it has.
    pub rows: u64,
    /// How many of them were turned away.
    pub rejected: u64,
}

/// What became of one series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedSeries {
    /// The series.
    pub key: SeriesKey,
    /// Its version before.
    pub before: Version,
    /// The version that the import made; `None` when every bar was there already.
    pub version: Option<Version>,
    /// How many bars were read for it.
    pub bars: u64,
    /// How many were new.
    pub inserted: u64,
    /// How many got other values.
    pub changed: u64,
    /// How many were there already, bit for bit.
    pub unchanged: u64,
    /// How many identical duplicates were dropped.
    pub duplicates: u64,
}

/// How often a rule turned a row away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// The rule's name.
    pub rule: String,
    /// How many rows broke it.
    pub rows: u64,
}

/// A row that was turned away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The column's name in the file, or empty when the row as a whole is at fault.
    pub column: String,
    /// The rule's name.
    pub rule: String,
    /// What is wrong, for people.
    pub message: String,
    /// The row as it stands in the file.
    pub text: String,
}

/// One import. It belongs to no series: it may have committed to many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its identity; each of its commits carries it.
    pub id: ImportId,
    /// How far it is.
    pub state: ImportState,
    /// Who started it.
    pub author: Author,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The files that it read.
    pub sources: Vec<ImportSource>,
    /// The options that were given, by name.
    pub options: std::collections::BTreeMap<String, String>,
    /// What became of each series.
    pub series: Vec<ImportedSeries>,
    /// How many rows were turned away, by rule.
    pub rules: Vec<RuleCount>,
    /// The first rows that were turned away, up to a thousand.
    pub rejected: Vec<RejectedRow>,
    /// Why it failed.
    pub error: Option<String>,
}
