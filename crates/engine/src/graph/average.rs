//! Moving averages of prices, computed as the bars come.

use std::ops::Range;

use super::elementwise::defined;

/// A simple moving average of a column that is defined everywhere: bit for bit that of TA-Lib, whose sum over the
/// window is carried from bar to bar in the same way, but a block at a time, so that nobody has to wait for, and
/// write to memory, the whole column.
#[derive(Debug)]
pub(super) struct Average<'a> {
    input: &'a [f64],
    period: usize,
    /// The sum of the last `period − 1` bars.
    sum: f64,
    /// The averages of the last block.
    pub(super) values: Vec<f64>,
}

impl<'a> Average<'a> {
    /// Begins before the first bar; `period` is one or more.
    pub(super) fn of(input: &'a [f64], period: usize) -> Self {
        Self {
            input,
            period,
            sum: 0.0,
            values: Vec::new(),
        }
    }

    /// Computes the averages of the next bars.
    fn advance(&mut self, rows: Range<usize>) {
        self.values.clear();
        let (input, period) = (self.input, self.period);
        let warm_up = rows.end.min(period - 1);
        for price in input.get(rows.start..warm_up).unwrap_or_default() {
            self.sum += price;
            self.values.push(f64::NAN);
        }
        let rows = rows.start.max(warm_up)..rows.end;
        let sum = &mut self.sum;
        self.values
            .extend(window(input, period, rows).map(|(new, old)| step(sum, new, old, period as f64)));
        self.settle();
    }

    /// Whatever is added to what is no finite number, it stays none: the last sum tells of all.
    fn settle(&mut self) {
        if !self.sum.is_finite() {
            for value in &mut self.values {
                *value = defined(*value);
            }
        }
    }
}

/// Adds a bar and returns the average; then takes off the oldest one.
fn step(sum: &mut f64, new: f64, old: f64, period: f64) -> f64 {
    *sum += new;
    let average = *sum / period;
    *sum -= old;
    average
}

/// The bars of `rows`, each with the first one of its window.
fn window(input: &[f64], period: usize, rows: Range<usize>) -> impl Iterator<Item = (f64, f64)> {
    let oldest = (rows.start + 1).saturating_sub(period)..(rows.end + 1).saturating_sub(period);
    let pairs = input[rows].iter().zip(&input[oldest]);
    pairs.map(|(new, old)| (*new, *old))
}

/// Computes the next bars of several averages, two at a time: each addition waits for the one before it, and the sum
/// of another average is what can be computed meanwhile.
pub(super) fn advance(averages: &mut [Average<'_>], rows: &Range<usize>) {
    for pair in averages.chunks_mut(2) {
        match pair {
            [a, b] if rows.start >= a.period && rows.start >= b.period => advance_both(a, b, rows),
            _ => pair.iter_mut().for_each(|average| average.advance(rows.clone())),
        }
    }
}

fn advance_both(a: &mut Average<'_>, b: &mut Average<'_>, rows: &Range<usize>) {
    a.values.resize(rows.len(), 0.0);
    b.values.resize(rows.len(), 0.0);
    let windows = window(a.input, a.period, rows.clone()).zip(window(b.input, b.period, rows.clone()));
    let values = a.values.iter_mut().zip(&mut b.values);
    let (periods, mut sums) = ((a.period as f64, b.period as f64), (a.sum, b.sum));
    for ((of_a, of_b), (value_a, value_b)) in windows.zip(values) {
        *value_a = step(&mut sums.0, of_a.0, of_a.1, periods.0);
        *value_b = step(&mut sums.1, of_b.0, of_b.1, periods.1);
    }
    (a.sum, b.sum) = sums;
    a.settle();
    b.settle();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_ta_lib(input: &[f64], period: usize) -> Vec<f64> {
        let mut found = vec![f64::NAN; input.len()];
        if input.len() >= period {
            let core = ta_lib::Core::new();
            let out = &mut found[period - 1..];
            core.sma(0, input.len() - 1, input, period as i32, out).unwrap();
        }
        found.into_iter().map(defined).collect()
    }

    /// Advances by blocks of these lengths.
    fn by_block(input: &[f64], periods: &[usize], lengths: &[usize]) -> Vec<Vec<f64>> {
        let mut averages: Vec<Average<'_>> =
            periods.iter().map(|period| Average::of(input, *period)).collect();
        let mut found = vec![Vec::new(); periods.len()];
        let (mut from, mut lengths) = (0, lengths.iter().cycle());
        while from < input.len() {
            let to = input.len().min(from + lengths.next().unwrap());
            advance(&mut averages, &(from..to));
            for (found, average) in found.iter_mut().zip(&averages) {
                found.extend_from_slice(&average.values);
            }
            from = to;
        }
        found
    }

    fn bits(values: &[f64]) -> Vec<Option<u64>> {
        let bits = |value: &f64| (!value.is_nan()).then(|| value.to_bits());
        values.iter().map(bits).collect()
    }

    proptest! {
        #[test]
        fn averages_have_the_bits_of_ta_lib_however_they_are_cut(
            input in prop::collection::vec(prop_oneof![8 => -1e3..1e3_f64, 1 => -1e-300..1e-300_f64, 1 => Just(1e308)], 1..200),
            periods in prop::collection::vec(1..40_usize, 1..4),
            lengths in prop::collection::vec(1..50_usize, 1..4),
        ) {
            let found = by_block(&input, &periods, &lengths);
            for (period, found) in periods.iter().zip(&found) {
                prop_assert_eq!(bits(found), bits(&of_ta_lib(&input, *period)), "period {}", period);
            }
        }
    }

    #[test]
    fn what_overflowed_stays_undefined() {
        let found = by_block(&[1e308, 1e308, 1.0, 1.0, 1.0], &[2], &[2]);
        assert_eq!(bits(&found[0]), vec![None; 5]);
    }
}
