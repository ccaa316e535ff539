//! A page of bars as one JSON object, put together in memory.

use domain::market::BarFrame;
use serde_json::Value;

use super::{
    WriteError,
    layout::{COMPLETE, Layout, TIME},
    sink::TextSink,
};

/// Returns bars as one JSON object of columns, as [`super::Format::Json`] writes them, with further `members` behind
/// the columns. Everything is in memory: it is made for pages, not for whole series.
///
/// # Errors
/// Those of [`super::FrameEncoder::write_rows`].
pub fn json_page(
    frame: &BarFrame,
    complete: Option<&[bool]>,
    layout: impl Into<Layout>,
    members: &[(&str, Value)],
) -> Result<Vec<u8>, WriteError> {
    let layout = layout.into();
    let rows = layout.rows(frame, complete)?;
    // A time takes 23 bytes, most numbers fewer than ten.
    let mut sink = TextSink::new(Vec::with_capacity(
        128 + frame.len() * (24 + 9 * rows.values.len()),
    ));
    let comma = |index: usize| if index == 0 { "" } else { "," };
    sink.push("{\"");
    sink.push(TIME);
    sink.push("\":[");
    for (index, time) in rows.time.iter().enumerate() {
        sink.push(comma(index));
        sink.push_time(*time, true)?;
    }
    for (column, values) in &rows.values {
        sink.push("],\"");
        sink.push(column.as_str());
        sink.push("\":[");
        for (index, value) in values.iter().enumerate() {
            sink.push(comma(index));
            sink.push_number(*value, "null");
        }
    }
    if let Some(complete) = rows.complete {
        sink.push("],\"");
        sink.push(COMPLETE);
        sink.push("\":[");
        for (index, value) in complete.iter().enumerate() {
            sink.push(comma(index));
            sink.push_bool(*value);
        }
    }
    sink.push("]");
    for (name, value) in members {
        sink.push(",\"");
        sink.push(name);
        sink.push("\":");
        sink.push(&value.to_string());
    }
    sink.push("}\n");
    Ok(sink.finish()?)
}

#[cfg(test)]
mod tests {
    use domain::market::{Bar, Bars, ColumnSet};

    use super::*;
    use crate::{Format, encoder};

    #[test]
    fn a_page_is_the_json_of_columns_with_members_behind_them() {
        let bar = |time, volume| Bar {
            time,
            open: 1.5,
            high: 2.0,
            low: 1.0,
            close: 1.25,
            volume,
        };
        let bars = Bars::from_rows(&[bar(0, f64::NAN), bar(60_000_000, 7.0)]).unwrap();
        let frame = BarFrame::of(bars, ColumnSet::ALL);
        let plain = json_page(&frame, None, ColumnSet::ALL, &[]).unwrap();
        let mut streamed = encoder(Format::Json, ColumnSet::ALL, Vec::new()).unwrap();
        streamed.write(&frame).unwrap();
        assert_eq!(plain, streamed.finish().unwrap());

        let members = [("version", Value::from(3)), ("next_cursor", Value::Null)];
        let page = json_page(&frame, None, ColumnSet::TIME, &members).unwrap();
        let text = String::from_utf8(page).unwrap();
        let expected = "{\"time\":[\"1970-01-01T00:00:00Z\",\"1970-01-01T00:01:00Z\"],\"version\":3,\"next_cursor\":null}\n";
        assert_eq!(text, expected);
    }
}
