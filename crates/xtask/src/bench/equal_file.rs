//! One Parquet file with the same bars, encoded as the store's chunks are, read by the `parquet` crate alone.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use domain::market::Bars;
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    column::reader::ColumnReader,
    data_type::{DoubleType, Int64Type},
    file::{
        properties::WriterProperties,
        reader::{FileReader, RowGroupReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    schema::parser::parse_message_type,
};

const GROUP: usize = 65_536;

/// Writes the file.
pub(crate) fn write(bars: &Bars, path: &Path) -> Result<PathBuf> {
    let columns = "required double open; required double high; required double low; required double close;";
    let message = format!(
        "message bars {{ required int64 time (timestamp(micros, true)); {columns} optional double volume; }}"
    );
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::BYTE_STREAM_SPLIT)
        .set_column_encoding("time".into(), Encoding::DELTA_BINARY_PACKED)
        .build();
    let schema = Arc::new(parse_message_type(&message)?);
    let mut writer = SerializedFileWriter::new(fs::File::create(path)?, schema, Arc::new(properties))?;
    for from in (0..bars.len()).step_by(GROUP) {
        let rows = from..(from + GROUP).min(bars.len());
        let known = vec![1_i16; rows.len()];
        let mut group = writer.next_row_group()?;
        let mut column = group.next_column()?.context("the schema has a time")?;
        column
            .typed::<Int64Type>()
            .write_batch(&bars.time()[rows.clone()], None, None)?;
        column.close()?;
        for (index, values) in bars.values().into_iter().enumerate() {
            let mut column = group.next_column()?.context("the schema has five values")?;
            let levels = (index == 4).then_some(&known[..]);
            column
                .typed::<DoubleType>()
                .write_batch(&values[rows.clone()], levels, None)?;
            column.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(path.to_owned())
}

/// Reads the rows from `first` to below `end`: the groups that they lie in, all columns. Returns the sum of the closes,
/// so that nothing is left out.
pub(crate) fn read(path: &Path, first: usize, end: usize) -> Result<f64> {
    let reader = SerializedFileReader::new(Bytes::from(fs::read(path)?))?;
    let mut times: Vec<i64> = Vec::with_capacity(end - first);
    let mut values: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::with_capacity(end - first));
    for group in first / GROUP..end.div_ceil(GROUP) {
        read_group(&*reader.get_row_group(group)?, &mut times, &mut values)?;
    }
    let begin = first / GROUP * GROUP;
    ensure!(
        values.iter().all(|column| column.len() == times.len()),
        "columns differ in length"
    );
    Ok(values[3][first - begin..end - begin].iter().sum())
}

fn read_group(group: &dyn RowGroupReader, times: &mut Vec<i64>, values: &mut [Vec<f64>; 5]) -> Result<()> {
    let rows = group.metadata().num_rows() as usize;
    let ColumnReader::Int64ColumnReader(mut reader) = group.get_column_reader(0)? else {
        bail!("the first column holds no times");
    };
    ensure!(
        reader.read_records(rows, None, None, times)?.0 == rows,
        "times are missing"
    );
    let mut levels = Vec::with_capacity(rows);
    for (index, column) in values.iter_mut().enumerate() {
        let ColumnReader::DoubleColumnReader(mut reader) = group.get_column_reader(index + 1)? else {
            bail!("a column holds no numbers");
        };
        let known = (index == 4).then_some(&mut levels);
        ensure!(
            reader.read_records(rows, known, None, column)?.0 == rows,
            "values are missing"
        );
    }
    Ok(())
}
