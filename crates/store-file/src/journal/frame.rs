//! How records lie in a journal: each one twice, with its length and CRC-32C.
//!
//! One copy tells whether a record is whole; the second tells a record that was cut off while it was written (it is
//! dropped, as nobody was told of it) from one that was damaged later (it is read from the other copy, and reported).

use crc32c::{crc32c, crc32c_append};

const FIRST: [u8; 4] = *b"CJr1";
const SECOND: [u8; 4] = *b"CJr2";
/// Magic, length and checksum.
const HEADER: usize = 12;

/// What lies at an offset of a journal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    /// A record: its contents, where the next one begins, and whether both copies are whole.
    Record {
        payload: &'a [u8],
        end: usize,
        intact: bool,
    },
    /// The end of the journal.
    End,
    /// A record that was cut off; nothing follows.
    Torn,
    /// Something that is no record, with records behind it.
    Damaged,
}

/// Appends both copies of a record to `buffer`.
pub(super) fn write(payload: &[u8], buffer: &mut Vec<u8>) {
    for magic in [FIRST, SECOND] {
        let len = (payload.len() as u32).to_le_bytes();
        buffer.extend_from_slice(&magic);
        buffer.extend_from_slice(&len);
        buffer.extend_from_slice(&checksum(magic, len, payload).to_le_bytes());
        buffer.extend_from_slice(payload);
    }
}

/// Reads the record at `at`.
pub(super) fn next(journal: &[u8], at: usize) -> Next<'_> {
    if at >= journal.len() {
        return Next::End;
    }
    if let Some(payload) = copy_at(journal, at, FIRST) {
        let second = at + HEADER + payload.len();
        let end = second + HEADER + payload.len();
        if end > journal.len() {
            return Next::Torn;
        }
        let intact = copy_at(journal, second, SECOND) == Some(payload);
        // Records are JSON texts, which never end in a zero: there the length was written and the contents were not.
        let unfinished = !intact && end == journal.len() && journal[end - 1] == 0;
        return if unfinished {
            Next::Torn
        } else {
            Next::Record { payload, end, intact }
        };
    }
    // The first copy is damaged, or was never finished: a whole second copy in its place tells which.
    let mut anything_behind = false;
    for candidate in at + 1..=journal.len().saturating_sub(HEADER) {
        if let Some(payload) = copy_at(journal, candidate, SECOND) {
            if candidate == at + HEADER + payload.len() {
                return Next::Record {
                    payload,
                    end: candidate + HEADER + payload.len(),
                    intact: false,
                };
            }
            anything_behind = true;
        }
        anything_behind |= copy_at(journal, candidate, FIRST).is_some();
    }
    if anything_behind {
        Next::Damaged
    } else {
        Next::Torn
    }
}

fn copy_at(journal: &[u8], at: usize, magic: [u8; 4]) -> Option<&[u8]> {
    let header = journal.get(at..at + HEADER)?;
    if header[..4] != magic {
        return None;
    }
    let len: [u8; 4] = header[4..8].try_into().ok()?;
    let expected = u32::from_le_bytes(header[8..12].try_into().ok()?);
    let payload = journal.get(at + HEADER..at + HEADER + u32::from_le_bytes(len) as usize)?;
    (checksum(magic, len, payload) == expected).then_some(payload)
}

fn checksum(magic: [u8; 4], len: [u8; 4], payload: &[u8]) -> u32 {
    crc32c_append(crc32c_append(crc32c(&magic), &len), payload)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_all(journal: &[u8]) -> (Vec<Vec<u8>>, bool, bool) {
        let (mut records, mut at, mut all_intact) = (Vec::new(), 0, true);
        loop {
            match next(journal, at) {
                Next::Record { payload, end, intact } => {
                    records.push(payload.to_vec());
                    all_intact &= intact;
                    at = end;
                }
                Next::End => return (records, all_intact, true),
                Next::Torn => return (records, all_intact, false),
                Next::Damaged => return (records, false, false),
            }
        }
    }

    fn journal(records: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for record in records {
            write(record, &mut bytes);
        }
        bytes
    }

    proptest! {
        #[test]
        fn a_cut_journal_loses_the_cut_record_alone(
            records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 1..6),
            cut in any::<proptest::sample::Index>(),
        ) {
            let bytes = journal(&records);
            let cut = cut.index(bytes.len());
            let (found, intact, ended) = read_all(&bytes[..cut]);
            prop_assert!(intact);
            prop_assert_eq!(&found[..], &records[..found.len()]);
            let whole: usize = records.iter().take(found.len()).map(|record| 2 * (HEADER + record.len())).sum();
            prop_assert_eq!(ended, whole == cut);
            prop_assert!(found.len() == records.len() || whole + 2 * (HEADER + records[found.len()].len()) > cut);
        }

        #[test]
        fn a_record_that_was_never_finished_is_dropped(
            record in proptest::collection::vec(any::<u8>(), 0..60),
            cut in any::<proptest::sample::Index>(),
        ) {
            let record = [&record[..], b"}"].concat();
            let mut bytes = journal(&[record.clone(), record.clone()]);
            let (len, written) = (bytes.len(), bytes.len() / 2 + cut.index(bytes.len() / 2));
            bytes.truncate(written);
            bytes.resize(len, 0);
            let (found, intact, ended) = read_all(&bytes);
            prop_assert!(intact && !ended);
            prop_assert_eq!(found, [record]);
        }

        #[test]
        fn a_flipped_bit_is_noticed_and_loses_nothing(
            records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 1..6),
            flip in any::<proptest::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let records: Vec<Vec<u8>> = records.into_iter().map(|record| [&record[..], b"}"].concat()).collect();
            let mut bytes = journal(&records);
            let at = flip.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let (found, intact, ended) = read_all(&bytes);
            prop_assert!(!intact);
            prop_assert!(ended);
            prop_assert_eq!(found, records);
        }
    }
}
