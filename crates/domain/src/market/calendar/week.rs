//! The week that a series usually fills: which of its slots are expected.

use super::{
    GridRun,
    pieces::{OffsetPieces, Piece},
};
use crate::market::Zone;

/// The length of a week in µs.
pub(super) const WEEK: i64 = 7 * 86_400_000_000;
/// Offsets from UTC are multiples of a quarter of an hour, since zones became standard.
const OFFSET_STEP: i64 = 900_000_000;

/// The expected slots of a week.
#[derive(Debug)]
pub(super) struct Week {
    layout: Layout,
    /// Of each class of slots, how many of the first 0, 1, 2, … are expected.
    before: Vec<u64>,
}

/// How a week is cut: slots of `resolution` µs; a bar of `step` µs lasts `stride` of them. Slots that are whole bars
/// apart form a class and lie side by side, so that a run of bars is a range.
#[derive(Debug, Clone, Copy)]
struct Layout {
    step: i64,
    resolution: i64,
    stride: usize,
    class_len: usize,
}

impl Week {
    /// Learns the week of bars `step` µs apart from their runs, in order; `step` divides a week. There is none
    /// without bars.
    pub(super) fn learn(step: i64, zone: &Zone, runs: &[GridRun]) -> Option<Self> {
        let (first, last) = (runs.first()?, runs.last()?);
        let layout = Layout::new(step, zone);
        let end = last.start + step * last.count as i64;
        let span = GridRun {
            start: first.start,
            count: ((end - first.start) as u64).div_ceil(step as u64),
        };
        let stored = layout.tally(zone, runs);
        let possible = layout.tally(zone, &[span]);
        let mut before = Vec::with_capacity(stored.len() + layout.stride);
        let classes = stored
            .chunks(layout.class_len)
            .zip(possible.chunks(layout.class_len));
        for (stored, possible) in classes {
            let mut sum = 0;
            before.push(0);
            for (stored, possible) in stored.iter().zip(possible) {
                sum += u64::from(*stored > 0 && stored * 2 >= *possible);
                before.push(sum);
            }
        }
        Some(Self { layout, before })
    }

    /// Finds the first and the last expected grid time of a piece, and how many there are.
    pub(super) fn expected_in(&self, piece: Piece) -> Option<(i64, i64, u64)> {
        let (class, place) = self.layout.place(piece.local);
        let len = self.layout.class_len;
        let sums = &self.before[class * (len + 1)..][..=len];
        // How many of the first `n` grid times, counted from the Monday-based start of the class, are expected.
        let before = |n: u64| n / len as u64 * sums[len] + sums[(n % len as u64) as usize];
        let (from, to) = (place as u64, place as u64 + piece.count);
        let missing = before(to) - before(from);
        if missing == 0 {
            return None;
        }
        let expected = |n: &u64| before(n + 1) > before(*n);
        let first = (from..to).find(expected)?;
        let last = (from..to).rev().find(expected)?;
        let time = |n: u64| piece.start + (n - from) as i64 * self.layout.step;
        Some((time(first), time(last), missing))
    }
}

impl Layout {
    fn new(step: i64, zone: &Zone) -> Self {
        let resolution = if zone.is_utc() {
            step
        } else {
            greatest_common_divisor(step, OFFSET_STEP)
        };
        Self {
            step,
            resolution,
            stride: (step / resolution) as usize,
            class_len: (WEEK / step) as usize,
        }
    }

    /// Returns the class of a local time, and its place in the class.
    fn place(self, local: i64) -> (usize, usize) {
        let slot = (local.rem_euclid(WEEK) / self.resolution) as usize;
        (slot % self.stride, slot / self.stride)
    }

    /// Counts, per slot of the week, class by class, how many grid times of the runs fall on it.
    fn tally(self, zone: &Zone, runs: &[GridRun]) -> Vec<u64> {
        let len = self.class_len;
        let mut counts = vec![0_u64; len * self.stride];
        // Differences between neighbouring slots first, sums at the end: a run costs the same however long it is.
        let mut steps = vec![0_i64; (len + 1) * self.stride];
        let mut pieces = OffsetPieces::new(zone);
        for run in runs {
            pieces.split(*run, self.step, |piece| {
                let (class, place) = self.place(piece.local);
                let steps = &mut steps[class * (len + 1)..][..=len];
                let (weeks, rest) = (piece.count / len as u64, (piece.count % len as u64) as usize);
                steps[0] += weeks as i64;
                let end = place + rest;
                steps[place] += 1;
                steps[end.min(len)] -= 1;
                if end > len {
                    steps[0] += 1;
                    steps[end - len] -= 1;
                }
            });
        }
        for (counts, steps) in counts.chunks_mut(len).zip(steps.chunks(len + 1)) {
            let mut sum = 0;
            for (count, step) in counts.iter_mut().zip(steps) {
                sum += step;
                *count = sum as u64;
            }
        }
        counts
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
