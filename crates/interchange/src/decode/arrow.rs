//! Bars as an Arrow IPC stream.

use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, RecordBatch,
    types::{
        Date32Type, Date64Type, Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt32Type, UInt64Type,
    },
};
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use domain::market::{Column, Timestamp};

use super::{
    DecodeError,
    table::{Moment, PASSED_OVER, Shape, Table},
};
use crate::Format;

const DAY: i64 = 86_400_000_000;

pub(super) fn table(body: &[u8]) -> Result<Table, DecodeError> {
    check_lengths(body)?;
    // The library panics on some streams whose buffers contradict each other.
    std::panic::catch_unwind(|| read(body))
        .unwrap_or_else(|_| Err(damaged("its buffers contradict each other")))
}

fn damaged(message: &str) -> DecodeError {
    DecodeError::unreadable(Format::Arrow, message)
}

/// Walks over the messages and checks that each is as long as it says and not compressed: the library would allocate
/// any length first.
fn check_lengths(mut rest: &[u8]) -> Result<(), DecodeError> {
    const CONTINUATION: [u8; 4] = [0xff; 4];
    let cut_short = || damaged("it is cut short");
    while !rest.is_empty() {
        rest = rest.strip_prefix(&CONTINUATION).unwrap_or(rest);
        let (length, behind) = rest.split_first_chunk().ok_or_else(cut_short)?;
        let length =
            usize::try_from(i32::from_le_bytes(*length)).map_err(|_| damaged("a length is negative"))?;
        if length == 0 {
            return Ok(());
        }
        let (head, behind) = behind.split_at_checked(length).ok_or_else(cut_short)?;
        let message = arrow_ipc::root_as_message(head)
            .map_err(|error| DecodeError::unreadable(Format::Arrow, error))?;
        if message
            .header_as_record_batch()
            .is_some_and(|batch| batch.compression().is_some())
        {
            return Err(damaged(
                "its buffers are compressed; send them as they are, or compress the body as a whole",
            ));
        }
        let length = usize::try_from(message.bodyLength()).map_err(|_| damaged("a length is negative"))?;
        rest = behind.get(length..).ok_or_else(cut_short)?;
    }
    Ok(())
}

fn read(body: &[u8]) -> Result<Table, DecodeError> {
    let unreadable = |error: ArrowError| DecodeError::unreadable(Format::Arrow, error);
    let reader = StreamReader::try_new(body, None).map_err(unreadable)?;
    check_names(&reader.schema())?;
    let mut table = Table::new(Shape::Columns);
    for batch in reader {
        add(&mut table, &batch.map_err(unreadable)?)?;
    }
    Ok(table)
}

fn check_names(schema: &Schema) -> Result<(), DecodeError> {
    for field in schema.fields() {
        let name = field.name().to_ascii_lowercase();
        let known = name == "time"
            || PASSED_OVER.contains(&name.as_str())
            || Column::ALL.iter().any(|column| column.as_str() == name);
        if !known {
            let message = format!(
                "`{}` is not a column; columns are time, open, high, low, close and volume",
                field.name()
            );
            return Err(DecodeError::column(field.name(), "unknown-column", message));
        }
    }
    Ok(())
}

fn add(table: &mut Table, batch: &RecordBatch) -> Result<(), DecodeError> {
    let schema = batch.schema();
    let find = |name: &str| {
        let place = schema
            .fields()
            .iter()
            .position(|field| field.name().eq_ignore_ascii_case(name));
        place.map(|place| batch.column(place))
    };
    let missing =
        |name: &str| DecodeError::column(name, "missing-column", format!("the column `{name}` is missing"));
    push_times(&mut table.time, find("time").ok_or_else(|| missing("time"))?)?;
    for column in Column::ALL {
        let values = &mut table.values[column as usize];
        match find(column.as_str()) {
            Some(array) => push_values(values, array, column)?,
            None if column == Column::Volume => values.resize(table.time.len(), f64::NAN),
            None => return Err(missing(column.as_str())),
        }
    }
    Ok(())
}

fn push_times(times: &mut Vec<Result<Moment, String>>, array: &ArrayRef) -> Result<(), DecodeError> {
    let naive = matches!(array.data_type(), DataType::Timestamp(_, None));
    let exactly = |micros: Option<i64>| {
        let time = micros.and_then(|micros| Timestamp::from_micros(micros).ok());
        time.map(|time| Moment {
            micros: time.micros(),
            naive,
        })
        .ok_or_else(|| "the time lies outside the years -9999 to 9999".to_owned())
    };
    let nanos = |nanos: i64| match nanos % 1_000 {
        0 => exactly(Some(nanos / 1_000)),
        _ => Err(format!(
            "{nanos} ns since 1970 is no whole number of µs, which is what is kept"
        )),
    };
    match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            push_each::<TimestampSecondType>(times, array, |time| exactly(time.checked_mul(1_000_000)));
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            push_each::<TimestampMillisecondType>(times, array, |time| exactly(time.checked_mul(1_000)));
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            push_each::<TimestampMicrosecondType>(times, array, |time| exactly(Some(time)));
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            push_each::<TimestampNanosecondType>(times, array, nanos);
        }
        DataType::Date32 => {
            push_each::<Date32Type>(times, array, |days| exactly(i64::from(days).checked_mul(DAY)));
        }
        DataType::Date64 => {
            push_each::<Date64Type>(times, array, |millis| exactly(millis.checked_mul(1_000)));
        }
        DataType::Int64 => push_each::<Int64Type>(times, array, Moment::epoch),
        other => {
            let message = format!("time is of type {other}; use a timestamp, a date or an epoch number");
            return Err(DecodeError::column("time", "column-type", message));
        }
    }
    Ok(())
}

fn push_each<T: ArrowPrimitiveType>(
    times: &mut Vec<Result<Moment, String>>,
    array: &ArrayRef,
    read: impl Fn(T::Native) -> Result<Moment, String>,
) {
    // The caller has looked at the type; a null is no time.
    if let Some(array) = array.as_any().downcast_ref::<PrimitiveArray<T>>() {
        let read =
            |value: Option<T::Native>| value.map_or_else(|| Err("the time is missing".to_owned()), &read);
        times.extend(array.iter().map(read));
    }
}

fn push_values(values: &mut Vec<f64>, array: &ArrayRef, column: Column) -> Result<(), DecodeError> {
    fn push<T: ArrowPrimitiveType>(values: &mut Vec<f64>, array: &ArrayRef, read: impl Fn(T::Native) -> f64) {
        if let Some(array) = array.as_any().downcast_ref::<PrimitiveArray<T>>() {
            values.extend(array.iter().map(|value| value.map_or(f64::NAN, &read)));
        }
    }
    match array.data_type() {
        DataType::Float64 => push::<Float64Type>(values, array, |value| value),
        DataType::Float32 => push::<Float32Type>(values, array, f64::from),
        DataType::Int64 => push::<Int64Type>(values, array, |value| value as f64),
        DataType::Int32 => push::<Int32Type>(values, array, f64::from),
        DataType::UInt64 => push::<UInt64Type>(values, array, |value| value as f64),
        DataType::UInt32 => push::<UInt32Type>(values, array, f64::from),
        other => {
            let message = format!("{column} is of type {other}; use a floating-point or whole number");
            return Err(DecodeError::column(column.as_str(), "column-type", message));
        }
    }
    Ok(())
}
