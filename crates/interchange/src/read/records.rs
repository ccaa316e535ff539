//! The rows of an input, whether it is a table or JSON.

use super::{
    Limits, ReadError, Refusal, Rule, bytes::TextStream, fields::Fields, input::InputFile, json::JsonRows,
    lines::LineReader, sniff::Beginning,
};

/// How the text of an input is cut into rows and fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) json: bool,
    pub(super) delimiter: u8,
    /// How many lines come before the first row.
    pub(super) lead: u64,
}

/// The rows of an input.
pub(super) enum Records {
    Table {
        lines: LineReader,
        delimiter: u8,
        name: String,
    },
    Json(JsonRows),
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    /// The text that the fields are cut from.
    pub(super) text: &'a [u8],
    /// The line, from 1.
    pub(super) line: u64,
    /// The line, or the number of the row in a JSON array: what tells rows of a file apart.
    pub(super) place: u64,
}

impl Records {
    /// Opens an input and looks at its beginning; nothing of its text but the byte order mark is taken.
    pub(super) fn begin(input: &InputFile, limits: Limits) -> Result<(LineReader, Beginning), ReadError> {
        let stream = TextStream::open(input, limits)?;
        let mut lines = LineReader::new(stream, limits.max_line);
        let beginning = Beginning::of(&mut lines, input.name())?;
        Ok((lines, beginning))
    }

    /// Continues behind the preamble and the header.
    pub(super) fn proceed(
        mut lines: LineReader,
        cut: Cut,
        limits: Limits,
        name: &str,
    ) -> Result<Self, ReadError> {
        if cut.json {
            let (stream, head) = lines.into_parts();
            return Ok(Self::Json(JsonRows::new(stream, head, limits.max_line)));
        }
        for _ in 0..cut.lead {
            lines.advance_any()?;
        }
        Ok(Self::Table {
            lines,
            delimiter: cut.delimiter,
            name: name.to_owned(),
        })
    }

    /// Returns the next row, cut into `fields`; blank lines are none.
    pub(super) fn next<'a>(&'a mut self, fields: &mut Fields) -> Result<Option<Record<'a>>, ReadError> {
        match self {
            Self::Json(rows) => {
                let Some(row) = rows.next_row()? else {
                    return Ok(None);
                };
                let record = Record {
                    text: row.text,
                    line: row.line,
                    place: row.number,
                };
                // A row of JSON was read to its end with every quote closed.
                fields.split(record.text, b',').ok();
                Ok(Some(record))
            }
            Self::Table {
                lines,
                delimiter,
                name,
            } => {
                let Some(line) = lines.advance()? else {
                    return Ok(None);
                };
                let text = lines.text();
                if fields.split(text, *delimiter).is_err() {
                    let message = "a quoted field has no end on this line";
                    return Err(Refusal::new(name, Rule::UnterminatedQuote, message)
                        .at_line(line)
                        .into());
                }
                Ok(Some(Record {
                    text,
                    line,
                    place: line,
                }))
            }
        }
    }

    /// Returns how many bytes on disk have been read.
    pub(super) fn consumed(&self) -> u64 {
        match self {
            Self::Table { lines, .. } => lines.consumed(),
            Self::Json(rows) => rows.consumed(),
        }
    }
}
