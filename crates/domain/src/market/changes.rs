//! What differs between two states of a series, and what a write asks for.

use std::cmp::Ordering;

use super::{Bars, TimeRange};

/// The difference between two states of one stretch of time, as columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// Bars that only the later state has.
    pub inserted: Bars,
    /// The earlier values of bars that both states have, with different bits.
    pub before: Bars,
    /// The later values of the same bars.
    pub after: Bars,
    /// Bars that only the earlier state has.
    pub deleted: Bars,
}

impl Changes {
    /// Compares two states of one stretch of time.
    pub fn between(earlier: &Bars, later: &Bars) -> Self {
        let mut changes = Self::default();
        let (mut i, mut j) = (0, 0);
        while i < earlier.len() || j < later.len() {
            let order = match (earlier.time().get(i), later.time().get(j)) {
                (Some(a), Some(b)) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, _) => Ordering::Greater,
            };
            match order {
                Ordering::Less => {
                    changes.deleted.extend_from(earlier, i..i + 1);
                    i += 1;
                }
                Ordering::Greater => {
                    changes.inserted.extend_from(later, j..j + 1);
                    j += 1;
                }
                Ordering::Equal => {
                    if earlier.bar(i) != later.bar(j) {
                        changes.before.extend_from(earlier, i..i + 1);
                        changes.after.extend_from(later, j..j + 1);
                    }
                    i += 1;
                    j += 1;
                }
            }
        }
        changes
    }

    /// Tells whether the two states are the same, bit for bit.
    pub fn is_empty(&self) -> bool {
        self.inserted.is_empty() && self.after.is_empty() && self.deleted.is_empty()
    }

    /// Returns the patch that turns the earlier state into the later one.
    pub fn into_patch(self) -> Patch {
        let upserts = merge_disjoint(&self.inserted, &self.after);
        Patch {
            upserts,
            clear: None,
            deletes: self.deleted.time().to_vec(),
        }
    }
}

/// Weaves two sets of bars without a common time into one.
fn merge_disjoint(a: &Bars, b: &Bars) -> Bars {
    let mut woven = Bars::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if j >= b.len() || (i < a.len() && a.time()[i] < b.time()[j]) {
            woven.extend_from(a, i..i + 1);
            i += 1;
        } else {
            woven.extend_from(b, j..j + 1);
            j += 1;
        }
    }
    woven
}

/// What is to happen to one stretch of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    /// Bars to insert, or to put in the place of those with the same time.
    pub upserts: Bars,
    /// A range of which every bar goes that is not among the upserts.
    pub clear: Option<TimeRange>,
    /// Times of bars to delete, ascending, none of them among the upserts.
    pub deletes: Vec<i64>,
}
