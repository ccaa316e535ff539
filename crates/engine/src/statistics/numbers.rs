//! Sums, moments and quantiles. Every sum runs from the first number to the last, so that it has the same bits on
//! every machine.

use super::Figure;

/// The sum, from the first number to the last.
pub(super) fn sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().fold(0.0, |sum, number| sum + number)
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

/// The standard deviation of a sample (ddof 1); `None` of fewer than two numbers. Equal numbers deviate by exactly
/// zero, whatever rounding does to their mean.
pub(super) fn deviation(numbers: &[f64]) -> Option<f64> {
    if numbers.len() < 2 {
        return None;
    }
    if all_equal(numbers) {
        return Some(0.0);
    }
    let mean = mean(numbers)?;
    let squares = numbers.iter().map(|number| (number - mean) * (number - mean));
    Some((sum(squares) / (numbers.len() - 1) as f64).sqrt())
}

/// Tells whether all numbers are the same one.
pub(super) fn all_equal(numbers: &[f64]) -> bool {
    numbers
        .windows(2)
        .all(|pair| pair[0].to_bits() == pair[1].to_bits())
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
    fn equal_numbers_do_not_deviate() {
        assert_eq!(deviation(&[0.1; 7]), Some(0.0));
        assert_eq!(deviation(&[1.0, 3.0]), Some(2.0_f64.sqrt()));
        assert_eq!(deviation(&[1.0]), None);
    }
}
