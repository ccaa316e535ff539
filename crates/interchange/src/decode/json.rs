//! Bars as JSON: an object of columns, or an array of rows.

use std::fmt;

use domain::market::Column;
use serde::{Deserialize, Deserializer, de};

use super::{
    DecodeError,
    table::{Moment, PASSED_OVER, Shape, Table},
};
use crate::Format;

/// A time as JSON has it: text or an epoch number.
struct TimeValue(Result<Moment, String>);

impl<'de> Deserialize<'de> for TimeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = TimeValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time as text, or an epoch number")
            }

            fn visit_str<E>(self, text: &str) -> Result<TimeValue, E> {
                Ok(TimeValue(Moment::parse(text)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<TimeValue, E> {
                Ok(TimeValue(Moment::epoch(number)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<TimeValue, E> {
                let number = i64::try_from(number).unwrap_or(i64::MAX);
                Ok(TimeValue(Moment::epoch(number)))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Deserialize)]
struct JsonColumns {
    time: Vec<TimeValue>,
    open: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    close: Vec<Option<f64>>,
    volume: Option<Vec<Option<f64>>>,
    #[serde(flatten)]
    others: Others,
}

#[derive(Deserialize)]
struct JsonRow {
    time: TimeValue,
    open: Option<f64>,
    high: Option<f64>,
    low: Option<f64>,
    close: Option<f64>,
    volume: Option<f64>,
    #[serde(flatten)]
    others: Others,
}

/// Members besides the columns: none but those of our own answers, lest a misspelt volume be taken as unknown.
struct Others;

impl<'de> Deserialize<'de> for Others {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Others;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the columns of bars")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Others, A::Error> {
                while let Some(name) = map.next_key::<String>()? {
                    if !PASSED_OVER.contains(&name.as_str()) {
                        return Err(de::Error::custom(format_args!(
                            "`{name}` is not a column; columns are time, open, high, low, close and volume"
                        )));
                    }
                    map.next_value::<de::IgnoredAny>()?;
                }
                Ok(Others)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Reads `{"time":[…],"open":[…],…}`.
pub(super) fn columns(body: &[u8]) -> Result<Table, DecodeError> {
    let read: JsonColumns =
        serde_json::from_slice(body).map_err(|error| DecodeError::unreadable(Format::Json, error))?;
    let Others = read.others;
    let rows = read.time.len();
    let volume = read.volume.unwrap_or_else(|| vec![None; rows]);
    let values = [read.open, read.high, read.low, read.close, volume];
    Ok(Table {
        shape: Shape::Columns,
        time: read.time.into_iter().map(|time| time.0).collect(),
        values: values.map(|column| column.into_iter().map(or_nan).collect()),
    })
}

/// Reads `[{"time":…,"open":…,…},…]`.
pub(super) fn rows(body: &[u8]) -> Result<Table, DecodeError> {
    let read: Vec<JsonRow> =
        serde_json::from_slice(body).map_err(|error| DecodeError::unreadable(Format::Rows, error))?;
    let mut table = Table::new(Shape::Rows);
    for row in read {
        let JsonRow { others: Others, .. } = row;
        table.time.push(row.time.0);
        let values = [row.open, row.high, row.low, row.close, row.volume];
        for (column, value) in Column::ALL.into_iter().zip(values) {
            table.values[column as usize].push(or_nan(value));
        }
    }
    Ok(table)
}

fn or_nan(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}
