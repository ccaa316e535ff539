//! What commands print: one report each, as a table for people or as one JSON document.

pub(crate) mod chart;
pub(crate) mod figures;
pub(crate) mod numbers;
pub(crate) mod sparkline;
pub(crate) mod table;
pub(crate) mod times;

use std::io::{self, BufWriter, Write};

use serde::Serialize;

/// What a command has to say.
pub(crate) trait Report: Serialize {
    /// Writes it for people.
    fn render(&self, out: &mut dyn Write) -> io::Result<()>;

    /// Tells whether it only says what was done, so that `-q` hides it.
    fn is_summary(&self) -> bool {
        false
    }
}

/// Nobody reads standard output any more, as when a pager was left.
#[derive(Debug, thiserror::Error)]
#[error("standard output is closed")]
pub(crate) struct OutputClosed;

/// How reports are printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// As one JSON document.
    pub(crate) json: bool,
    /// Without what only says what was done.
    pub(crate) quiet: bool,
}

impl Output {
    /// Prints a report to standard output.
    pub(crate) fn print(self, report: &impl Report) -> anyhow::Result<()> {
        if self.json {
            return written(|out| {
                serde_json::to_writer_pretty(&mut *out, report).map_err(io::Error::from)?;
                out.write_all(b"\n")
            });
        }
        if self.quiet && report.is_summary() {
            return Ok(());
        }
        written(|out| report.render(out))
    }
}

/// Writes text to standard output.
pub(crate) fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let result = write(&mut out).and_then(|()| out.flush());
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        result => Ok(result?),
    }
}

/// Writes a line to standard error; if that fails there is no one left to tell.
pub(crate) fn note(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Returns `count` and the noun in the number that it asks for: `1 bar`, `2,148 bars`, `2 strategies`; series stay
/// series.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix('y').filter(|_| count != 1) {
        return format!("{} {stem}ies", numbers::count(count));
    }
    let plural = if count == 1 || noun.ends_with('s') {
        ""
    } else {
        "s"
    };
    format!("{} {noun}{plural}", numbers::count(count))
}
