//! What a caller can say about the inputs and how to read them.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use domain::market::{Symbol, Timeframe, Timestamp, Zone};
use serde::Serialize;

use super::Dialect;

/// A word is none of those that an option takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {what}; use {choices}")]
pub struct ChoiceError {
    given: String,
    what: &'static str,
    choices: &'static str,
}

macro_rules! choice {
    ($name:ident, $what:literal, $choices:literal, $($variant:ident = $text:literal),+) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),+ })
            }
        }

        impl FromStr for $name {
            type Err = ChoiceError;

            fn from_str(text: &str) -> Result<Self, ChoiceError> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(ChoiceError { given: text.to_owned(), what: $what, choices: $choices }),
                }
            }
        }
    };
}

/// Which end of a bar its time names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stamp {
    /// When it opens.
    Open,
    /// When it closes; such times are moved to the open.
    Close,
}

choice!(
    Stamp,
    "an end of a bar",
    "open or close",
    Open = "open",
    Close = "close"
);

/// What becomes of rows with the same time and different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DuplicateRule {
    /// All of them are quarantined.
    #[default]
    Quarantine,
    /// The first in the order of files and lines is kept.
    First,
    /// The last is kept.
    Last,
}

choice!(
    DuplicateRule,
    "a rule for duplicates",
    "quarantine, first or last",
    Quarantine = "quarantine",
    First = "first",
    Last = "last"
);

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NumberStyle {
    /// `1234.5`.
    #[default]
    Plain,
    /// `1,234.5`.
    Thousands,
    /// `1234,5` or `1.234,5`.
    DecimalComma,
}

choice!(
    NumberStyle,
    "a way to write numbers",
    "plain, thousands (1,234.5) or decimal-comma (1.234,5)",
    Plain = "plain",
    Thousands = "thousands",
    DecimalComma = "decimal-comma"
);

/// What is too much for one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of decompressed text.
    pub max_bytes: u64,
    /// The most bytes of text per compressed byte; small texts are exempt.
    pub max_ratio: u64,
    /// The most bytes of one line.
    pub max_line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 30,
            max_ratio: 250,
            max_line: 1 << 20,
        }
    }
}

/// How to read inputs.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The dialect of all files; `None`: each file's own is recognised.
    pub dialect: Option<&'static Dialect>,
    /// The zone of times without offset; takes precedence over the dialect's.
    pub zone: Option<Zone>,
    /// Which end of the bars the times name; `None`: what the dialect says.
    pub stamp: Option<Stamp>,
    /// What becomes of rows with the same time and different values.
    pub duplicates: DuplicateRule,
    /// The fraction of a file's rows that may be quarantined; five rows always may.
    pub max_rejected: f64,
    /// The timeframe that the caller declares.
    pub timeframe: Option<Timeframe>,
    /// The symbol that the caller declares; inputs that hold several symbols are then refused.
    pub symbol: Option<Symbol>,
    /// How numbers are written.
    pub numbers: NumberStyle,
    /// The present: bars that open later are in the future.
    pub now: Timestamp,
    /// How many rows are kept in memory before they are spilled to disk; a row takes 64 bytes.
    pub memory_rows: usize,
    /// The folder for spilled rows and spooled standard input.
    pub scratch: PathBuf,
    /// What is too much for one input.
    pub limits: Limits,
    /// The folder of uploads: files are called by their paths below it, so that nobody learns where it lies.
    pub named_below: Option<PathBuf>,
}

impl ReadOptions {
    /// Returns what a file is called in errors and reports.
    pub(super) fn name_of(&self, path: &Path) -> String {
        let below = self
            .named_below
            .as_ref()
            .and_then(|folder| path.strip_prefix(folder).ok());
        below.unwrap_or(path).display().to_string()
    }
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            dialect: None,
            zone: None,
            stamp: None,
            duplicates: DuplicateRule::default(),
            max_rejected: 0.001,
            timeframe: None,
            symbol: None,
            numbers: NumberStyle::default(),
            now: Timestamp::MAX,
            memory_rows: 1_000_000,
            scratch: std::env::temp_dir(),
            limits: Limits::default(),
            named_below: None,
        }
    }
}
