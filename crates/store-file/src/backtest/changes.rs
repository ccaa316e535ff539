//! The log of changes: how a process hears of what others have changed, without looking at every document.
//!
//! A writer notes what it is about to change, and once more when it has: who reads the log looks at each thing that is
//! named, and again at what is only about to change. The log is never synced and never read from its beginning: a
//! process that starts reads all documents, and then from where the log ended.

use std::{
    collections::BTreeSet,
    fmt::{self, Write},
    io,
};

use domain::{
    error::StoreError,
    id::{BacktestId, SweepId},
};

use crate::{fault::file_fault, store::Shared};

/// Something that a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Changed {
    /// A backtest.
    Backtest(BacktestId),
    /// A sweep.
    Sweep(SweepId),
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backtest(id) => write!(f, "backtest {id}"),
            Self::Sweep(id) => write!(f, "sweep {id}"),
        }
    }
}

/// What the log says of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// It begins.
    Begins(Changed),
    /// It is over.
    Over(Changed),
}

/// Makes a change, under the lock, and lets other processes know.
pub(crate) fn around<T>(
    shared: &Shared,
    changed: &BTreeSet<Changed>,
    change: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    shared.check_writable()?;
    note(shared, '+', changed).map_err(|error| file_fault("write", &shared.layout.changes(), error))?;
    let made = change();
    if let Err(error) = note(shared, '-', changed) {
        // Readers of the log go on looking at what was about to change.
        tracing::debug!(%error, "could not note that a change is over");
    }
    made
}

fn note(shared: &Shared, sign: char, changed: &BTreeSet<Changed>) -> io::Result<()> {
    // The empty line in front ends one that a writer left half done.
    let mut text = String::from("\n");
    for changed in changed {
        // Writing to a string does not fail.
        writeln!(text, "{sign} {changed}").map_err(io::Error::other)?;
    }
    let path = shared.layout.changes();
    let mut file = match shared.vfs.open_append(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => shared.vfs.create(&path)?,
        opened => opened?,
    };
    file.append(text.as_bytes())
}

/// Returns how long the log is.
pub(super) fn len(shared: &Shared) -> Result<u64, StoreError> {
    let path = shared.layout.changes();
    match shared.vfs.len(&path) {
        Ok(len) => Ok(len),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(file_fault("look at", &path, error)),
    }
}

/// Reads the log from `offset` on, and returns how far it was read.
pub(super) fn read_from(shared: &Shared, offset: u64) -> Result<(Vec<Note>, u64), StoreError> {
    let path = shared.layout.changes();
    let bytes = shared
        .vfs
        .read_from(&path, offset)
        .map_err(|error| file_fault("read", &path, error))?;
    // What follows the last line end is still being written.
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let lines = bytes[..whole].split(|byte| *byte == b'\n');
    Ok((lines.filter_map(parse).collect(), offset + whole as u64))
}

fn parse(line: &[u8]) -> Option<Note> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (sign, kind, id) = (words.next()?, words.next()?, words.next()?);
    let changed = match kind {
        "backtest" => Changed::Backtest(id.parse().ok()?),
        "sweep" => Changed::Sweep(id.parse().ok()?),
        _ => return None,
    };
    match sign {
        "+" => Some(Note::Begins(changed)),
        "-" => Some(Note::Over(changed)),
        _ => None,
    }
}
