//! Bars as a Parquet file.

use std::io::{self, Write};

use arrow_schema::SchemaRef;
use domain::market::BarFrame;
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
    schema::types::ColumnPath,
};

use super::{
    FrameEncoder, Layout, WriteError,
    arrow::{batches, record_batch, schema},
    layout::TIME,
};

/// How many bars a row group has: enough to compress well, few enough to be held in memory.
const ROW_GROUP_ROWS: usize = 131_072;

/// Writes the schema of the Arrow stream, compressed by zstd. Encodings are such as every reader has known for years.
pub(super) struct ParquetEncoder<W: Write + Send> {
    layout: Layout,
    schema: SchemaRef,
    writer: ArrowWriter<Lent<W>>,
}

impl<W: Write + Send> ParquetEncoder<W> {
    pub(super) fn new(layout: Layout, out: W) -> Result<Self, WriteError> {
        let schema = schema(layout);
        let time = ColumnPath::from(TIME);
        let properties = WriterProperties::builder()
            .set_created_by("chandlery".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(parquet_error)?))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_column_dictionary_enabled(time.clone(), false)
            .set_column_encoding(time, Encoding::DELTA_BINARY_PACKED)
            .build();
        let writer =
            ArrowWriter::try_new(Lent(Some(out)), schema.clone(), Some(properties)).map_err(parquet_error)?;
        Ok(Self {
            layout,
            schema,
            writer,
        })
    }
}

impl<W: Write + Send> FrameEncoder<W> for ParquetEncoder<W> {
    fn write_rows(&mut self, frame: &BarFrame, complete: Option<&[bool]>) -> Result<(), WriteError> {
        let rows = self.layout.rows(frame, complete)?;
        for range in batches(rows.time.len()) {
            let batch = record_batch(&self.schema, &rows, range)?;
            self.writer.write(&batch).map_err(parquet_error)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W, WriteError> {
        self.writer.finish().map_err(parquet_error)?;
        Ok(self.writer.inner_mut().0.take().ok_or_else(taken_back)?)
    }
}

/// A writer that is lent to the Parquet library and taken back once the file is finished: the library's own way to
/// return it turns a failed write into mere text.
struct Lent<W>(Option<W>);

impl<W: Write> Write for Lent<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_mut().ok_or_else(taken_back)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_mut().ok_or_else(taken_back)?.flush()
    }
}

fn taken_back() -> io::Error {
    io::Error::other("the file is finished")
}

fn parquet_error(error: ParquetError) -> WriteError {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => WriteError::Io(*cause),
            Err(cause) => WriteError::Encode(cause),
        },
        other => WriteError::Encode(Box::new(other)),
    }
}
