//! Reading rows again whose text is wanted after all.

use std::collections::{BTreeSet, HashMap};

use super::{
    ReadError, ReadOptions, fields::Fields, parse::ParsedFile, records::Records, rejections::kept_text,
};

/// The line and the text of a row.
#[derive(Debug, Clone)]
pub(super) struct RowText {
    pub(super) line: u64,
    pub(super) text: String,
}

/// Reads the rows at `places` of a file, by their places.
pub(super) fn recall(
    file: &ParsedFile,
    places: &BTreeSet<u32>,
    options: &ReadOptions,
) -> Result<HashMap<u32, RowText>, ReadError> {
    let mut found = HashMap::new();
    let (lines, _) = Records::begin(&file.input, options.limits)?;
    let mut records = Records::proceed(lines, file.cut, options.limits, file.input.name())?;
    let mut fields = Fields::default();
    let mut wanted = places.iter();
    let mut next = wanted.next();
    while let Some(place) = next {
        let Some(record) = records.next(&mut fields)? else {
            break;
        };
        if record.place == u64::from(*place) {
            found.insert(
                *place,
                RowText {
                    line: record.line,
                    text: kept_text(record.text),
                },
            );
            next = wanted.next();
        }
    }
    Ok(found)
}
