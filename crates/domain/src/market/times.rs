//! Times of bars, shared by whatever lies beside them.

use std::{
    ops::{Deref, Range},
    sync::Arc,
};

/// Strictly ascending times, µs since the epoch, UTC. A clone, or a part of bars' times, shares their memory.
#[derive(Debug, Clone, Default)]
pub struct Times {
    all: Arc<Vec<i64>>,
    rows: Range<usize>,
}

impl Times {
    /// Checks and takes times; `None` when they do not strictly ascend.
    pub fn new(times: Vec<i64>) -> Option<Self> {
        strictly_ascending(&times).then(|| Self::part(&Arc::new(times), None))
    }

    /// Shares the times of some rows, or of all.
    pub(super) fn part(all: &Arc<Vec<i64>>, rows: Option<Range<usize>>) -> Self {
        let all = Arc::clone(all);
        let rows = rows.unwrap_or(0..all.len());
        Self { all, rows }
    }

    /// Gives the times away, without a copy when nothing else shares them.
    pub fn into_vec(self) -> Vec<i64> {
        if self.rows == (0..self.all.len()) {
            Arc::unwrap_or_clone(self.all)
        } else {
            self.to_vec()
        }
    }
}

impl Deref for Times {
    type Target = [i64];

    fn deref(&self) -> &[i64] {
        &self.all[self.rows.clone()]
    }
}

impl PartialEq for Times {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Times {}

/// Looks at every time without a branch, so that the compiler can compare several at once.
fn strictly_ascending(times: &[i64]) -> bool {
    let pairs = times.iter().zip(times.iter().skip(1));
    pairs.fold(true, |ascending, (before, time)| {
        let later = before < time;
        ascending & later
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_ascend() {
        assert_eq!(Times::new(vec![1, 2, 3]).unwrap().into_vec(), [1, 2, 3]);
        assert_eq!(Times::new(vec![1, 1]), None);
        assert!(Times::new(Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn a_part_is_equal_to_times_of_its_own() {
        let all = Arc::new(vec![1, 2, 3]);
        let part = Times::part(&all, Some(1..3));
        assert_eq!(part, Times::new(vec![2, 3]).unwrap());
        assert_eq!(part.into_vec(), [2, 3]);
        assert_eq!(*all, [1, 2, 3]);
    }
}
