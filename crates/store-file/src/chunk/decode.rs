//! Parquet to bars.

use std::ops::Range;

use bytes::Bytes;
use domain::market::{BarFrame, Bars, CANONICAL_NAN, Column, ColumnSet, Order, TimeRange};
use parquet::{
    column::reader::ColumnReader,
    errors::ParquetError,
    file::reader::{FileReader, RowGroupReader, SerializedFileReader},
};

/// Which bars of a chunk are wanted, and which of their columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selection {
    pub(crate) range: TimeRange,
    pub(crate) columns: ColumnSet,
    /// At most so many, from the end that `order` begins at.
    pub(crate) limit: Option<u64>,
    pub(crate) order: Order,
}

impl Selection {
    pub(crate) const ALL: Self = Self {
        range: TimeRange::ALL,
        columns: ColumnSet::ALL,
        limit: None,
        order: Order::Ascending,
    };
}

/// Decodes the selected bars, ascending whatever the order of the selection.
///
/// # Errors
/// Those of the Parquet library, or that the file is no chunk.
pub(crate) fn decode(bytes: Bytes, selection: &Selection) -> Result<BarFrame, ParquetError> {
    let reader = SerializedFileReader::new(bytes)?;
    let groups = reader.num_row_groups();
    let mut starts = Vec::with_capacity(groups + 1);
    let mut rows = 0;
    for group in reader.metadata().row_groups() {
        starts.push(rows);
        rows += group.num_rows() as usize;
    }
    starts.push(rows);

    let mut time = Vec::with_capacity(rows);
    for group in 0..groups {
        read_times(&*reader.get_row_group(group)?, &mut time)?;
    }
    let wanted = wanted_rows(&time, selection);
    let columns = Column::ALL.map(|column| {
        selection
            .columns
            .contains(column)
            .then(|| Vec::with_capacity(wanted.len() + starts.get(1).unwrap_or(&0)))
    });
    let mut frame = BarFrame {
        time: Vec::new(),
        columns,
    };
    let mut first_decoded = None;
    for group in 0..groups {
        if starts[group + 1] <= wanted.start || wanted.end <= starts[group] {
            continue;
        }
        first_decoded.get_or_insert(starts[group]);
        let reader = reader.get_row_group(group)?;
        for column in selection.columns.iter() {
            if let Some(values) = &mut frame.columns[column as usize] {
                read_values(&*reader, column, values)?;
            }
        }
    }
    let skipped = first_decoded.unwrap_or(wanted.start);
    for column in frame.columns.iter_mut().flatten() {
        column.truncate(wanted.end - skipped);
        column.drain(..wanted.start - skipped);
    }
    if wanted.len() == time.len() {
        frame.time = time;
    } else {
        frame.time = time[wanted].to_vec();
    }
    Ok(frame)
}

/// Decodes a chunk as a whole, with all the checks of bars.
///
/// # Errors
/// Those of the Parquet library, or that the file holds no valid bars.
pub(crate) fn decode_all(bytes: Bytes) -> Result<Bars, ParquetError> {
    let frame = decode(bytes, &Selection::ALL)?;
    Bars::try_from(frame).map_err(|error| ParquetError::General(error.to_string()))
}

fn wanted_rows(time: &[i64], selection: &Selection) -> Range<usize> {
    let range = &selection.range;
    let from = time.partition_point(|time| *time < range.first_micros());
    let to = time
        .partition_point(|time| *time <= range.last_micros())
        .max(from);
    let most = selection
        .limit
        .map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    match selection.order {
        Order::Ascending => from..to.min(from.saturating_add(most)),
        Order::Descending => to.saturating_sub(most).max(from)..to,
    }
}

fn read_times(group: &dyn RowGroupReader, times: &mut Vec<i64>) -> Result<(), ParquetError> {
    let rows = group.metadata().num_rows() as usize;
    match group.get_column_reader(0)? {
        ColumnReader::Int64ColumnReader(mut reader) => {
            read_fully(rows, |left| reader.read_records(left, None, None, times))
        }
        _ => Err(ParquetError::General(
            "column `time` does not hold times".to_owned(),
        )),
    }
}

fn read_values(
    group: &dyn RowGroupReader,
    column: Column,
    values: &mut Vec<f64>,
) -> Result<(), ParquetError> {
    let rows = group.metadata().num_rows() as usize;
    let ColumnReader::DoubleColumnReader(mut reader) = group.get_column_reader(1 + column as usize)? else {
        return Err(ParquetError::General(format!(
            "column `{column}` does not hold numbers"
        )));
    };
    if column != Column::Volume {
        return read_fully(rows, |left| reader.read_records(left, None, None, values));
    }
    let mut known = Vec::with_capacity(rows);
    let before = values.len();
    read_fully(rows, |left| {
        reader.read_records(left, Some(&mut known), None, values)
    })?;
    if values.len() - before < rows {
        let present = values.split_off(before);
        let mut present = present.into_iter();
        values.extend(known.iter().map(|known| match known {
            0 => CANONICAL_NAN,
            _ => present.next().unwrap_or(CANONICAL_NAN),
        }));
    }
    Ok(())
}

fn read_fully(
    rows: usize,
    mut read: impl FnMut(usize) -> Result<(usize, usize, usize), ParquetError>,
) -> Result<(), ParquetError> {
    let mut left = rows;
    while left > 0 {
        let (records, _, _) = read(left)?;
        if records == 0 {
            return Err(ParquetError::General(
                "a column ends before its rows do".to_owned(),
            ));
        }
        left -= records;
    }
    Ok(())
}
