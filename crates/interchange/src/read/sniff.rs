//! Looking at the beginning of a text: is it one, how is it cut, where do the rows begin?

use std::collections::BTreeMap;

use super::{ReadError, Refusal, Rule, fields::Fields, input::PathClues, lines::LineReader, time::TimeForm};

const BOM: &[u8] = b"\xef\xbb\xbf";
/// A time and four prices: lines with fewer fields before the header are a preamble.
const LEAST_FIELDS: usize = 5;
/// How many lines a preamble may have.
const PREAMBLE_LINES: usize = 50;
/// How many rows dialects may look at.
const GLANCED_ROWS: usize = 4;

/// How a text begins.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) json: bool,
    pub(super) delimiter: u8,
    /// How many lines come before the header or the first row.
    pub(super) preamble: u64,
    /// The names of the columns, as spelled; `None` when the first line holds values.
    pub(super) header: Option<Vec<String>>,
    /// The first lines behind the header, or the first lines.
    pub(super) rows: Vec<Vec<Vec<u8>>>,
}

impl Beginning {
    /// Looks at the beginning of a text and drops its byte order mark.
    pub(super) fn of(lines: &mut LineReader, file: &str) -> Result<Self, ReadError> {
        let head = lines.head()?;
        check_kind(head, file)?;
        let bom = if head.starts_with(BOM) { BOM.len() } else { 0 };
        lines.skip(bom);
        let head = lines.head()?;
        match head.trim_ascii_start() {
            [] => {
                let message = "the file is empty";
                return Err(Refusal::new(file, Rule::EmptyFile, message).into());
            }
            [b'[' | b'{', ..] => return json(head, file),
            _ => {}
        }
        let complete = head.len() < (1 << 18);
        Self::of_table(head, complete, file)
    }

    fn of_table(head: &[u8], complete: bool, file: &str) -> Result<Self, ReadError> {
        let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
        if !complete && lines.len() > 1 {
            // The last line goes on behind the head.
            lines.pop();
        }
        for (index, line) in lines.iter().enumerate().take(PREAMBLE_LINES) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if let Some(delimiter) = delimiter(line) {
                let rows = lines[index..].iter().filter(|line| !line.trim_ascii().is_empty());
                let mut rows: Vec<_> = rows
                    .take(GLANCED_ROWS)
                    .map(|line| split(line, delimiter))
                    .collect();
                let header = is_header(&rows[0]).then(|| {
                    rows.remove(0)
                        .iter()
                        .map(|name| String::from_utf8_lossy(name).trim().to_owned())
                        .collect()
                });
                return Ok(Self {
                    json: false,
                    delimiter,
                    preamble: index as u64,
                    header,
                    rows,
                });
            }
            if line.first().is_some_and(u8::is_ascii_digit) {
                let message =
                    "the row has fewer than five fields: a time and four prices, cut by `,`, `;` or TAB";
                return Err(Refusal::new(file, Rule::FieldCount, message)
                    .at_line(index as u64 + 1)
                    .into());
            }
        }
        let message =
            "no line has five fields (a time and four prices), cut by `,`, `;` or TAB; is this a price file?";
        Err(Refusal::new(file, Rule::MissingHeader, message).at_line(1).into())
    }
}

/// Refuses what is no text, and web pages.
fn check_kind(head: &[u8], file: &str) -> Result<(), ReadError> {
    let refuse = |rule, message: &str| Err(Refusal::new(file, rule, message).at_line(1).into());
    if head.starts_with(b"ARROW1") || head.starts_with(b"PAR1") {
        let message = "this is an Arrow (feather) or Parquet file, which are not read; convert it to CSV, or with \
                       freqtrade convert-data to JSON";
        return refuse(Rule::NulBytes, message);
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return refuse(Rule::NotUtf8, "this is UTF-16; save the file as UTF-8");
    }
    let text = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    let begins = |tag: &&[u8]| text.len() >= tag.len() && text[..tag.len()].eq_ignore_ascii_case(tag);
    let tags: [&[u8]; 6] = [b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--"];
    if tags.iter().any(begins) {
        return refuse(
            Rule::HtmlPage,
            "this looks like a web page, not a price file; download the file itself",
        );
    }
    Ok(())
}

fn json(head: &[u8], file: &str) -> Result<Beginning, ReadError> {
    let text: Vec<u8> = head
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .take(3)
        .collect();
    if text.starts_with(b"[]") {
        return Err(Refusal::new(file, Rule::EmptyFile, "the JSON array holds no rows").into());
    }
    if !text.starts_with(b"[[") {
        let message = match vendor_message(head) {
            Some(said) => format!(
                "this is a message of the vendor, not a price file; do what it asks, and download the file again. \
                 It says: {}",
                shown(&said, 400)
            ),
            None => format!(
                "this is JSON, not a price file; of JSON, rows such as [[ms,open,high,low,close,volume],…] are \
                 read. It begins: {}",
                shown(&String::from_utf8_lossy(head), 120)
            ),
        };
        return Err(Refusal::new(file, Rule::JsonBody, message).at_line(1).into());
    }
    Ok(Beginning {
        json: true,
        delimiter: b',',
        preamble: 0,
        header: None,
        rows: Vec::new(),
    })
}

/// Reads what vendors send instead of prices, such as `{"Note": "…"}` when they are asked too often.
fn vendor_message(head: &[u8]) -> Option<String> {
    let said: BTreeMap<String, String> = serde_json::from_slice(head).ok()?;
    let names = ["note", "information", "message", "error", "detail"];
    let is_message = |name: &str| names.iter().any(|known| name.to_lowercase().contains(known));
    said.into_iter()
        .find_map(|(name, text)| is_message(&name).then_some(text))
}

/// Cuts a text and puts it on one line, without what would steer a terminal.
fn shown(text: &str, most: usize) -> String {
    let harmless = |c: &char| !c.is_control() || c.is_whitespace();
    let text: String = text.chars().filter(harmless).take(most).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Finds what cuts a line into five fields or more. Decimal commas make `,` the last choice.
fn delimiter(line: &[u8]) -> Option<u8> {
    [b'\t', b';', b',']
        .into_iter()
        .find(|delimiter| split(line, *delimiter).len() >= LEAST_FIELDS)
}

fn split(line: &[u8], delimiter: u8) -> Vec<Vec<u8>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut fields = Fields::default();
    match fields.split(line, delimiter) {
        Ok(()) => fields.iter(line).map(<[u8]>::to_vec).collect(),
        // The reader of rows will name the line; here the pieces do.
        Err(_) => line
            .split(|byte| *byte == delimiter)
            .map(<[u8]>::to_vec)
            .collect(),
    }
}

/// Tells names from values: the first field is no time and no number, and no more than one of the others is.
fn is_header(fields: &[Vec<u8>]) -> bool {
    let is_number = |field: &[u8]| fast_float2::parse::<f64, _>(field.trim_ascii()).is_ok();
    let numbers = fields.iter().filter(|field| is_number(field)).count();
    let timed = [
        TimeForm::Iso,
        TimeForm::Compact,
        TimeForm::DayMonthName,
        TimeForm::DayMonthYear,
        TimeForm::MonthDayYear,
        TimeForm::Epoch,
    ];
    let begins_with_time = fields
        .first()
        .is_some_and(|field| timed.iter().any(|form| form.read(field).is_some()));
    numbers <= 1 && !begins_with_time
}

/// Folds a column's name: case, spaces and marks don't count.
pub(super) fn fold(name: &str) -> String {
    let marks = [' ', '_', '-', '.', '*', '<', '>', '"', '\''];
    name.chars()
        .filter(|c| !marks.contains(c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The beginning of a file, as dialects look at it to recognise their own.
pub(crate) struct Glance<'a> {
    /// The folded names of the columns.
    pub(crate) names: Option<&'a [String]>,
    pub(crate) rows: &'a [Vec<Vec<u8>>],
    pub(crate) json: bool,
    pub(crate) delimiter: u8,
    pub(crate) path: &'a PathClues,
}

impl Glance<'_> {
    /// Tells whether the first line holds names.
    pub(crate) fn has_header(&self) -> bool {
        self.names.is_some()
    }

    /// Tells whether the file is a JSON array of arrays.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Returns the names on the way to the file.
    pub(crate) fn path(&self) -> &PathClues {
        self.path
    }

    /// Returns the first column's name, folded.
    pub(crate) fn first_name(&self) -> Option<&str> {
        self.names?.first().map(String::as_str)
    }

    /// Tells whether the columns have exactly these folded names.
    pub(crate) fn names_are(&self, expected: &[&str]) -> bool {
        self.names.is_some_and(|names| names == expected)
    }

    /// Tells whether columns have these folded names, wherever they stand.
    pub(crate) fn has_names(&self, wanted: &[&str]) -> bool {
        self.names.is_some_and(|names| {
            wanted
                .iter()
                .all(|wanted| names.iter().any(|name| name == wanted))
        })
    }

    /// Tells whether the first columns have these folded names.
    pub(crate) fn names_begin(&self, wanted: &[&str]) -> bool {
        self.names
            .and_then(|names| names.get(..wanted.len()))
            .is_some_and(|names| names == wanted)
    }

    /// Tells whether there are columns open, high, low and close.
    pub(crate) fn has_prices(&self) -> bool {
        self.names.is_some_and(holds_prices)
    }

    /// Tells whether the line behind the first names the four prices, or the first does.
    pub(crate) fn has_prices_below(&self) -> bool {
        let folded = |row: &Vec<Vec<u8>>| -> Vec<String> {
            row.iter()
                .map(|field| fold(&String::from_utf8_lossy(field)))
                .collect()
        };
        self.has_prices() || self.rows.first().is_some_and(|row| holds_prices(&folded(row)))
    }

    /// Returns how many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.names
            .map_or_else(|| self.rows.first().map_or(0, Vec::len), <[String]>::len)
    }

    /// Tells whether `fits` holds for the fields of that column in all rows that are looked at, of which there are some.
    pub(crate) fn column_is(&self, at: usize, fits: fn(&[u8]) -> bool) -> bool {
        let fits = |row: &Vec<Vec<u8>>| row.get(at).is_some_and(|field| fits(field.trim_ascii()));
        !self.rows.is_empty() && self.rows.iter().all(fits)
    }

    /// Returns the first field of the first row.
    pub(crate) fn first_time(&self) -> Option<&[u8]> {
        self.rows.first()?.first().map(|field| field.trim_ascii())
    }

    /// Tells whether the first row begins with a time that is written so.
    pub(crate) fn first_time_is(&self, form: TimeForm) -> bool {
        self.first_time().is_some_and(|time| form.read(time).is_some())
    }
}

fn holds_prices(names: &[String]) -> bool {
    ["open", "high", "low", "close"]
        .iter()
        .all(|wanted| names.iter().any(|name| name == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_spaces_and_marks_of_names_do_not_count() {
        assert_eq!(fold("<TICKVOL>"), "tickvol");
        assert_eq!(fold("Adj. Close*"), fold("Adj Close"));
        assert_eq!(fold("open_time"), "opentime");
    }

    #[test]
    fn decimal_commas_do_not_cut_fields() {
        assert_eq!(delimiter(b"2024-01-02;1,5;1,6;1,4;1,5;10"), Some(b';'));
        assert_eq!(delimiter(b"a,b,c,d,e"), Some(b','));
        assert_eq!(delimiter(b"https://example.org"), None);
    }

    #[test]
    fn names_are_told_from_values() {
        let row = |line: &str| split(line.as_bytes(), b',');
        assert!(is_header(&row(",Open,High,Low,Close,Volume")));
        assert!(!is_header(&row("2024-01-02,1,2,1,2,0")));
        assert!(!is_header(&row("2024-01-02,null,null,null,null,null")));
        assert!(!is_header(&row("x,1,2,1,2,0")));
    }
}
