//! The rows of a JSON array of arrays.

use super::{ReadError, Refusal, Rule, bytes::TextStream};

const BLOCK: usize = 1 << 16;

/// Reads `[[…],[…],…]` row by row; rows hold numbers, strings and `null`.
pub(super) struct JsonRows {
    stream: TextStream,
    buffer: Vec<u8>,
    at: usize,
    line: u64,
    rows: u64,
    text: Vec<u8>,
    max_line: usize,
}

/// One row: what stands between its brackets.
pub(super) struct JsonRow<'a> {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    /// Its place among the rows, from 1.
    pub(super) number: u64,
    pub(super) text: &'a [u8],
}

impl JsonRows {
    /// Continues `stream`, of which `head` has been read.
    pub(super) fn new(stream: TextStream, head: Vec<u8>, max_line: usize) -> Self {
        Self {
            stream,
            buffer: head,
            at: 0,
            line: 1,
            rows: 0,
            text: Vec::new(),
            max_line,
        }
    }

    /// Returns how many bytes on disk have been read.
    pub(super) fn consumed(&self) -> u64 {
        self.stream.consumed()
    }

    /// Returns the next row.
    pub(super) fn next_row(&mut self) -> Result<Option<JsonRow<'_>>, ReadError> {
        if self.rows == 0 {
            self.expect(b'[', "an array of rows")?;
        }
        match (self.skip_space()?, self.rows) {
            (Some(b']'), _) => return self.end().map(|()| None),
            (Some(b','), 1..) => self.expect(b'[', "a row")?,
            (Some(b'['), 0) => {}
            (found, _) => return Err(self.broken(found, "`,` or `]` after a row")),
        }
        let line = self.line;
        self.take_row()?;
        self.rows += 1;
        Ok(Some(JsonRow {
            line,
            number: self.rows,
            text: &self.text,
        }))
    }

    fn take_row(&mut self) -> Result<(), ReadError> {
        self.text.clear();
        let mut in_string = false;
        loop {
            let byte = self.next_byte()?;
            match byte {
                Some(b'"') => in_string = !in_string,
                Some(b']') if !in_string => return Ok(()),
                Some(b'\n') if in_string => {
                    self.line -= 1;
                    return Err(self.broken(byte, "the end of a string"));
                }
                Some(b'[' | b'{' | b'}' | b'\\') => return Err(self.broken(byte, "numbers in a row")),
                Some(0x20..=0x7e | b'\t' | b'\r' | b'\n') => {}
                _ => return Err(self.broken(byte, "`]` at the end of a row")),
            }
            self.text.extend(byte);
            if self.text.len() > self.max_line {
                let message = format!("the row is longer than {} bytes", self.max_line);
                let refusal = Refusal::new(self.stream.name(), Rule::LineTooLong, message);
                return Err(refusal.at_line(self.line).into());
            }
        }
    }

    fn end(&mut self) -> Result<(), ReadError> {
        match self.skip_space()? {
            None => Ok(()),
            found => Err(self.broken(found, "nothing after the rows")),
        }
    }

    fn expect(&mut self, wanted: u8, what: &str) -> Result<(), ReadError> {
        match self.skip_space()? {
            Some(byte) if byte == wanted => Ok(()),
            found => Err(self.broken(found, what)),
        }
    }

    fn skip_space(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            match self.next_byte()? {
                Some(b' ' | b'\t' | b'\r' | b'\n') => {}
                other => return Ok(other),
            }
        }
    }

    fn next_byte(&mut self) -> Result<Option<u8>, ReadError> {
        if self.at == self.buffer.len() {
            self.buffer.resize(BLOCK, 0);
            let count = self.stream.read(&mut self.buffer)?;
            self.buffer.truncate(count);
            self.at = 0;
            if count == 0 {
                return Ok(None);
            }
        }
        let byte = self.buffer[self.at];
        self.at += 1;
        self.line += u64::from(byte == b'\n');
        Ok(Some(byte))
    }

    fn broken(&self, found: Option<u8>, wanted: &str) -> ReadError {
        let found = match found {
            None => "the file ends".to_owned(),
            Some(byte) if byte.is_ascii_graphic() => format!("`{}` stands", char::from(byte)),
            Some(byte) => format!("the byte {byte:#04x} stands"),
        };
        let message = format!("{found} where {wanted} should be, behind row {}", self.rows);
        Refusal::new(self.stream.name(), Rule::BrokenJson, message)
            .at_line(self.line)
            .into()
    }
}
