//! Text on its way out, gathered to writes of a good size.

use std::io::{self, Write};

use super::{WriteError, number::push_number, time::push_time};

/// How much text is gathered before it is written, bytes.
const BLOCK: usize = 256 * 1024;

/// Gathers text in front of a writer.
pub(super) struct TextSink<W> {
    out: W,
    text: Vec<u8>,
}

impl<W: Write> TextSink<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            text: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    /// Appends a time in quotes if it is to be `quoted`.
    pub(super) fn push_time(&mut self, micros: i64, quoted: bool) -> Result<(), WriteError> {
        let quote: &[u8] = if quoted { b"\"" } else { b"" };
        self.text.extend_from_slice(quote);
        push_time(&mut self.text, micros)?;
        self.text.extend_from_slice(quote);
        Ok(())
    }

    /// Appends a finite number, or `unknown` in the place of NaN.
    pub(super) fn push_number(&mut self, value: f64, unknown: &str) {
        if value.is_nan() {
            self.push(unknown);
        } else {
            push_number(&mut self.text, value);
        }
    }

    pub(super) fn push_bool(&mut self, value: bool) {
        self.push(if value { "true" } else { "false" });
    }

    /// Writes what was gathered if that is worth a write; to be called between rows.
    pub(super) fn spill(&mut self) -> io::Result<()> {
        if self.text.len() >= BLOCK {
            self.write_out()
        } else {
            Ok(())
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.out.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    /// Writes the rest and returns the writer, flushed.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.write_out()?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Writes the rest and everything that `source` holds.
    pub(super) fn copy(&mut self, source: &mut impl io::Read) -> io::Result<()> {
        self.write_out()?;
        io::copy(source, &mut self.out)?;
        Ok(())
    }
}
