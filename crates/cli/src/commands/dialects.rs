//! `chandlery dialects`

use std::io::{self, Write};

use interchange::Dialect;
use serde::Serialize;

use crate::{
    failure::Exit,
    output::{Output, Report, table::Table},
};

#[derive(Serialize)]
struct DialectsReport {
    dialects: Vec<DialectEntry>,
}

#[derive(Serialize)]
struct DialectEntry {
    name: &'static str,
    title: &'static str,
    sample: &'static str,
    time: &'static str,
    zone: &'static str,
    notes: &'static str,
}

pub(crate) fn run(output: Output) -> anyhow::Result<Exit> {
    let entry = |dialect: &&Dialect| DialectEntry {
        name: dialect.name(),
        title: dialect.title(),
        sample: dialect.sample(),
        time: dialect.time(),
        zone: dialect.zone(),
        notes: dialect.notes(),
    };
    output.print(&DialectsReport {
        dialects: Dialect::all().iter().map(entry).collect(),
    })?;
    Ok(Exit::Done)
}

impl Report for DialectsReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "A file's dialect is recognised by itself; --dialect NAME overrules that."
        )?;
        for dialect in &self.dialects {
            writeln!(out, "\n{}: {}", dialect.name, dialect.title)?;
            let notes = (!dialect.notes.is_empty()).then(|| ("notes", dialect.notes.to_owned()));
            let pairs = [
                ("looks like", dialect.sample.to_owned()),
                ("time", dialect.time.to_owned()),
                ("zone", dialect.zone.to_owned()),
            ];
            let table = Table::of_pairs(pairs.into_iter().chain(notes)).to_string();
            for line in table.lines() {
                writeln!(out, "  {line}")?;
            }
        }
        Ok(())
    }
}
