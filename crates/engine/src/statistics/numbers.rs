//! Sums, moments and quantiles. Every sum has a fixed order, so that it has the same bits on every machine.
use domain::backtest::ROUNDING;

use super::Figure;

/// The sum, from the first number to the last.
pub(super) fn sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().fold(0.0, |sum, number| sum + number)
}

/// How many partial sums a long column has: they do not wait for each other.
pub(super) const LANES: usize = 8;

/// The sum of a long column that comes in parts: number `i` of all goes to partial sum `i` mod [`LANES`], and those
/// are added in order.
#[derive(Debug, Default)]
pub(super) struct LaneSum {
    lanes: [f64; LANES],
    count: usize,
}

impl LaneSum {
    /// Adds the numbers that follow.
    pub(super) fn take(&mut self, numbers: &[f64]) {
        let (head, numbers) = numbers.split_at(numbers.len().min(self.count.wrapping_neg() % LANES));
        let first = self.count % LANES;
        self.add(first, head);
        let (chunks, rest) = numbers.as_chunks::<LANES>();
        for chunk in chunks {
            self.add(0, chunk);
        }
        self.add(0, rest);
        self.count += head.len() + numbers.len();
    }

    fn add(&mut self, first: usize, numbers: &[f64]) {
        for (lane, number) in self.lanes[first..].iter_mut().zip(numbers) {
            *lane += number;
        }
    }

    /// The mean of all; `None` of no numbers.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| sum(self.lanes) / self.count as f64)
    }
}

/// The arithmetic mean; `None` of no numbers.
pub(super) fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| sum(numbers.iter().copied()) / numbers.len() as f64)
}

/// The mean of the `power`-th powers of the distances from the mean.
pub(super) fn central_moment(numbers: &[f64], mean: f64, power: i32) -> f64 {
    let powers = numbers.iter().map(|number| {
        let distance = number - mean;
        (1..power).fold(distance, |product, _| product * distance)
    });
    sum(powers) / numbers.len() as f64
}

/// The standard deviation of a sample (ddof 1); `None` of fewer than two numbers. Numbers that differ by the rounding
/// of amounts of that `scale` alone deviate by exactly zero.
pub(super) fn deviation(numbers: &[f64], scale: f64) -> Option<f64> {
    if numbers.len() < 2 {
        return None;
    }
    if are_equal(numbers, scale) {
        return Some(0.0);
    }
    let mean = mean(numbers)?;
    let squares = numbers.iter().map(|number| (number - mean) * (number - mean));
    Some((sum(squares) / (numbers.len() - 1) as f64).sqrt())
}

/// Tells whether all numbers are the same one, but for the rounding of amounts of that `scale`.
pub(super) fn are_equal(numbers: &[f64], scale: f64) -> bool {
    let ends = numbers
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), number| {
            (least.min(*number), greatest.max(*number))
        });
    ends.1 - ends.0 <= scale * ROUNDING
}

/// The quantile of ascending numbers, linear between the two nearest; `None` of no numbers.
pub(super) fn quantile(ascending: &[f64], fraction: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = fraction * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    let part = place - below as f64;
    Some(ascending[below] + part * (ascending[above] - ascending[below]))
}

/// Divides, unless by zero.
pub(super) fn ratio(numerator: f64, denominator: f64, reason: &'static str) -> Figure {
    if denominator == 0.0 {
        Err(reason)
    } else {
        Ok(numerator / denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_linear_between_numbers() {
        let numbers = [1.0, 2.0, 4.0, 8.0, 16.0];
        assert_eq!(quantile(&numbers, 0.0), Some(1.0));
        assert_eq!(quantile(&numbers, 0.5), Some(4.0));
        assert_eq!(quantile(&numbers, 0.625), Some(6.0));
        assert_eq!(quantile(&numbers, 1.0), Some(16.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_sum_does_not_depend_on_its_parts() {
        let numbers: Vec<f64> = (0..100).map(|i| 1.0 / f64::from(i + 1)).collect();
        let mean = |parts: usize| {
            let mut sum = LaneSum::default();
            numbers.chunks(parts).for_each(|part| sum.take(part));
            sum.mean()
        };
        for parts in 1..100 {
            assert_eq!(mean(parts), mean(100), "{parts}");
        }
        assert_eq!(LaneSum::default().mean(), None);
    }

    #[test]
    fn equal_numbers_do_not_deviate() {
        assert_eq!(deviation(&[0.1; 7], 1.0), Some(0.0));
        assert_eq!(deviation(&[1.0, 1.0 + 1e-13], 1.0), Some(0.0));
        assert_eq!(
            deviation(&[1.0, 1.0 + 1e-10], 1000.0),
            Some(0.0),
            "profits of large trades"
        );
        assert!(deviation(&[1.0, 1.0 + 1e-10], 1.0).unwrap() > 0.0);
        assert_eq!(deviation(&[1.0, 3.0], 1.0), Some(2.0_f64.sqrt()));
        assert_eq!(deviation(&[1.0], 1.0), None);
    }
}
