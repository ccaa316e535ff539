//! Numbers for people: thousands separators, decimals in line.

/// Prints a count with separators: `1,234,567`.
pub(crate) fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// Prints a volume: shortest digits, separators, `–` when unknown.
pub(crate) fn volume(volume: Option<f64>) -> String {
    volume.map_or_else(|| "–".to_owned(), |volume| grouped(&volume.to_string()))
}

/// Prints prices with as many decimals each as the one that needs most.
pub(crate) fn prices(prices: &[f64]) -> Vec<String> {
    let decimals = |price: &f64| {
        price
            .to_string()
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len())
    };
    let most = prices.iter().map(decimals).max().unwrap_or(0).min(10);
    prices.iter().map(|price| format!("{price:.most$}")).collect()
}

/// From here on, all digits of a number are more than anyone reads.
const HUGE: f64 = 1e15;

/// Prints a number with separators and so many decimals, a huge one with an exponent; what rounds to zero has no sign.
pub(crate) fn decimal(number: f64, decimals: usize) -> String {
    if number.abs() >= HUGE {
        return format!("{number:.2e}");
    }
    let text = format!("{number:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    grouped(if is_zero {
        text.trim_start_matches('-')
    } else {
        &text
    })
}

/// Prints a number with as many decimals as it needs, at most so many.
pub(crate) fn shortest(number: f64, most: usize) -> String {
    let text = decimal(number, most);
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Prints a number of bytes: `512 B`, `1.4 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Puts separators into the digits before the point.
fn grouped(number: &str) -> String {
    let (whole, decimals) = number
        .split_once('.')
        .map_or((number, ""), |(whole, decimals)| (whole, decimals));
    let (sign, digits) = whole
        .strip_prefix('-')
        .map_or(("", whole), |digits| ("-", digits));
    let mut text = String::with_capacity(number.len() * 4 / 3 + 1);
    text.push_str(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !decimals.is_empty() {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1_000, "1,000")]
    #[case(1_234_567, "1,234,567")]
    fn counts_have_separators(#[case] number: u64, #[case] text: &str) {
        assert_eq!(count(number), text);
    }

    #[rstest::rstest]
    #[case(Some(22_351_900.0), "22,351,900")]
    #[case(Some(1234.5678), "1,234.5678")]
    #[case(Some(0.0), "0")]
    #[case(None, "–")]
    fn volumes_keep_their_decimals(#[case] number: Option<f64>, #[case] text: &str) {
        assert_eq!(volume(number), text);
    }

    #[rstest::rstest]
    #[case(10_234.567, 2, "10,234.57")]
    #[case(-1_234_567.0, 0, "-1,234,567")]
    #[case(-0.001, 2, "0.00")]
    #[case(5.757e151, 2, "5.76e151")]
    fn decimals_are_rounded_and_grouped(#[case] number: f64, #[case] decimals: usize, #[case] text: &str) {
        assert_eq!(decimal(number, decimals), text);
    }

    #[rstest::rstest]
    #[case(10.0, "10")]
    #[case(0.25, "0.25")]
    #[case(1_000.123_456_7, "1,000.1235")]
    fn numbers_have_the_decimals_that_they_need(#[case] number: f64, #[case] text: &str) {
        assert_eq!(shortest(number, 4), text);
    }

    #[test]
    fn prices_share_their_decimals() {
        assert_eq!(prices(&[100.0, 104.06, 95.5]), ["100.00", "104.06", "95.50"]);
        assert_eq!(prices(&[100.0, 5.0]), ["100", "5"]);
    }

    #[rstest::rstest]
    #[case(512, "512 B")]
    #[case(1536, "1.5 KiB")]
    #[case(1_048_576, "1.0 MiB")]
    fn sizes_have_binary_units(#[case] size: u64, #[case] text: &str) {
        assert_eq!(bytes(size), text);
    }
}
