//! Searching eight bytes at a time.

/// One in every byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The lower seven bits of every byte.
const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

/// Returns a word with the top bit set of those bytes of `word` that are `byte`.
fn matches(word: u64, byte: u8) -> u64 {
    let differing = word ^ (ONES * u64::from(byte));
    // A byte is zero if neither its top bit nor, by the carry into it, any other bit is set.
    !(((differing & LOW) + LOW) | differing | LOW)
}

/// Returns where `byte` first occurs.
pub(super) fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = matches(u64::from_le_bytes(*word), byte);
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|other| *other == byte)?;
    Some(words.len() * 8 + at)
}

/// Calls `each` with every place of `byte`; stops and tells so when `stop` occurs in the same eight bytes or before.
pub(super) fn each_unless(bytes: &[u8], byte: u8, stop: u8, mut each: impl FnMut(usize)) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        if matches(word, stop) != 0 {
            return false;
        }
        let mut found = matches(word, byte);
        while found != 0 {
            each(index * 8 + found.trailing_zeros() as usize / 8);
            found &= found - 1;
        }
    }
    for (index, other) in rest.iter().enumerate() {
        if *other == stop {
            return false;
        }
        if *other == byte {
            each(words.len() * 8 + index);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_at_a_time_finds_what_one_at_a_time_finds(
            bytes in proptest::collection::vec(
                proptest::sample::select(vec![0_u8, 1, 43, 44, 45, 34, 127, 128, 172, 255]), 0..70,
            ),
        ) {
            prop_assert_eq!(find(&bytes, 44), bytes.iter().position(|byte| *byte == 44));
            let mut places = Vec::new();
            let whole = each_unless(&bytes, 44, 34, |at| places.push(at));
            prop_assert_eq!(whole, !bytes.contains(&34));
            if whole {
                let expected: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == 44).collect();
                prop_assert_eq!(places, expected);
            }
        }
    }
}
