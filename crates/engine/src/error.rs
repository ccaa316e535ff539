//! What is wrong with a document, and where.

use std::{fmt, ops::Range};

/// How many errors of a document are told.
pub(crate) const MAX_ERRORS: usize = 50;

/// How many characters of a line an excerpt shows.
const EXCERPT_CHARS: usize = 100;

/// Something that is wrong with a strategy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The place in the document as a JSON pointer: `/long/enter`; empty for the document as a whole.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// The known name that is nearest to an unknown one.
    pub nearest: Option<String>,
    /// The place in the text: that of the rule for what `check` finds, that of the file for what parsing finds.
    pub place: Option<Place>,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line itself (cut when it is long) and, below, carets under what is meant.
    pub excerpt: String,
}

impl RuleError {
    /// Says what is wrong at `pointer`.
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
            nearest: None,
            place: None,
        }
    }

    /// Adds the place that `span`, in bytes, has in `text`.
    #[must_use]
    pub(crate) fn at(mut self, text: &str, span: Range<usize>) -> Self {
        self.place = Some(Place::of(text, span));
        self
    }

    /// Adds the one of `known` that is nearest to `unknown`, if one is near.
    #[must_use]
    pub(crate) fn nearest_of<'a>(mut self, unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.nearest = nearest(unknown, known);
        self
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "{}", self.pointer[1..].replace('/', "."))?;
            f.write_str(if self.place.is_some() { ", " } else { ": " })?;
        }
        if let Some(place) = &self.place {
            write!(f, "line {}, column {}: ", place.line, place.column)?;
        }
        f.write_str(&self.message)?;
        if let Some(nearest) = &self.nearest {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        match &self.place {
            Some(place) => write!(f, "\n{}", place.excerpt),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RuleError {}

impl Place {
    /// Finds the place of `span`, in bytes, in `text`. A span that goes on in the next line is cut at the line's end.
    pub(crate) fn of(text: &str, span: Range<usize>) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |newline| start + newline);
        let end = floor_boundary(text, span.end).clamp(start, line_end);
        let column = text[line_start..start].chars().count();
        let width = text[start..end].chars().count().max(1);
        let skipped = column.saturating_sub(EXCERPT_CHARS / 2);
        let shown: String = text[line_start..line_end]
            .chars()
            .skip(skipped)
            .take(EXCERPT_CHARS)
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        let indent = column - skipped;
        let carets = "^".repeat(width.min(EXCERPT_CHARS.saturating_sub(indent)).max(1));
        Self {
            line: text[..line_start].matches('\n').count() + 1,
            column: column + 1,
            excerpt: format!("    {}\n    {}{carets}", shown.trim_end(), " ".repeat(indent)),
        }
    }
}

fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// Returns the one of `known` that is nearest to `unknown`, if fewer than half of its characters differ.
pub(crate) fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // The distance takes quadratic time; no known name is anywhere near that long.
    if unknown.len() > 64 {
        return None;
    }
    let lower = unknown.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, name), name))
        .filter(|(distance, name)| 2 * distance < lower.chars().count().max(name.chars().count()))
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Shortens what a document brought, to be quoted in a message.
pub(crate) fn quoted(text: &str) -> String {
    if text.chars().count() <= 40 {
        format!("`{text}`")
    } else {
        format!("`{}…`", text.chars().take(40).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_and_points_with_carets() {
        let text = "close > 1\nand größe > smaa(close, 2)";
        let start = text.find("smaa").unwrap();
        let place = Place::of(text, start..start + 4);
        assert_eq!((place.line, place.column), (2, 13));
        let expected = "    and größe > smaa(close, 2)\n                ^^^^";
        assert_eq!(place.excerpt, expected);
    }

    #[test]
    fn an_excerpt_of_a_long_line_stays_short() {
        let text = "x".repeat(100_000);
        let place = Place::of(&text, 50_000..100_000);
        assert_eq!(place.column, 50_001);
        assert!(place.excerpt.len() < 250, "{}", place.excerpt.len());
        assert_eq!(Place::of("", 0..0).column, 1);
    }

    #[test]
    fn only_near_names_are_offered() {
        assert_eq!(nearest("smaa", ["ema", "sma"]).as_deref(), Some("sma"));
        assert_eq!(nearest("Close", ["close"]).as_deref(), Some("close"));
        assert_eq!(nearest("zebra", ["sma", "close"]), None);
        assert_eq!(nearest(&"a".repeat(1_000_000), ["sma"]), None);
    }
}
