//! What was read, and what was turned away.

use domain::market::{RejectedRow, RuleCount, Sha256Hex, Symbol, Timeframe, Timestamp};
use serde::Serialize;

use super::Stamp;

/// How the rows of a file follow each other in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOrder {
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
    /// Neither; they were sorted.
    Unsorted,
}

/// What was found in one input.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// The input's name.
    pub name: String,
    /// The SHA-256 of the file on disk.
    pub sha256: Sha256Hex,
    /// Its size on disk, in bytes.
    pub bytes: u64,
    /// The name of the dialect that it was read in.
    pub dialect: String,
    /// The zone of its times: a name, `in the file` where times carry their offset or are epoch numbers, or
    /// `exchange dates`.
    pub zone: String,
    /// Which end of the bars its times name.
    pub stamp: Stamp,
    /// How its rows follow each other.
    pub order: RowOrder,
    /// How many rows of data it has.
    pub rows: u64,
    /// How many of them were quarantined.
    pub rejected: u64,
    /// What else is worth knowing: ignored columns, sorted rows, dropped rows.
    pub notes: Vec<String>,
}

/// One bar of a preview.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviewBar {
    /// When it opens.
    pub time: Timestamp,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// What was traded; `None` when unknown.
    pub volume: Option<f64>,
}

/// What was found of one series.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesReport {
    /// The symbol, if the inputs say it or it was declared.
    pub symbol: Option<Symbol>,
    /// How long a bar lasts.
    pub timeframe: Timeframe,
    /// How many bars passed every check.
    pub bars: u64,
    /// How many rows were dropped because another row stands for the same bar.
    pub duplicates: u64,
    /// When the first bar opens.
    pub first: Option<Timestamp>,
    /// When the last bar opens.
    pub last: Option<Timestamp>,
    /// The first bars, up to ten.
    pub head: Vec<PreviewBar>,
    /// The last bars, up to ten.
    pub tail: Vec<PreviewBar>,
}

/// Something that looks odd and was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The input's name.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, as the file spells it; empty when the row as a whole is meant.
    pub column: String,
    /// The rule's name.
    pub rule: String,
    /// What looks odd, for people.
    pub message: String,
}

/// The account of a reading.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReadReport {
    /// The inputs, in the order they were read.
    pub files: Vec<FileReport>,
    /// The series, in the order of [`super::Scanned::series`].
    pub series: Vec<SeriesReport>,
    /// The rows that were turned away, in file and line order, up to 100,000.
    pub rejected: Vec<RejectedRow>,
    /// How many rows were turned away.
    pub rejected_rows: u64,
    /// How many rows each rule turned away, by the rule's name.
    pub rules: Vec<RuleCount>,
    /// What looks odd, in the order of series and time.
    pub warnings: Vec<Warning>,
}
