//! Splitting a line into fields.

use super::swar::each_unless;

/// A quoted field has no end on its line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unterminated;

/// The fields of one line; used again for each, so that nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct Fields {
    spans: Vec<(u32, u32)>,
    /// The text of all fields without quotes, where a line has any; spans point here then.
    unquoted: Vec<u8>,
    quoted: bool,
}

impl Fields {
    /// Splits `line` as RFC 4180 says; quotes in the middle of a field are part of it.
    pub(super) fn split(&mut self, line: &[u8], delimiter: u8) -> Result<(), Unterminated> {
        self.spans.clear();
        self.quoted = false;
        let mut start = 0;
        let spans = &mut self.spans;
        let whole = each_unless(line, delimiter, b'"', |at| {
            spans.push((start, at as u32));
            start = at as u32 + 1;
        });
        if !whole {
            return self.split_quoted(line, delimiter);
        }
        self.spans.push((start, line.len() as u32));
        Ok(())
    }

    fn split_quoted(&mut self, line: &[u8], delimiter: u8) -> Result<(), Unterminated> {
        self.spans.clear();
        self.unquoted.clear();
        self.quoted = true;
        let mut rest = line;
        loop {
            let start = self.unquoted.len() as u32;
            if let Some(after) = rest.strip_prefix(b"\"") {
                rest = self.take_quoted(after)?;
            }
            let plain = rest
                .iter()
                .position(|byte| *byte == delimiter)
                .unwrap_or(rest.len());
            self.unquoted.extend_from_slice(&rest[..plain]);
            self.spans.push((start, self.unquoted.len() as u32));
            match rest.get(plain + 1..) {
                Some(after) => rest = after,
                None => return Ok(()),
            }
        }
    }

    /// Takes the text up to the closing quote and returns what follows it; doubled quotes stand for one.
    fn take_quoted<'a>(&mut self, mut rest: &'a [u8]) -> Result<&'a [u8], Unterminated> {
        loop {
            let quote = rest.iter().position(|byte| *byte == b'"').ok_or(Unterminated)?;
            self.unquoted.extend_from_slice(&rest[..quote]);
            rest = &rest[quote + 1..];
            match rest.strip_prefix(b"\"") {
                Some(after) => {
                    self.unquoted.push(b'"');
                    rest = after;
                }
                None => return Ok(rest),
            }
        }
    }

    /// Returns how many fields there are.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Returns a field of `line`, the line that was split; empty when there are fewer.
    pub(super) fn get<'a>(&'a self, line: &'a [u8], index: usize) -> &'a [u8] {
        let Some((start, end)) = self.spans.get(index) else {
            return b"";
        };
        let text = if self.quoted {
            self.unquoted.as_slice()
        } else {
            line
        };
        &text[*start as usize..*end as usize]
    }

    /// Walks over the fields of `line`.
    pub(super) fn iter<'a>(&'a self, line: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).map(|index| self.get(line, index))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(line: &str) -> Vec<String> {
        let mut fields = Fields::default();
        fields.split(line.as_bytes(), b',').unwrap();
        fields
            .iter(line.as_bytes())
            .map(|field| String::from_utf8(field.to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn quotes_hold_fields_together() {
        assert_eq!(
            split("a,\"1,234\",\"say \"\"x\"\"\","),
            ["a", "1,234", "say \"x\"", ""]
        );
        assert_eq!(split(""), [""]);
        assert_eq!(split("a\"b,c"), ["a\"b", "c"]);
    }

    #[test]
    fn a_quote_without_end_is_an_error() {
        assert_eq!(Fields::default().split(b"a,\"b,c", b','), Err(Unterminated));
    }

    proptest! {
        #[test]
        fn lines_of_the_csv_crate_are_split_as_it_splits_them(
            fields in proptest::collection::vec("[a-z0-9,\" .]{0,6}", 2..8),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&fields).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(split(text.trim_end_matches('\n')), fields);
        }
    }
}
