//! Numbers as integers of a power of ten, where that loses nothing.

/// The most digits behind the point.
pub(super) const MOST_DIGITS: u8 = 9;
/// 10⁰ to 10⁹.
pub(super) const POWERS: [f64; MOST_DIGITS as usize + 1] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/// Integers beyond this are not all told apart by an f64.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// Returns the integer that `value` is 10⁻ᵈ times of, if dividing brings every bit of it back.
fn scaled(value: f64, power: f64) -> Option<i64> {
    let integer = (value * power).round_ties_even();
    let exact = integer.abs() <= LARGEST && (integer / power).to_bits() == value.to_bits();
    exact.then_some(integer as i64)
}

/// Returns the fewest digits with which all values are exact, and the integers; `None` when nine are not enough.
pub(super) fn scale(columns: &[&[f64]]) -> Option<(u8, Vec<Vec<i64>>)> {
    let mut digits = 0;
    'digits: loop {
        let power = POWERS[usize::from(digits)];
        let mut integers = Vec::with_capacity(columns.len());
        for column in columns {
            let mut scaled_column = Vec::with_capacity(column.len());
            for value in *column {
                match scaled(*value, power) {
                    Some(integer) => scaled_column.push(integer),
                    None if digits < MOST_DIGITS => {
                        digits += 1;
                        continue 'digits;
                    }
                    None => return None,
                }
            }
            integers.push(scaled_column);
        }
        return Some((digits, integers));
    }
}

/// Turns integers back into values. Dividing, not multiplying by a fraction, is what brings every bit back.
pub(super) fn unscale(integers: &[i64], digits: u8) -> Vec<f64> {
    let power = POWERS[usize::from(digits)];
    integers.iter().map(|integer| *integer as f64 / power).collect()
}
