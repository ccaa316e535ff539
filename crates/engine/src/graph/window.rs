//! Operations that look at bars before.

use std::collections::VecDeque;

use super::evaluate::{FALSE, TRUE, UNDEFINED};

/// Moves a column by so many bars; what comes from before the first bar is `empty`.
pub(super) fn shift<T: Copy>(column: &[T], bars: usize, empty: T, mut out: Vec<T>) -> Vec<T> {
    let bars = bars.min(column.len());
    out.clear();
    out.resize(bars, empty);
    out.extend_from_slice(&column[..column.len() - bars]);
    out
}

/// Tells where `a` was at or below `b` one bar ago and is above it.
pub(super) fn crosses_above(a: &[f64], b: &[f64]) -> Vec<u8> {
    let mut out = vec![UNDEFINED; a.len()];
    let Some(first) = out.first_mut() else {
        return out;
    };
    // On the first bar nothing is known of the bar before: only that `a` is not above `b` settles it.
    *first = crossing((f64::NAN, f64::NAN), (a[0], b[0]));
    let before = a.iter().zip(b);
    let now = a[1..].iter().zip(&b[1..]);
    for ((out, before), now) in out[1..].iter_mut().zip(before).zip(now) {
        *out = crossing((*before.0, *before.1), (*now.0, *now.1));
    }
    out
}

fn crossing(before: (f64, f64), now: (f64, f64)) -> u8 {
    let below = 2 * u8::from(before.0 <= before.1) + u8::from(before.0.is_nan() | before.1.is_nan());
    let above = 2 * u8::from(now.0 > now.1) + u8::from(now.0.is_nan() | now.1.is_nan());
    below.min(above)
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
