//! The lines of a text, with their numbers.

use super::{ReadError, Refusal, Rule, bytes::TextStream, swar::find};

const BLOCK: usize = 1 << 18;

/// Reads a text line by line and refuses what is no text.
pub(super) struct LineReader {
    stream: TextStream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    line: u64,
    text: std::ops::Range<usize>,
    /// Whether the buffer holds bytes that are not ASCII, or NUL.
    suspect: bool,
    max_line: usize,
}

impl LineReader {
    pub(super) fn new(stream: TextStream, max_line: usize) -> Self {
        let buffer = vec![0; BLOCK];
        Self {
            stream,
            buffer,
            start: 0,
            end: 0,
            ended: false,
            line: 0,
            text: 0..0,
            suspect: false,
            max_line,
        }
    }

    /// Returns the beginning of the text, up to 256 KiB, without taking it.
    pub(super) fn head(&mut self) -> Result<&[u8], ReadError> {
        while !self.ended && self.end < self.buffer.len() {
            self.fill()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Drops the next `count` bytes, which belong to no line.
    pub(super) fn skip(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Goes to the next line that holds more than white space and returns its number, from 1.
    pub(super) fn advance(&mut self) -> Result<Option<u64>, ReadError> {
        while let Some(line) = self.advance_any()? {
            if !self.text().trim_ascii_start().is_empty() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// Goes to the next line, blank or not, and returns its number, from 1.
    pub(super) fn advance_any(&mut self) -> Result<Option<u64>, ReadError> {
        let mut searched = 0;
        let (from, to) = loop {
            let rest = &self.buffer[self.start..self.end];
            if let Some(at) = find(&rest[searched..], b'\n') {
                let from = self.start;
                self.start += searched + at + 1;
                break (from, from + searched + at);
            }
            searched = rest.len();
            if self.ended {
                if rest.is_empty() {
                    return Ok(None);
                }
                let from = self.start;
                self.start = self.end;
                break (from, self.end);
            }
            self.fill()?;
        };
        self.line += 1;
        let to = if to > from && self.buffer[to - 1] == b'\r' {
            to - 1
        } else {
            to
        };
        self.text = from..to;
        if self.suspect {
            self.check_text()?;
        }
        Ok(Some(self.line))
    }

    /// Returns the line that was gone to, without its end.
    pub(super) fn text(&self) -> &[u8] {
        &self.buffer[self.text.clone()]
    }

    /// Gives the stream away, and what has been read of it and not been taken.
    pub(super) fn into_parts(self) -> (TextStream, Vec<u8>) {
        let mut buffer = self.buffer;
        buffer.truncate(self.end);
        buffer.drain(..self.start);
        (self.stream, buffer)
    }

    /// Returns how many bytes on disk have been read.
    pub(super) fn consumed(&self) -> u64 {
        self.stream.consumed()
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.suspect &= self.end > self.start;
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            if self.buffer.len() >= self.max_line {
                let message = format!(
                    "the line is longer than {} bytes; is this a price file?",
                    self.max_line
                );
                let refusal = Refusal::new(self.stream.name(), Rule::LineTooLong, message);
                return Err(refusal.at_line(self.line + 1).into());
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let count = self.stream.read(&mut self.buffer[self.end..])?;
        let added = &self.buffer[self.end..self.end + count];
        self.suspect |= !added.is_ascii() || added.contains(&0);
        self.end += count;
        self.ended = count == 0;
        Ok(())
    }

    fn check_text(&self) -> Result<(), ReadError> {
        let text = self.text();
        let refusal =
            |rule, message: &str| Refusal::new(self.stream.name(), rule, message).at_line(self.line);
        if text.contains(&0) {
            return Err(refusal(Rule::NulBytes, "the line holds NUL bytes: this is a binary file").into());
        }
        match std::str::from_utf8(text) {
            Ok(_) => Ok(()),
            Err(_) => Err(refusal(Rule::NotUtf8, "the line is not UTF-8; save the file as UTF-8").into()),
        }
    }
}
