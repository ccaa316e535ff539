//! Applying a patch to stored bars: the one place that decides what a write changes.

use super::{Bars, Changes, Patch, SetDigest};

/// What a patch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MergeTally {
    /// How many bars were new.
    pub inserted: u64,
    /// How many bars got other values.
    pub changed: u64,
    /// How many bars went away.
    pub deleted: u64,
    /// The digest of the bars that came, and of those that went.
    added: SetDigest,
    removed: SetDigest,
}

impl MergeTally {
    /// Tells whether nothing changed, bit for bit.
    pub fn is_unchanged(&self) -> bool {
        self.inserted == 0 && self.changed == 0 && self.deleted == 0
    }

    /// Adds what another patch, to another stretch of time, did.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            inserted: self.inserted + other.inserted,
            changed: self.changed + other.changed,
            deleted: self.deleted + other.deleted,
            added: self.added.plus(other.added),
            removed: self.removed.plus(other.removed),
        }
    }

    /// Counts bars that are new as a whole.
    pub fn of_inserted(bars: &Bars) -> Self {
        Self::of_inserted_digest(bars.len() as u64, bars.digest())
    }

    /// Counts `inserted` new bars of which the digest is known.
    pub fn of_inserted_digest(inserted: u64, digest: SetDigest) -> Self {
        Self {
            inserted,
            added: digest,
            ..Self::default()
        }
    }

    /// Counts `deleted` bars that go, of which the digest is known.
    pub fn of_deleted_digest(deleted: u64, digest: SetDigest) -> Self {
        Self {
            deleted,
            removed: digest,
            ..Self::default()
        }
    }

    /// Counts the differences between two states.
    pub fn of_changes(changes: &Changes) -> Self {
        Self {
            inserted: changes.inserted.len() as u64,
            changed: changes.after.len() as u64,
            deleted: changes.deleted.len() as u64,
            added: changes.inserted.digest().plus(changes.after.digest()),
            removed: changes.deleted.digest().plus(changes.before.digest()),
        }
    }

    /// Returns the digest that a series has afterwards.
    #[must_use]
    pub fn applied_to(&self, digest: SetDigest) -> SetDigest {
        digest.plus(self.added).minus(self.removed)
    }
}

/// Stored bars after a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The bars.
    pub bars: Bars,
    /// What the patch did to them.
    pub tally: MergeTally,
}

/// Applies `patch` to `stored`, the bars of the same stretch of time.
pub fn merge(stored: &Bars, patch: &Patch) -> Merged {
    let new = &patch.upserts;
    let mut bars = Bars::with_capacity(stored.len() + new.len());
    let mut tally = MergeTally::default();
    let mut deletes = patch.deletes.iter().copied().peekable();
    let mut next_new = 0;
    // Unchanged neighbours are copied as one run.
    let mut kept_from = 0;
    for (index, &time) in stored.time().iter().enumerate() {
        let insert_to = next_new + new.time()[next_new..].partition_point(|new| *new < time);
        let replaced = new.time().get(insert_to) == Some(&time);
        while deletes.next_if(|delete| *delete < time).is_some() {}
        let removed = !replaced
            && (deletes.peek() == Some(&time) || patch.clear.is_some_and(|range| range.contains(time)));
        let same = replaced && stored.bar(index) == new.bar(insert_to);
        if insert_to == next_new && (same || !(replaced || removed)) {
            next_new += usize::from(same);
            continue;
        }
        bars.extend_from(stored, kept_from..index);
        for inserted in next_new..insert_to {
            tally.added_bar(new, inserted);
        }
        bars.extend_from(new, next_new..insert_to);
        next_new = insert_to;
        kept_from = index;
        if replaced {
            next_new += 1;
        }
        if replaced && !same {
            tally.changed += 1;
            tally.removed.add(&stored.bar(index));
            tally.added.add(&new.bar(insert_to));
            bars.extend_from(new, insert_to..insert_to + 1);
            kept_from = index + 1;
        } else if removed {
            tally.deleted += 1;
            tally.removed.add(&stored.bar(index));
            kept_from = index + 1;
        }
    }
    bars.extend_from(stored, kept_from..stored.len());
    for inserted in next_new..new.len() {
        tally.added_bar(new, inserted);
    }
    bars.extend_from(new, next_new..new.len());
    Merged { bars, tally }
}

impl MergeTally {
    fn added_bar(&mut self, bars: &Bars, index: usize) {
        self.inserted += 1;
        self.added.add(&bars.bar(index));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::btree_map, prelude::*};

    use super::*;
    use crate::market::{Bar, TimeRange, Timestamp};

    fn bars(values: &BTreeMap<i64, u8>) -> Bars {
        let row = |(time, value): (&i64, &u8)| {
            let price = 1.0 + f64::from(*value);
            Bar {
                time: *time,
                open: price,
                high: price,
                low: price,
                close: price,
                volume: 0.0,
            }
        };
        Bars::from_rows(&values.iter().map(row).collect::<Vec<_>>()).unwrap()
    }

    proptest! {
        #[test]
        fn merging_is_a_map_update(
            stored in btree_map(0_i64..40, 0_u8..3, 0..30),
            upserts in btree_map(0_i64..40, 0_u8..3, 0..30),
            clear in proptest::option::of((0_i64..40, 0_i64..40)),
            deletes in proptest::collection::btree_set(0_i64..40, 0..10),
        ) {
            let clear = clear.map(|(start, end)| {
                TimeRange::new(Some(Timestamp::saturating(start)), Some(Timestamp::saturating(end)))
            });
            let deletes: Vec<i64> = deletes.into_iter().filter(|time| !upserts.contains_key(time)).collect();
            let mut expected = stored.clone();
            expected.retain(|time, _| !deletes.contains(time) && !clear.is_some_and(|range| range.contains(*time)));
            let went = stored.keys().filter(|time| !expected.contains_key(time) && !upserts.contains_key(time)).count();
            expected.extend(upserts.clone());
            let inserted = upserts.keys().filter(|time| !stored.contains_key(time)).count();
            let changed = upserts.iter().filter(|(time, value)| stored.get(time).is_some_and(|old| old != *value)).count();

            let (old, new) = (bars(&stored), bars(&expected));
            let merged = merge(&old, &Patch { upserts: bars(&upserts), clear, deletes });
            prop_assert_eq!(&merged.bars, &new);
            prop_assert_eq!(merged.tally.inserted, inserted as u64);
            prop_assert_eq!(merged.tally.changed, changed as u64);
            prop_assert_eq!(merged.tally.deleted, went as u64);
            prop_assert_eq!(merged.tally.applied_to(old.digest()), new.digest());

            let changes = Changes::between(&old, &new);
            prop_assert_eq!(changes.is_empty(), merged.tally.is_unchanged());
            prop_assert_eq!(changes.inserted.len(), inserted);
            let again = merge(&old, &changes.into_patch());
            prop_assert_eq!(again.bars, new);
            prop_assert_eq!(again.tally, merged.tally);
        }
    }
}
