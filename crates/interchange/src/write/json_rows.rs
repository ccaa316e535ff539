//! Bars as a JSON array of objects.

use std::io::Write;

use domain::market::BarFrame;

use super::{FrameEncoder, Layout, WriteError, sink::TextSink};

/// Writes one object a bar and line.
pub(super) struct JsonRowsEncoder<W> {
    layout: Layout,
    sink: TextSink<W>,
    empty: bool,
}

impl<W: Write> JsonRowsEncoder<W> {
    pub(super) fn new(layout: Layout, out: W) -> Self {
        let mut sink = TextSink::new(out);
        sink.push("[");
        Self {
            layout,
            sink,
            empty: true,
        }
    }
}

impl<W: Write + Send> FrameEncoder<W> for JsonRowsEncoder<W> {
    fn write_rows(&mut self, frame: &BarFrame, complete: Option<&[bool]>) -> Result<(), WriteError> {
        let rows = self.layout.rows(frame, complete)?;
        let keys: Vec<String> = self
            .layout
            .columns
            .iter()
            .map(|column| format!(",\"{column}\":"))
            .collect();
        for (index, time) in rows.time.iter().enumerate() {
            self.sink
                .push(if self.empty { "{\"time\":" } else { ",\n{\"time\":" });
            self.empty = false;
            self.sink.push_time(*time, true)?;
            for (key, (_, values)) in keys.iter().zip(&rows.values) {
                self.sink.push(key);
                self.sink.push_number(values[index], "null");
            }
            if let Some(complete) = rows.complete {
                self.sink.push(",\"complete\":");
                self.sink.push_bool(complete[index]);
            }
            self.sink.push("}");
            self.sink.spill()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W, WriteError> {
        self.sink.push("]\n");
        Ok(self.sink.finish()?)
    }
}
