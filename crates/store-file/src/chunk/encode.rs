//! Bars to Parquet.

use std::sync::{Arc, LazyLock};

use domain::market::Bars;
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    data_type::{DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::{
        parser::parse_message_type,
        types::{ColumnPath, Type},
    },
};

/// A window of a few hundred bars decodes one group, not the whole chunk.
const ROW_GROUP_BARS: usize = 8_192;

static SCHEMA: LazyLock<Result<Arc<Type>, String>> = LazyLock::new(|| {
    let message = "message bars {
        required int64 time (timestamp(micros, true));
        required double open;
        required double high;
        required double low;
        required double close;
        optional double volume;
    }";
    parse_message_type(message)
        .map(Arc::new)
        .map_err(|error| error.to_string())
});

static PROPERTIES: LazyLock<Arc<WriterProperties>> = LazyLock::new(|| {
    let time = ColumnPath::from("time");
    let properties = WriterProperties::builder()
        .set_created_by("chandlery".to_owned())
        .set_compression(ZstdLevel::try_new(1).map_or(Compression::UNCOMPRESSED, Compression::ZSTD))
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::BYTE_STREAM_SPLIT)
        .set_column_encoding(time.clone(), Encoding::DELTA_BINARY_PACKED)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled(time, EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .build();
    Arc::new(properties)
});

/// Encodes bars as one Parquet file: `time` as µs UTC, five columns of doubles, an unknown volume as null.
///
/// # Errors
/// Those of the Parquet library.
pub(crate) fn encode(bars: &Bars) -> Result<Vec<u8>, ParquetError> {
    let schema = SCHEMA
        .as_ref()
        .map_err(|error| ParquetError::General(error.clone()))?;
    let room = Vec::with_capacity(1024 + bars.len() * 24);
    let mut writer = SerializedFileWriter::new(room, schema.clone(), PROPERTIES.clone())?;
    for from in (0..bars.len()).step_by(ROW_GROUP_BARS) {
        let rows = from..(from + ROW_GROUP_BARS).min(bars.len());
        let mut group = writer.next_row_group()?;
        if let Some(mut column) = group.next_column()? {
            column
                .typed::<Int64Type>()
                .write_batch(&bars.time()[rows.clone()], None, None)?;
            column.close()?;
        }
        for values in [bars.open(), bars.high(), bars.low(), bars.close()] {
            if let Some(mut column) = group.next_column()? {
                column
                    .typed::<DoubleType>()
                    .write_batch(&values[rows.clone()], None, None)?;
                column.close()?;
            }
        }
        if let Some(mut column) = group.next_column()? {
            let volume = &bars.volume()[rows];
            let known: Vec<i16> = volume.iter().map(|volume| i16::from(!volume.is_nan())).collect();
            let values: Vec<f64> = volume.iter().copied().filter(|volume| !volume.is_nan()).collect();
            column
                .typed::<DoubleType>()
                .write_batch(&values, Some(&known), None)?;
            column.close()?;
        }
        group.close()?;
    }
    writer.into_inner()
}
