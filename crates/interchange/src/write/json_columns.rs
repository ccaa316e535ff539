//! Bars as one JSON object of columns.

use std::io::{Seek, Write};

use domain::market::BarFrame;
use tempfile::SpooledTempFile;

use super::{
    FrameEncoder, Layout, WriteError,
    layout::{COMPLETE, TIME},
    sink::TextSink,
};

/// How much of a column stays in memory before it goes to a temporary file, bytes.
const SPOOL_MEMORY: usize = 4 * 1024 * 1024;

/// Writes the times as they come; the other columns wait, in memory or in unnamed temporary files, for the end of the
/// columns before them.
pub(super) struct JsonColumnsEncoder<W> {
    layout: Layout,
    sink: TextSink<W>,
    /// The other columns, in the order of the layout, `complete` last.
    waiting: Vec<(&'static str, TextSink<SpooledTempFile>)>,
    empty: bool,
}

impl<W: Write> JsonColumnsEncoder<W> {
    pub(super) fn new(layout: Layout, out: W) -> Self {
        let mut sink = TextSink::new(out);
        sink.push("{\"time\":[");
        let spool = |name| (name, TextSink::new(SpooledTempFile::new(SPOOL_MEMORY)));
        let waiting = layout.names().filter(|name| *name != TIME).map(spool).collect();
        Self {
            layout,
            sink,
            waiting,
            empty: true,
        }
    }
}

impl<W: Write + Send> FrameEncoder<W> for JsonColumnsEncoder<W> {
    fn write_rows(&mut self, frame: &BarFrame, complete: Option<&[bool]>) -> Result<(), WriteError> {
        let rows = self.layout.rows(frame, complete)?;
        let was_empty = self.empty;
        let comma = |index: usize| if was_empty && index == 0 { "" } else { "," };
        for (index, time) in rows.time.iter().enumerate() {
            self.sink.push(comma(index));
            self.sink.push_time(*time, true)?;
            self.sink.spill()?;
        }
        for (name, spool) in &mut self.waiting {
            if let Some((_, values)) = rows.values.iter().find(|(column, _)| column.as_str() == *name) {
                for (index, value) in values.iter().enumerate() {
                    spool.push(comma(index));
                    spool.push_number(*value, "null");
                    spool.spill()?;
                }
            } else if let (COMPLETE, Some(complete)) = (*name, rows.complete) {
                for (index, value) in complete.iter().enumerate() {
                    spool.push(comma(index));
                    spool.push_bool(*value);
                    spool.spill()?;
                }
            }
        }
        self.empty &= rows.time.is_empty();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W, WriteError> {
        for (name, spool) in self.waiting {
            self.sink.push("],\"");
            self.sink.push(name);
            self.sink.push("\":[");
            let mut spool = spool.finish()?;
            spool.rewind()?;
            self.sink.copy(&mut spool)?;
        }
        self.sink.push("]}\n");
        Ok(self.sink.finish()?)
    }
}
