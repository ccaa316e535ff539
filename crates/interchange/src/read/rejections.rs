//! Keeping account of the rows that are turned away.

use std::collections::HashMap;

use domain::market::{RejectedRow, RuleCount};

use super::{Rule, columns::Role, row::Row};

/// The most rows that are kept with their text.
const KEPT_ROWS: usize = 100_000;
/// The most bytes of a row's text that are kept.
const KEPT_TEXT: usize = 1000;

/// The rows that were turned away so far.
#[derive(Debug, Default)]
pub(super) struct Rejections {
    kept: Vec<Kept>,
    pending: Vec<Pending>,
    rules: HashMap<Rule, u64>,
    per_file: Vec<u64>,
    total: u64,
}

#[derive(Debug)]
struct Kept {
    file: u32,
    place: u64,
    row: RejectedRow,
}

/// A row that was turned away after its text was gone.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) row: Row,
    pub(super) rule: Rule,
    pub(super) column: Role,
    pub(super) message: String,
}

impl Rejections {
    fn count(&mut self, file: u32, rule: Rule) -> bool {
        let file = file as usize;
        if self.per_file.len() <= file {
            self.per_file.resize(file + 1, 0);
        }
        self.per_file[file] += 1;
        *self.rules.entry(rule).or_default() += 1;
        self.total += 1;
        self.kept.len() + self.pending.len() < KEPT_ROWS
    }

    /// Turns a row away whose text is at hand; `row` is made only if it is kept.
    pub(super) fn add(&mut self, file: u32, place: u64, rule: Rule, row: impl FnOnce() -> RejectedRow) {
        if self.count(file, rule) {
            self.kept.push(Kept {
                file,
                place,
                row: row(),
            });
        }
    }

    /// Turns a row away whose text must be fetched.
    pub(super) fn add_pending(
        &mut self,
        row: Row,
        rule: Rule,
        column: Role,
        message: impl FnOnce() -> String,
    ) {
        if self.count(row.file, rule) {
            self.pending.push(Pending {
                row,
                rule,
                column,
                message: message(),
            });
        }
    }

    /// Hands the rows out whose text must be fetched.
    pub(super) fn take_pending(&mut self) -> Vec<Pending> {
        std::mem::take(&mut self.pending)
    }

    /// Takes a row back, with its text.
    pub(super) fn complete(&mut self, file: u32, place: u64, row: RejectedRow) {
        self.kept.push(Kept { file, place, row });
    }

    /// Returns how many rows of a file were turned away.
    pub(super) fn of_file(&self, file: u32) -> u64 {
        self.per_file.get(file as usize).copied().unwrap_or(0)
    }

    /// Returns how many rows were turned away.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Returns the counts by rule, by the rules' names.
    pub(super) fn rules(&self) -> Vec<RuleCount> {
        let mut counts: Vec<_> = self
            .rules
            .iter()
            .map(|(rule, rows)| RuleCount {
                rule: rule.to_string(),
                rows: *rows,
            })
            .collect();
        counts.sort_by(|a, b| a.rule.cmp(&b.rule));
        counts
    }

    /// Returns the rows with their texts, in file and line order.
    pub(super) fn rows(&mut self) -> Vec<RejectedRow> {
        self.kept.sort_by_key(|kept| (kept.file, kept.place));
        self.kept.iter().map(|kept| kept.row.clone()).collect()
    }
}

/// Keeps the beginning of a row's text.
pub(super) fn kept_text(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    if text.len() <= KEPT_TEXT {
        return text.into_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(KEPT_TEXT)])
}
