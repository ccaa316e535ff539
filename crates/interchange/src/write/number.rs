//! Numbers as text: the shortest digits that come back bit for bit.

/// The sizes that are written without an exponent.
const PLAIN: std::ops::RangeInclusive<f64> = 1e-7..=1e21;

/// Appends the shortest text that parses back to `value`, which is finite: no trailing `.0`, and no exponent from
/// 1e-7 to 1e21.
pub(super) fn push_number(out: &mut Vec<u8>, value: f64) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    if text.contains(&b'e') {
        push_scaled(out, text, PLAIN.contains(&value.abs()));
    } else {
        out.extend_from_slice(text.strip_suffix(b".0").unwrap_or(text));
    }
}

/// Appends a number that `text` writes with an exponent, such as `-1.5e-6`, without one if it is to be `plain`.
fn push_scaled(out: &mut Vec<u8>, text: &[u8], plain: bool) {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    if unsigned.len() < text.len() {
        out.push(b'-');
    }
    let mut digits = Vec::with_capacity(20);
    let mut exponent = 0_i32;
    let mut negative = false;
    let mut parts = unsigned.split(|byte| *byte == b'e');
    digits.extend(
        parts
            .next()
            .into_iter()
            .flatten()
            .filter(|byte| byte.is_ascii_digit()),
    );
    for byte in parts.next().into_iter().flatten() {
        match byte {
            b'-' => negative = true,
            b'0'..=b'9' => exponent = exponent * 10 + i32::from(byte - b'0'),
            _ => {}
        }
    }
    exponent = if negative { -exponent } else { exponent };
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    if !plain {
        push_with_exponent(out, &digits, exponent);
    } else if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-exponent - 1) as usize, b'0');
        out.extend_from_slice(&digits);
    } else {
        push_with_point(out, &digits, exponent as usize + 1);
    }
}

/// Appends `digits` with the decimal point behind the first `whole` of them, filled up with zeros.
fn push_with_point(out: &mut Vec<u8>, digits: &[u8], whole: usize) {
    let (before, after) = digits.split_at(whole.min(digits.len()));
    out.extend_from_slice(before);
    out.resize(out.len() + whole - before.len(), b'0');
    if !after.is_empty() {
        out.push(b'.');
        out.extend_from_slice(after);
    }
}

fn push_with_exponent(out: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    push_with_point(out, digits, 1);
    out.push(b'e');
    out.extend_from_slice(exponent.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        push_number(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[rstest::rstest]
    #[case(0.0, "0")]
    #[case(-0.0, "-0")]
    #[case(1.0, "1")]
    #[case(-1.0, "-1")]
    #[case(0.1, "0.1")]
    #[case(100.0, "100")]
    #[case(166.410_004, "166.410004")]
    #[case(53_569_400.0, "53569400")]
    #[case(9_007_199_254_740_993.0, "9007199254740992")]
    #[case(1e15, "1000000000000000")]
    #[case(1e16, "10000000000000000")]
    #[case(1.5e17, "150000000000000000")]
    #[case(1.234_567_890_123_456_7e20, "123456789012345670000")]
    #[case(1e21, "1000000000000000000000")]
    #[case(-1e21, "-1000000000000000000000")]
    #[case(1.5e21, "1.5e21")]
    #[case(1e22, "1e22")]
    #[case(f64::MAX, "1.7976931348623157e308")]
    #[case(1e-5, "0.00001")]
    #[case(1.5e-6, "0.0000015")]
    #[case(-1.25e-7, "-0.000000125")]
    #[case(1e-7, "0.0000001")]
    #[case(9.5e-8, "9.5e-8")]
    #[case(5e-324, "5e-324")]
    #[case(-5e-324, "-5e-324")]
    fn numbers_are_short_and_plain(#[case] value: f64, #[case] expected: &str) {
        assert_eq!(text(value), expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn every_finite_number_parses_back_bit_for_bit(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let text = text(value);
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits, "{}", &text);
            prop_assert_eq!(fast_float2::parse::<f64, _>(&text).unwrap().to_bits(), bits, "{}", &text);
        }

        #[test]
        fn numbers_of_the_usual_sizes_have_no_exponent(mantissa in -1.0_f64..1.0, power in -7_i32..22) {
            let value = mantissa * 10.0_f64.powi(power);
            prop_assume!(PLAIN.contains(&value.abs()));
            let text = text(value);
            prop_assert!(!text.contains('e') && !text.ends_with(".0"), "{}", &text);
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{}", &text);
        }

        #[test]
        fn decimals_come_back_as_they_were_written(units in 1_i64..1_000_000_000_000_000, places in 0_usize..8) {
            let digits = format!("{units:0>width$}", width = places + 1);
            let (whole, part) = digits.split_at(digits.len() - places);
            let part = part.trim_end_matches('0');
            let written = if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") };
            prop_assert_eq!(text(written.parse().unwrap()), written);
        }
    }
}
