//! What people write about backtests and sweeps: kept fit for terminals, for lists and for every store.

use std::collections::BTreeSet;

use super::BacktestEdit;

/// The most characters of a line, such as a title or a tag.
const MAX_LINE: usize = 200;
/// The most characters of notes.
const MAX_NOTES: usize = 20_000;
/// The most tags.
const MAX_TAGS: usize = 50;

/// Words that are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// The title is too long, or more than a line.
    #[error("a title is a line of text of up to {MAX_LINE} characters")]
    Title,
    /// The notes are too long, or no text.
    #[error("notes are a text of up to {MAX_NOTES} characters")]
    Notes,
    /// There are too many tags, or one is empty, too long, or more than a line.
    #[error("there may be {MAX_TAGS} tags, each a line of text of up to {MAX_LINE} characters")]
    Tags,
}

impl WordsError {
    /// Returns the name of what is wrong.
    pub fn key(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Notes => "notes",
            Self::Tags => "tags",
        }
    }
}

/// Tells whether a text is a line of up to 200 characters: terminals show it, and `PostgreSQL` keeps no NUL.
pub fn is_line(text: &str) -> bool {
    text.chars().count() <= MAX_LINE && !text.chars().any(char::is_control)
}

/// Refuses a title that is no line of text.
///
/// # Errors
/// [`WordsError::Title`].
pub fn check_title(title: Option<&str>) -> Result<(), WordsError> {
    if title.is_none_or(is_line) {
        Ok(())
    } else {
        Err(WordsError::Title)
    }
}

/// Refuses notes that are no text of a reasonable length.
///
/// # Errors
/// [`WordsError::Notes`].
pub fn check_notes(notes: Option<&str>) -> Result<(), WordsError> {
    let is_control = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    let fits = |notes: &str| notes.chars().count() <= MAX_NOTES && !notes.chars().any(is_control);
    if notes.is_none_or(fits) {
        Ok(())
    } else {
        Err(WordsError::Notes)
    }
}

/// Refuses tags that are no short words or lines.
///
/// # Errors
/// [`WordsError::Tags`].
pub fn check_tags(tags: &BTreeSet<String>) -> Result<(), WordsError> {
    let is_tag = |tag: &String| is_line(tag) && !tag.trim().is_empty();
    if tags.len() <= MAX_TAGS && tags.iter().all(is_tag) {
        Ok(())
    } else {
        Err(WordsError::Tags)
    }
}

impl BacktestEdit {
    /// Checks what is to be written.
    ///
    /// # Errors
    /// [`WordsError`] with the first thing that is not kept.
    pub fn check(&self) -> Result<(), WordsError> {
        check_title(self.title.as_ref().and_then(Option::as_deref))?;
        check_notes(self.notes.as_ref().and_then(Option::as_deref))?;
        self.tags.as_ref().map_or(Ok(()), check_tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_lines() {
        for title in [
            None,
            Some(""),
            Some("Crossover, 2nd try"),
            Some(&*"ä".repeat(200)),
        ] {
            assert_eq!(check_title(title), Ok(()), "{title:?}");
        }
        for title in ["a\nb", "a\0b", "\u{1b}[2J", &"a".repeat(201)] {
            assert_eq!(check_title(Some(title)), Err(WordsError::Title), "{title:?}");
        }
    }

    #[test]
    fn notes_may_have_lines_and_tabs() {
        assert_eq!(check_notes(Some("one\n\ttwo")), Ok(()));
        assert_eq!(check_notes(Some(&"ä".repeat(20_000))), Ok(()));
        for notes in ["a\0b", "\u{1b}[2J", &"a".repeat(20_001)] {
            assert_eq!(check_notes(Some(notes)), Err(WordsError::Notes));
        }
    }

    #[test]
    fn tags_are_few_lines_that_are_not_empty() {
        let tags = |count: usize| (0..count).map(|tag| tag.to_string()).collect();
        assert_eq!(check_tags(&tags(50)), Ok(()));
        assert_eq!(check_tags(&tags(51)), Err(WordsError::Tags));
        for tag in ["", " ", "a\nb", "a\0b", &"a".repeat(201)] {
            let tags = BTreeSet::from([tag.to_owned()]);
            assert_eq!(check_tags(&tags), Err(WordsError::Tags), "{tag:?}");
        }
    }

    #[test]
    fn an_edit_is_judged_by_what_it_changes() {
        let edit = |title: &str| BacktestEdit {
            title: Some(Some(title.to_owned())),
            ..BacktestEdit::default()
        };
        assert_eq!(BacktestEdit::default().check(), Ok(()));
        assert_eq!(edit("a title").check(), Ok(()));
        assert_eq!(edit("a\0title").check(), Err(WordsError::Title));
        let nothing = BacktestEdit {
            title: Some(None),
            notes: Some(None),
            tags: Some(BTreeSet::new()),
        };
        assert_eq!(nothing.check(), Ok(()));
        let notes = BacktestEdit {
            notes: Some(Some("\0".to_owned())),
            ..edit("a title")
        };
        assert_eq!(notes.check(), Err(WordsError::Notes));
    }
}
