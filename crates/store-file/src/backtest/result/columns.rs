//! Columns of a Parquet file with one group of rows.

use std::sync::Arc;

use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        reader::{FileReader, RowGroupReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};

/// The values of a column, none of them missing.
pub(super) enum Values {
    /// Integers and times.
    Integers(Vec<i64>),
    /// Numbers.
    Doubles(Vec<f64>),
    /// Texts, few of which differ.
    Texts(Vec<ByteArray>),
}

/// Writes columns, named and in order.
pub(super) fn encode(schema: &str, columns: &[(&str, Values)]) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(parse_message_type(schema)?);
    let mut properties = WriterProperties::builder()
        .set_created_by("chandlery".to_owned())
        .set_compression(ZstdLevel::try_new(1).map_or(Compression::UNCOMPRESSED, Compression::ZSTD))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for (name, values) in columns {
        let column = ColumnPath::from(*name);
        properties = match values {
            Values::Integers(_) => properties.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED),
            Values::Doubles(_) => properties.set_column_encoding(column, Encoding::BYTE_STREAM_SPLIT),
            Values::Texts(_) => properties.set_column_dictionary_enabled(column, true),
        };
    }
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build()))?;
    let mut group = writer.next_row_group()?;
    for (_, values) in columns {
        let Some(mut column) = group.next_column()? else {
            return Err(ParquetError::General(
                "there are more columns than names".to_owned(),
            ));
        };
        match values {
            Values::Integers(values) => column.typed::<Int64Type>().write_batch(values, None, None)?,
            Values::Doubles(values) => column.typed::<DoubleType>().write_batch(values, None, None)?,
            Values::Texts(values) => column.typed::<ByteArrayType>().write_batch(values, None, None)?,
        };
        column.close()?;
    }
    group.close()?;
    writer.into_inner()
}

/// Reads the columns of a file one after another.
pub(super) struct Columns<'a> {
    group: Box<dyn RowGroupReader + 'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    /// Begins with the first column.
    pub(super) fn of(file: &'a SerializedFileReader<Bytes>) -> Result<Self, ParquetError> {
        Ok(Self {
            group: file.get_row_group(0)?,
            next: 0,
        })
    }

    pub(super) fn integers(&mut self) -> Result<Vec<i64>, ParquetError> {
        match self.column()? {
            ColumnReader::Int64ColumnReader(reader) => self.values(reader),
            _ => Err(self.unexpected("integers")),
        }
    }

    pub(super) fn doubles(&mut self) -> Result<Vec<f64>, ParquetError> {
        match self.column()? {
            ColumnReader::DoubleColumnReader(reader) => self.values(reader),
            _ => Err(self.unexpected("numbers")),
        }
    }

    pub(super) fn texts(&mut self) -> Result<Vec<ByteArray>, ParquetError> {
        match self.column()? {
            ColumnReader::ByteArrayColumnReader(reader) => self.values(reader),
            _ => Err(self.unexpected("texts")),
        }
    }

    fn column(&mut self) -> Result<ColumnReader, ParquetError> {
        let reader = self.group.get_column_reader(self.next)?;
        self.next += 1;
        Ok(reader)
    }

    fn values<T: DataType>(&self, mut reader: ColumnReaderImpl<T>) -> Result<Vec<T::T>, ParquetError> {
        let rows = self.group.metadata().num_rows() as usize;
        let mut values = Vec::with_capacity(rows);
        while values.len() < rows {
            let (read, _, _) = reader.read_records(rows - values.len(), None, None, &mut values)?;
            if read == 0 {
                let text = format!("column {} ends before its rows do", self.next);
                return Err(ParquetError::General(text));
            }
        }
        Ok(values)
    }

    fn unexpected(&self, wanted: &str) -> ParquetError {
        ParquetError::General(format!("column {} does not hold {wanted}", self.next))
    }
}
