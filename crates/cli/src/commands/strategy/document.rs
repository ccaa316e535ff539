//! Documents as files: read, written, and what is wrong with them, the way compilers say it.

use std::{
    fmt::{self, Write as _},
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use app::strategy::{DocumentText, Mistakes, RuleError, StrategyError, Syntax};
use domain::strategy::StrategyDocument;

use crate::output::table::printable;

/// The most bytes of a file that are read; documents of more than the language allows are told what it allows.
const MOST: u64 = 1 << 20;

/// The sections of a document, in the order in which people write them.
const SECTIONS: [&str; 9] = [
    "name",
    "title",
    "parameters",
    "let",
    "long",
    "short",
    "size",
    "costs",
    "execution",
];

/// What is wrong with the document in a file.
#[derive(Debug, thiserror::Error)]
pub(super) struct WrongDocument {
    file: PathBuf,
    syntax: Syntax,
    mistakes: Vec<RuleError>,
}

/// Reads a document; `-` is standard input. What a file holds is told by its name, else by its first character.
pub(super) fn read(file: &Path) -> anyhow::Result<DocumentText> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MOST).read_to_string(&mut text)
    } else {
        fs::File::open(file).and_then(|opened| opened.take(MOST).read_to_string(&mut text))
    };
    read.with_context(|| format!("can't read {}", file.display()))?;
    let syntax = match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Syntax::Json,
        Some("toml") => Syntax::Toml,
        _ if text.trim_start().starts_with('{') => Syntax::Json,
        _ => Syntax::Toml,
    };
    Ok(DocumentText { text, syntax })
}

/// Names the file in what is wrong with its document.
pub(super) fn told(error: StrategyError, file: &Path, syntax: Syntax) -> anyhow::Error {
    match error {
        StrategyError::Mistakes(Mistakes(mistakes)) => WrongDocument {
            file: file.to_owned(),
            syntax,
            mistakes,
        }
        .into(),
        other => other.into(),
    }
}

impl fmt::Display for WrongDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str("\nerror: ")?;
            }
            self.mistake(mistake, f)?;
        }
        Ok(())
    }
}

impl WrongDocument {
    fn mistake(&self, mistake: &RuleError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&mistake.message))?;
        let file = self.file.display();
        let key = printable(&mistake.pointer.replacen('/', "", 1).replace('/', "."));
        let Some(place) = &mistake.place else {
            write!(f, "\n  --> {file}")?;
            if !key.is_empty() {
                write!(f, ": {key}")?;
            }
            return nearest(mistake, "  ", f);
        };
        let (line, column) = (place.line, place.column);
        // In JSON a rule is one escaped line: its place is that in the rule.
        match self.syntax {
            Syntax::Json if !key.is_empty() => {
                write!(
                    f,
                    "\n  --> {file}: {key}, line {line}, column {column} of the rule"
                )?;
            }
            _ if key.is_empty() => write!(f, "\n  --> {file}:{line}:{column}")?,
            _ => write!(f, "\n  --> {file}:{line}:{column}: {key}")?,
        }
        let margin = " ".repeat(line.to_string().len());
        let mut excerpt = place
            .excerpt
            .lines()
            .map(|text| text.strip_prefix("    ").unwrap_or(text));
        let (text, carets) = (
            excerpt.next().unwrap_or_default(),
            excerpt.next().unwrap_or_default(),
        );
        write!(
            f,
            "\n{margin} |\n{line} | {}\n{margin} | {carets}",
            printable(text)
        )?;
        nearest(mistake, &margin, f)
    }
}

fn nearest(mistake: &RuleError, margin: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &mistake.nearest {
        Some(nearest) => write!(f, "\n{margin} = hint: did you mean `{nearest}`?"),
        None => Ok(()),
    }
}

/// Writes a document as TOML, which says the same when it is read.
pub(super) fn toml_text(document: &StrategyDocument) -> anyhow::Result<String> {
    let mut table = toml::Table::try_from(document)?;
    let mut text = String::new();
    for section in SECTIONS {
        let Some(value) = table.remove(section) else {
            continue;
        };
        if value.is_table() {
            text.push('\n');
        }
        let section = toml::Table::from_iter([(section.to_owned(), plain(value))]);
        write!(text, "{}", toml::to_string(&section)?)?;
    }
    Ok(text)
}

/// Writes whole numbers as people do: `10`, not `10.0`.
fn plain(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            toml::Value::Integer(number as i64)
        }
        toml::Value::Table(table) => {
            let entries = table.into_iter().map(|(key, value)| (key, plain(value)));
            toml::Value::Table(entries.collect())
        }
        other => other,
    }
}
