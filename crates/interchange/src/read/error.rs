//! Why an input can't be read.

use std::{fmt, io};

use super::{ReadReport, Rule};

/// How many of the rows that were turned away an error shows.
const SHOWN_ROWS: usize = 5;

/// What is wrong with an input as a whole, and where.
///
/// It prints as `FILE:LINE: column NAME: MESSAGE [rule]`, without the parts that are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The input's name; empty when no single input is at fault.
    pub file: String,
    /// The line of the decompressed text, from 1.
    pub line: Option<u64>,
    /// The column, as the file spells it.
    pub column: Option<String>,
    /// The name of the rule that was broken.
    pub rule: &'static str,
    /// What is wrong and what to do about it, for people.
    pub message: String,
}

impl Refusal {
    /// Says that the input `file` breaks `rule`.
    pub(crate) fn new(file: &str, rule: Rule, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            column: None,
            rule: rule.name(),
            message: message.into(),
        }
    }

    /// Adds the line, from 1.
    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Adds the column; an empty name counts as none.
    pub(crate) fn in_column(mut self, column: &str) -> Self {
        self.column = (!column.is_empty()).then(|| column.to_owned());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", _) => {}
            (file, None) => write!(f, "{file}: ")?,
            (file, Some(line)) => write!(f, "{file}:{line}: ")?,
        }
        if let Some(column) = &self.column {
            write!(f, "column {column}: ")?;
        }
        write!(f, "{} [{}]", self.message, self.rule)
    }
}

/// Inputs could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// An input breaks a rule as a whole.
    #[error("{0}")]
    Refused(Refusal),
    /// More rows were turned away than is allowed.
    #[error("{}", too_many(.0))]
    TooManyRejected(Box<ReadReport>),
    /// The disk failed.
    #[error("{file}: {source}")]
    Io {
        /// The input, or the folder for scratch files.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The caller asked to stop.
    #[error("reading was cancelled")]
    Cancelled,
}

impl ReadError {
    pub(crate) fn io(file: impl Into<String>, source: io::Error) -> Self {
        Self::Io {
            file: file.into(),
            source,
        }
    }
}

impl From<Refusal> for ReadError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

fn too_many(report: &ReadReport) -> String {
    let rows: u64 = report.files.iter().map(|file| file.rows).sum();
    let mut lines = vec![format!(
        "{} of {rows} rows were turned away, more than is allowed (--max-rejected changes that):",
        report.rejected_rows
    )];
    lines.extend(
        report
            .rejected
            .iter()
            .take(SHOWN_ROWS)
            .map(super::reject::describe),
    );
    let shown = lines.len() as u64 - 1;
    if report.rejected_rows > shown {
        lines.push(format!("… and {} more", report.rejected_rows - shown));
    }
    lines.join("\n  ")
}
