//! Reading numbers as files write them.

use super::NumberStyle;

/// Why a field holds no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberFault {
    /// Nothing, or a word for nothing: `N/A`, `null`.
    Missing,
    /// NaN or an infinity.
    NotFinite,
    /// A comma, in a file that was not said to have any.
    Comma,
    /// Something else.
    Unreadable,
}

/// Reads a number exactly; fields without one are told apart.
pub(super) fn number(field: &[u8], style: NumberStyle) -> Result<f64, NumberFault> {
    if style != NumberStyle::Plain {
        return styled(field, style);
    }
    match fast_float2::parse::<f64, _>(field) {
        Ok(value) if value.is_finite() => Ok(value),
        _ => slow(field),
    }
}

/// Powers of ten that are exact.
const TENS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Reads up to 15 digits with or without a point, as most prices are; NaN stands for every other text. Both sides of
/// the division are exact, so that it rounds once and right (Clinger, "How to Read Floating Point Numbers
/// Accurately", 1990).
#[inline]
pub(super) fn short_decimal(field: &[u8]) -> f64 {
    if field.len() > 16 {
        return f64::NAN;
    }
    let (mut digits, mut count, mut before_point) = (0_u64, 0, usize::MAX);
    for byte in field {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            digits = digits * 10 + u64::from(digit);
            count += 1;
        } else if *byte == b'.' && before_point == usize::MAX {
            before_point = count;
        } else {
            return f64::NAN;
        }
    }
    if count == 0 || count > 15 {
        return f64::NAN;
    }
    match before_point {
        usize::MAX => digits as f64,
        // A point without digits on a side is left to the thorough way to judge.
        0 => f64::NAN,
        before if before == count => f64::NAN,
        before => digits as f64 / TENS[count - before],
    }
}

fn slow(field: &[u8]) -> Result<f64, NumberFault> {
    let text = field.trim_ascii();
    if is_missing(text) {
        return Err(NumberFault::Missing);
    }
    match fast_float2::parse::<f64, _>(text) {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(NumberFault::NotFinite),
        Err(_) => {
            let without: Vec<u8> = text.iter().copied().filter(|byte| *byte != b',').collect();
            let numeric = fast_float2::parse::<f64, _>(&without).is_ok_and(f64::is_finite);
            Err(if text.contains(&b',') && numeric {
                NumberFault::Comma
            } else {
                NumberFault::Unreadable
            })
        }
    }
}

fn is_missing(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] = [b"n/a", b"na", b"null", b"none", b"#n/a", b"-", b"--"];
    text.is_empty() || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Rewrites a number to the plain style: the mark of thousands must stand before groups of three digits.
fn styled(field: &[u8], style: NumberStyle) -> Result<f64, NumberFault> {
    let text = field.trim_ascii();
    if is_missing(text) {
        return Err(NumberFault::Missing);
    }
    let (thousands, point) = if style == NumberStyle::Thousands {
        (b',', b'.')
    } else {
        (b'.', b',')
    };
    let (whole, fraction) = match text.iter().position(|byte| *byte == point) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let mut plain = Vec::with_capacity(text.len());
    for (index, group) in whole.split(|byte| *byte == thousands).enumerate() {
        let digits = group.iter().filter(|byte| byte.is_ascii_digit()).count();
        if index > 0 && (digits != 3 || group.len() != 3) {
            return Err(NumberFault::Unreadable);
        }
        plain.extend_from_slice(group);
    }
    if let Some(fraction) = fraction {
        plain.push(b'.');
        plain.extend_from_slice(fraction);
    }
    match fast_float2::parse::<f64, _>(&plain) {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(NumberFault::NotFinite),
        Err(_) => Err(NumberFault::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1.5", NumberStyle::Plain, Ok(1.5))]
    #[case(" 1.5 ", NumberStyle::Plain, Ok(1.5))]
    #[case("1e3", NumberStyle::Plain, Ok(1000.0))]
    #[case("", NumberStyle::Plain, Err(NumberFault::Missing))]
    #[case("N/A", NumberStyle::Plain, Err(NumberFault::Missing))]
    #[case("null", NumberStyle::Plain, Err(NumberFault::Missing))]
    #[case("NaN", NumberStyle::Plain, Err(NumberFault::NotFinite))]
    #[case("-inf", NumberStyle::Plain, Err(NumberFault::NotFinite))]
    #[case("1e999", NumberStyle::Plain, Err(NumberFault::NotFinite))]
    #[case("1,234.5", NumberStyle::Plain, Err(NumberFault::Comma))]
    #[case("1,5", NumberStyle::Plain, Err(NumberFault::Comma))]
    #[case("abc", NumberStyle::Plain, Err(NumberFault::Unreadable))]
    #[case("1.5x", NumberStyle::Plain, Err(NumberFault::Unreadable))]
    #[case("1,234,567.5", NumberStyle::Thousands, Ok(1_234_567.5))]
    #[case("-1,234", NumberStyle::Thousands, Ok(-1234.0))]
    #[case("1,23", NumberStyle::Thousands, Err(NumberFault::Unreadable))]
    #[case("1,5", NumberStyle::DecimalComma, Ok(1.5))]
    #[case("1.234,5", NumberStyle::DecimalComma, Ok(1234.5))]
    #[case("1.5", NumberStyle::DecimalComma, Err(NumberFault::Unreadable))]
    fn fields_are_numbers_or_say_why_not(
        #[case] text: &str,
        #[case] style: NumberStyle,
        #[case] expected: Result<f64, NumberFault>,
    ) {
        assert_eq!(number(text.as_bytes(), style), expected);
    }

    proptest! {
        #[test]
        fn numbers_come_back_bit_for_bit(value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            let text = format!("{value}");
            prop_assert_eq!(number(text.as_bytes(), NumberStyle::Plain).map(f64::to_bits), Ok(value.to_bits()));
        }

        #[test]
        fn short_decimals_are_read_exactly(text in "[0-9]{1,9}\\.[0-9]{1,9}|[0-9]{1,17}") {
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(number(text.as_bytes(), NumberStyle::Plain).map(f64::to_bits), Ok(expected.to_bits()));
            let short = short_decimal(text.as_bytes());
            prop_assert!(short.is_nan() && text.len() > 15 || short.to_bits() == expected.to_bits());
        }
    }
}
