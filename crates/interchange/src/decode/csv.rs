//! Bars as comma-separated values with a header line.

use domain::market::Column;

use super::{
    DecodeError,
    table::{Moment, PASSED_OVER, Shape, Table},
};
use crate::Format;

/// Where a column lies in the file.
struct Places {
    time: usize,
    values: [Option<usize>; 5],
}

impl Places {
    fn find(header: &csv::StringRecord) -> Result<Self, DecodeError> {
        let (mut time, mut values) = (None, [None; 5]);
        for (place, name) in header.iter().enumerate() {
            let name = name.trim().to_ascii_lowercase();
            let column = Column::ALL.into_iter().find(|column| column.as_str() == name);
            let slot = match column {
                Some(column) => &mut values[column as usize],
                None if name == "time" => &mut time,
                None if PASSED_OVER.contains(&name.as_str()) => continue,
                None => {
                    let message = format!(
                        "`{name}` is not a column; columns are time, open, high, low, close and volume"
                    );
                    return Err(DecodeError::column(&name, "unknown-column", message));
                }
            };
            if slot.replace(place).is_some() {
                let message = format!("there are two columns `{name}`");
                return Err(DecodeError::column(&name, "duplicate-column", message));
            }
        }
        let missing = |name: &str| {
            let message = format!("the column `{name}` is missing; the first line names the columns");
            DecodeError::column(name, "missing-column", message)
        };
        for column in Column::ALL {
            if values[column as usize].is_none() && column != Column::Volume {
                return Err(missing(column.as_str()));
            }
        }
        let time = time.ok_or_else(|| missing("time"))?;
        Ok(Self { time, values })
    }
}

pub(super) fn table(body: &[u8]) -> Result<Table, DecodeError> {
    let unreadable = |error: csv::Error| DecodeError::unreadable(Format::Csv, error);
    let mut reader = csv::ReaderBuilder::new().from_reader(body);
    let places = Places::find(reader.headers().map_err(unreadable)?)?;
    let mut table = Table::new(Shape::Rows);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(unreadable)? {
        let row = table.time.len();
        table
            .time
            .push(Moment::parse(record.get(places.time).unwrap_or_default()));
        for (column, place) in Column::ALL.into_iter().zip(places.values) {
            let text = place
                .and_then(|place| record.get(place))
                .unwrap_or_default()
                .trim();
            let value = if text.is_empty() {
                f64::NAN
            } else {
                fast_float2::parse(text).map_err(|_| {
                    let message = format!("row {row} (from 0): {column} `{text}` is not a number");
                    DecodeError::column(&format!("{row}/{column}"), "bad-number", message)
                })?
            };
            table.values[column as usize].push(value);
        }
    }
    Ok(table)
}
