//! Rows that were turned away, and how they are written down.

use std::io::{self, Write};

use domain::market::RejectedRow;

/// Writes rejected rows as CSV: `file,line,column,rule,message,text`.
///
/// # Errors
/// Those of `out`.
pub fn write_rejected(rows: &[RejectedRow], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["file", "line", "column", "rule", "message", "text"])?;
    for row in rows {
        let line = row.line.to_string();
        writer.write_record([&row.file, &line, &row.column, &row.rule, &row.message, &row.text])?;
    }
    writer.flush()
}

/// Describes a rejected row in one line: `FILE:LINE: column NAME: MESSAGE [rule]`.
pub(crate) fn describe(row: &RejectedRow) -> String {
    let column = if row.column.is_empty() {
        String::new()
    } else {
        format!("column {}: ", row.column)
    };
    format!(
        "{}:{}: {column}{} [{}]",
        row.file, row.line, row.message, row.rule
    )
}
