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

/// Writes record batches of at most [`BATCH_ROWS`] bars.
pub(super) struct ArrowEncoder<W: Write> {
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
            layout,
            schema,
            writer,
        })
    }
}

impl<W: Write + Send> FrameEncoder<W> for ArrowEncoder<W> {
    fn write_rows(&mut self, frame: &BarFrame, complete: Option<&[bool]>) -> Result<(), WriteError> {
        let rows = self.layout.rows(frame, complete)?;
        for range in batches(rows.time.len()) {
            let batch = record_batch(&self.schema, &rows, range)?;
            self.writer.write(&batch).map_err(arrow_error)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W, WriteError> {
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
    let time = TimestampMicrosecondArray::from(rows.time[range.clone()].to_vec()).with_timezone(UTC);
    let mut columns: Vec<ArrayRef> = vec![Arc::new(time)];
    for (_, values) in &rows.values {
        columns.push(Arc::new(doubles(&values[range.clone()])));
    }
    if let Some(complete) = rows.complete {
        columns.push(Arc::new(BooleanArray::from(complete[range].to_vec())));
    }
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(arrow_error)
}

/// Copies values, with null in the place of NaN.
fn doubles(values: &[f64]) -> Float64Array {
    if values.iter().any(|value| value.is_nan()) {
        values
            .iter()
            .map(|value| (!value.is_nan()).then_some(*value))
            .collect()
    } else {
        Float64Array::from(values.to_vec())
    }
}

pub(super) fn arrow_error(error: ArrowError) -> WriteError {
    match error {
        ArrowError::IoError(_, cause) => WriteError::Io(cause),
        other => WriteError::Encode(Box::new(other)),
    }
}
