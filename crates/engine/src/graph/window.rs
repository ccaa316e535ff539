//! Operations that look at bars before.

use std::collections::VecDeque;

use super::column::{FALSE, TRUE};

/// Moves a column by so many bars; what comes from before the first bar is `empty`.
pub(super) fn shift<T: Copy>(column: &[T], bars: usize, empty: T, mut out: Vec<T>) -> Vec<T> {
    let bars = bars.min(column.len());
    out.clear();
    out.resize(bars, empty);
    out.extend_from_slice(&column[..column.len() - bars]);
    out
}

/// Tells where `a` was at or below `b` one bar ago and is above it, from where it is at or below it, and from whether
/// it was so on the bar before all of them.
pub(super) fn crosses_above(before: u8, at_or_below: &[u8], mut out: Vec<u8>) -> Vec<u8> {
    let first = at_or_below.first().map(|now| before.min(TRUE - now));
    let pairs = at_or_below.iter().zip(at_or_below.iter().skip(1));
    out.clear();
    out.extend(first);
    out.extend(pairs.map(|(before, now)| *before.min(&(TRUE - now))));
    out
}

/// Finds the extreme of the last `bars` bars, by a queue of candidates that takes each bar in and out once.
/// `beats(a, b)` tells whether `a` is at least as extreme as `b`.
pub(super) fn extreme(column: &[f64], bars: usize, beats: impl Fn(f64, f64) -> bool) -> Vec<f64> {
    let mut out = Vec::with_capacity(column.len());
    let mut candidates: VecDeque<usize> = VecDeque::new();
    let mut defined = 0;
    for (index, value) in column.iter().enumerate() {
        if value.is_nan() {
            candidates.clear();
            defined = 0;
            out.push(f64::NAN);
            continue;
        }
        defined += 1;
        while candidates.back().is_some_and(|last| beats(*value, column[*last])) {
            candidates.pop_back();
        }
        candidates.push_back(index);
        if candidates.front().is_some_and(|first| first + bars <= index) {
            candidates.pop_front();
        }
        let full = defined >= bars;
        out.push(match candidates.front() {
            Some(first) if full => column[*first],
            _ => f64::NAN,
        });
    }
    out
}

/// Counts the bars since a condition was true: undefined before the first time, and from a bar on which the
/// condition is undefined until it is true again.
pub(super) fn bars_since(condition: &[u8]) -> Vec<f64> {
    let mut since = f64::NAN;
    condition
        .iter()
        .map(|truth| {
            since = match *truth {
                TRUE => 0.0,
                FALSE => since + 1.0,
                _ => f64::NAN,
            };
            since
        })
        .collect()
}
