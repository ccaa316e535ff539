//! Bars as comma-separated values.

use std::io::Write;

use domain::market::BarFrame;

use super::{FrameEncoder, Layout, WriteError, sink::TextSink};

/// Writes a header line and a line a bar, ended by a line feed. Nothing in them ever needs quotes.
pub(super) struct CsvEncoder<W> {
    layout: Layout,
    sink: TextSink<W>,
}

impl<W: Write> CsvEncoder<W> {
    pub(super) fn new(layout: Layout, out: W) -> Self {
        let mut sink = TextSink::new(out);
        for (index, name) in layout.names().enumerate() {
            sink.push(if index == 0 { "" } else { "," });
            sink.push(name);
        }
        sink.push("\n");
        Self { layout, sink }
    }
}

impl<W: Write + Send> FrameEncoder<W> for CsvEncoder<W> {
    fn write_rows(&mut self, frame: &BarFrame, complete: Option<&[bool]>) -> Result<(), WriteError> {
        let rows = self.layout.rows(frame, complete)?;
        for (index, time) in rows.time.iter().enumerate() {
            self.sink.push_time(*time, false)?;
            for (_, values) in &rows.values {
                self.sink.push(",");
                self.sink.push_number(values[index], "");
            }
            if let Some(complete) = rows.complete {
                self.sink.push(",");
                self.sink.push_bool(complete[index]);
            }
            self.sink.push("\n");
            self.sink.spill()?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<W, WriteError> {
        Ok(self.sink.finish()?)
    }
}
