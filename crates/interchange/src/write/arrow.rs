//! Bars as an Arrow IPC stream.

use std::{
    io::{BufWriter, Write},
    ops::Range,
    sync::Arc,
};

use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, TimestampMicrosecondArray};
use arrow_ipc::{
    CompressionType,
    writer::{IpcWriteOptions, StreamWriter},
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use domain::market::{BarFrame, Column};

use super::{
    FrameEncoder, Layout, WriteError,
    layout::{COMPLETE, Rows, TIME},
};

/// How many bars a record batch has at most.
const BATCH_ROWS: usize = 16_384;

/// The one name under which every reader knows the zone.
const UTC: &str = "UTC";

/// Writes record batches of [`BATCH_ROWS`] bars, but for the last one: stores bring bars in batches of their own, and
/// the same bars are to be the same bytes wherever they come from.
pub(super) struct ArrowEncoder<W: Write> {
    waiting: Waiting,
    layout: Layout,
    schema: SchemaRef,
    writer: StreamWriter<BufWriter<W>>,
}

impl<W: Write> ArrowEncoder<W> {
    pub(super) fn new(
        layout: Layout,
        out: W,
        compression: Option<CompressionType>,
    ) -> Result<Self, WriteError> {
        let schema = schema(layout);
        let options = IpcWriteOptions::default()
            .try_with_compression(compression)
            .map_err(arrow_error)?;
        let writer =
            StreamWriter::try_new_with_options(BufWriter::new(out), &schema, options).map_err(arrow_error)?;
        Ok(Self {
            waiting: Waiting::default(),
            layout,
            schema,
            writer,
        })
    }
}

impl<W: Write> ArrowEncoder<W> {
    fn write_waiting(&mut self) -> Result<(), WriteError> {
        let waiting = std::mem::take(&mut self.waiting);
        let batch = waiting.into_batch(&self.schema)?;
        self.writer.write(&batch).map_err(arrow_error)
    }
}

/// Bars that wait until there are enough of them for a batch.
#[derive(Debug, Default)]
struct Waiting {
    time: Vec<i64>,
    values: Vec<Vec<f64>>,
    complete: Vec<bool>,
}

impl Waiting {
    fn take(&mut self, rows: &Rows<'_>, range: Range<usize>) {
        self.time.extend_from_slice(&rows.time[range.clone()]);
        self.values.resize_with(rows.values.len(), Vec::new);
        for (waiting, (_, values)) in self.values.iter_mut().zip(&rows.values) {
            waiting.extend_from_slice(&values[range.clone()]);
        }
        if let Some(complete) = rows.complete {
            self.complete.extend_from_slice(&complete[range]);
        }
    }

    fn into_batch(self, schema: &SchemaRef) -> Result<RecordBatch, WriteError> {
        let time = TimestampMicrosecondArray::from(self.time).with_timezone(UTC);
        let mut columns: Vec<ArrayRef> = vec![Arc::new(time)];
        columns.extend(
            self.values
                .into_iter()
                .map(|values| Arc::new(doubles(values)) as ArrayRef),
        );
        if !self.complete.is_empty() {
            columns.push(Arc::new(BooleanArray::from(self.complete)));
        }
        RecordBatch::try_new(Arc::clone(schema), columns).map_err(arrow_error)
    }
}

impl<W: Write + Send> FrameEncoder<W> for ArrowEncoder<W> {
    fn write_rows(&mut self, frame: &BarFrame, complete: Option<&[bool]>) -> Result<(), WriteError> {
        let rows = self.layout.rows(frame, complete)?;
        let mut begin = 0;
        while begin < rows.time.len() {
            let end = rows.time.len().min(begin + BATCH_ROWS - self.waiting.time.len());
            self.waiting.take(&rows, begin..end);
            begin = end;
            if self.waiting.time.len() == BATCH_ROWS {
                self.write_waiting()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W, WriteError> {
        if !self.waiting.time.is_empty() {
            self.write_waiting()?;
        }
        self.writer.finish().map_err(arrow_error)?;
        let buffered = self.writer.into_inner().map_err(arrow_error)?;
        let mut out = buffered
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        out.flush()?;
        Ok(out)
    }
}

/// Returns the schema: `time` is `timestamp[us, UTC]`, values are doubles; the volume alone may be null.
pub(super) fn schema(layout: Layout) -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()));
    let mut fields = vec![Field::new(TIME, time, false)];
    let value = |column: Column| Field::new(column.as_str(), DataType::Float64, column == Column::Volume);
    fields.extend(layout.columns.iter().map(value));
    if layout.complete {
        fields.push(Field::new(COMPLETE, DataType::Boolean, false));
    }
    Arc::new(Schema::new(fields))
}

/// Cuts `rows` bars into ranges of at most [`BATCH_ROWS`].
pub(super) fn batches(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows)
        .step_by(BATCH_ROWS)
        .map(move |start| start..rows.min(start + BATCH_ROWS))
}

/// Copies the bars of a range into a record batch of `schema`.
pub(super) fn record_batch(
    schema: &SchemaRef,
    rows: &Rows<'_>,
    range: Range<usize>,
) -> Result<RecordBatch, WriteError> {
    let mut copied = Waiting::default();
    copied.take(rows, range);
    copied.into_batch(schema)
}

/// Returns values, with null in the place of NaN.
fn doubles(values: Vec<f64>) -> Float64Array {
    if values.iter().any(|value| value.is_nan()) {
        values
            .iter()
            .map(|value| (!value.is_nan()).then_some(*value))
            .collect()
    } else {
        Float64Array::from(values)
    }
}

pub(super) fn arrow_error(error: ArrowError) -> WriteError {
    match error {
        ArrowError::IoError(_, cause) => WriteError::Io(cause),
        other => WriteError::Encode(Box::new(other)),
    }
}
