//! Why a body holds no bars.

use crate::Format;

/// How many faults are told.
pub(super) const TOLD: usize = 100;

/// A fault and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON pointer (`/close/17`), or `/17/close` where rows are objects, counted from 0.
    pub pointer: String,
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

/// Why a body holds no bars.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The format is not one of bodies.
    #[error("bars can't be sent as {0}; send csv, json, rows or arrow")]
    Format(Format),
    /// The body can't be read.
    #[error("the body is no {format}: {message}")]
    Unreadable {
        /// What it should be.
        format: Format,
        /// What is wrong, and where.
        message: String,
    },
    /// The columns are not those of bars.
    #[error("{}", .0.message)]
    Columns(Fault),
    /// Rows break rules.
    #[error("{}{}", .0.first().map_or("", |fault| fault.message.as_str()), more(.0))]
    Rows(Vec<Fault>),
}

fn more(faults: &[Fault]) -> String {
    match faults.len() {
        0 | 1 => String::new(),
        2 => " (and one fault besides)".to_owned(),
        TOLD.. => format!(" (and {} or more faults besides)", TOLD - 1),
        several => format!(" (and {} faults besides)", several - 1),
    }
}

impl DecodeError {
    pub(super) fn unreadable(format: Format, cause: impl std::fmt::Display) -> Self {
        Self::Unreadable {
            format,
            message: cause.to_string(),
        }
    }

    pub(super) fn column(name: &str, rule: &'static str, message: String) -> Self {
        Self::Columns(Fault {
            pointer: format!("/{name}"),
            rule,
            message,
        })
    }
}
