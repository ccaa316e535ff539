//! Bars as JSON: an object of columns, or an array of rows.

use std::{fmt, marker::PhantomData};

use domain::market::Column;
use serde::{Deserialize, Deserializer, de};

use super::{
    DecodeError, Fault,
    table::{Moment, PASSED_OVER, Shape, Table},
};
use crate::Format;

/// The most bars of one body of JSON.
const MOST_ROWS: usize = 1_000_000;

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
                let time =
                    i64::try_from(number).map_err(|_| format!("{number} is no epoch time that is kept"));
                Ok(TimeValue(time.and_then(Moment::epoch)))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A list of bounded length: a few bytes of text can stand for many times as many in memory.
struct Bounded<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Bounded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = Bounded<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Bounded<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    if list.len() == MOST_ROWS {
                        return Err(de::Error::custom(format_args!(
                            "there are more than {MOST_ROWS} bars; send them in parts, or as an Arrow stream"
                        )));
                    }
                    list.push(item);
                }
                Ok(Bounded(list))
            }
        }
        deserializer.deserialize_seq(Visitor(PhantomData))
    }
}

#[derive(Deserialize)]
struct JsonColumns {
    time: Bounded<TimeValue>,
    open: Bounded<Option<f64>>,
    high: Bounded<Option<f64>>,
    low: Bounded<Option<f64>>,
    close: Bounded<Option<f64>>,
    volume: Option<Bounded<Option<f64>>>,
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
    let read: JsonColumns = serde_json::from_slice(body).map_err(|error| refused(Format::Json, &error))?;
    let Others = read.others;
    let rows = read.time.0.len();
    let volume = read.volume.unwrap_or_else(|| Bounded(vec![None; rows]));
    let values = [read.open, read.high, read.low, read.close, volume];
    Ok(Table {
        shape: Shape::Columns,
        time: read.time.0.into_iter().map(|time| time.0).collect(),
        values: values.map(|column| column.0.into_iter().map(or_nan).collect()),
    })
}

/// Reads `[{"time":…,"open":…,…},…]`.
pub(super) fn rows(body: &[u8]) -> Result<Table, DecodeError> {
    let Bounded(read): Bounded<JsonRow> =
        serde_json::from_slice(body).map_err(|error| refused(Format::Rows, &error))?;
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

/// Tells JSON that holds something else than bars from what is no JSON.
fn refused(format: Format, error: &serde_json::Error) -> DecodeError {
    if error.is_data() {
        DecodeError::Columns(Fault {
            pointer: String::new(),
            rule: "bad-columns",
            message: format!("the body does not hold the columns of bars: {error}"),
        })
    } else {
        DecodeError::unreadable(format, error)
    }
}

fn or_nan(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}
