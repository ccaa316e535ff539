//! Putting small neighbours together, so that many small commits do not leave many small chunks.
//!
//! Chunks fall into classes by size, each eight times the one before, up to half of what a chunk holds. Neighbours of
//! a class or below that fill the class together become one chunk of a higher one: n single-bar commits leave about
//! 8 log₈ n chunks, and write each bar about log₈ n times.

use std::{iter, ops::Range};

use domain::{error::StoreError, market::Bars};

use crate::{access::ChunkMeta, plan::Entry};

/// How much larger one class is than the one below.
const CLASS_STEP: usize = 8;

/// Returns where the classes end, in bars.
///
/// The last is half a chunk: neighbours below it that would overfill a chunk fill half of one already, so that every
/// run of them comes to an end, and chunks are half full in the long run.
fn class_ends(chunk_bars: usize) -> impl Iterator<Item = usize> {
    let half = chunk_bars.div_ceil(2);
    iter::successors(Some(CLASS_STEP), |end| Some(end * CLASS_STEP))
        .take_while(move |end| *end < half)
        .chain([half])
}

/// Merges small neighbours in place; no chunk grows beyond `chunk_bars`.
pub(crate) fn compact<L: ChunkMeta, S: ChunkMeta>(
    entries: &mut Vec<Entry<L, S>>,
    chunk_bars: usize,
    load: impl Fn(&Entry<L, S>) -> Result<Bars, StoreError>,
) -> Result<(), StoreError> {
    for class_end in class_ends(chunk_bars) {
        let mut from = 0;
        while let Some(group) = next_group(entries, from, class_end, chunk_bars) {
            from = group.start + 1;
            let parts = entries[group.clone()]
                .iter()
                .map(&load)
                .collect::<Result<Vec<_>, _>>()?;
            let merged = Bars::concat(&parts).map_err(|error| StoreError::Invalid(error.to_string()))?;
            entries.splice(group, [Entry::Fresh(merged)]);
        }
    }
    Ok(())
}

/// Finds neighbours that are all smaller than `class_end`, fill it together, and fit one chunk.
fn next_group<L: ChunkMeta, S: ChunkMeta>(
    entries: &[Entry<L, S>],
    from: usize,
    class_end: usize,
    chunk_bars: usize,
) -> Option<Range<usize>> {
    let (mut begin, mut sum) = (from, 0);
    for (index, entry) in entries.iter().enumerate().skip(from) {
        let bars = entry.bars();
        if bars >= class_end || sum + bars > chunk_bars {
            if sum >= class_end && index - begin > 1 {
                return Some(begin..index);
            }
            (begin, sum) = (index, 0);
        }
        if bars >= class_end {
            begin = index + 1;
        } else {
            sum += bars;
        }
    }
    (sum >= class_end && entries.len() - begin > 1).then_some(begin..entries.len())
}

#[cfg(test)]
mod tests {
    use domain::market::{Bar, SetDigest};
    use proptest::{collection::vec, prelude::*};
    use rstest::rstest;

    use super::*;

    /// All chunks of these tests are fresh.
    enum NoChunk {}

    impl ChunkMeta for NoChunk {
        fn first(&self) -> i64 {
            match *self {}
        }

        fn last(&self) -> i64 {
            match *self {}
        }

        fn bars(&self) -> u64 {
            match *self {}
        }

        fn digest(&self) -> SetDigest {
            match *self {}
        }
    }

    type Fresh = Entry<NoChunk, NoChunk>;

    fn bars(first: i64, count: usize) -> Bars {
        let row = |index| Bar {
            time: first + index,
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 0.0,
        };
        Bars::from_rows(&(0..count as i64).map(row).collect::<Vec<_>>()).unwrap()
    }

    fn contents(entry: &Fresh) -> Bars {
        match entry {
            Entry::Fresh(bars) => bars.clone(),
            Entry::Live(chunk) | Entry::Staged(chunk) => match *chunk {},
        }
    }

    fn concat(entries: &[Fresh]) -> Bars {
        Bars::concat(&entries.iter().map(contents).collect::<Vec<_>>()).unwrap()
    }

    fn neighbours(sizes: &[usize]) -> Vec<Fresh> {
        let mut first = 0;
        let mut entries = Vec::new();
        for size in sizes {
            entries.push(Entry::Fresh(bars(first, *size)));
            first += *size as i64;
        }
        entries
    }

    #[rstest]
    #[case::large_chunks(65_536)]
    #[case::small_chunks(4_096)]
    fn ten_thousand_single_bars_leave_few_chunks_and_are_rewritten_few_times(#[case] chunk_bars: usize) {
        let mut entries = Vec::new();
        let (mut most, mut written) = (0, 0);
        for time in 0..10_000 {
            entries.push(Entry::Fresh(bars(time, 1)));
            let before = entries.len();
            compact(&mut entries, chunk_bars, |entry| Ok(contents(entry))).unwrap();
            written += if entries.len() < before {
                entries.last().map_or(0, Entry::bars)
            } else {
                1
            };
            most = most.max(entries.len());
        }
        assert!(most <= 8 * 5, "{most} chunks");
        assert!(written <= 10_000 * 5, "{written} bars written");
        assert_eq!(concat(&entries), bars(0, 10_000));
    }

    #[rstest]
    #[case::large_chunks(65_536, &[8, 64, 512, 4_096, 32_768])]
    #[case::a_power_of_the_step(4_096, &[8, 64, 512, 2_048])]
    #[case::below_twice_the_step(8, &[4])]
    #[case::of_one_bar(1, &[1])]
    fn the_last_class_ends_at_half_a_chunk(#[case] chunk_bars: usize, #[case] ends: &[usize]) {
        assert_eq!(class_ends(chunk_bars).collect::<Vec<_>>(), ends);
    }

    #[test]
    fn chunks_never_grow_beyond_their_size() {
        let mut entries = neighbours(&[30_000; 20]);
        compact(&mut entries, 65_536, |entry| Ok(contents(entry))).unwrap();
        assert!(entries.iter().all(|entry| entry.bars() <= 65_536));
    }

    #[test]
    fn chunks_that_never_fill_one_exactly_are_put_together_all_the_same() {
        let mut entries = neighbours(&[513; 40]);
        compact(&mut entries, 4_096, |entry| Ok(contents(entry))).unwrap();
        assert!(entries.len() <= 40 * 513 / 2_048, "{} chunks", entries.len());
    }

    proptest! {
        #[test]
        fn neighbours_below_half_a_chunk_never_fill_half_of_one(
            chunk_bars in 1_usize..100,
            sizes in vec(prop_oneof![1_usize..5, 1_usize..100], 0..60),
        ) {
            let sizes: Vec<usize> = sizes.iter().map(|size| *size.min(&chunk_bars)).collect();
            let mut entries = neighbours(&sizes);
            let before = concat(&entries);
            compact(&mut entries, chunk_bars, |entry| Ok(contents(entry))).unwrap();

            prop_assert_eq!(concat(&entries), before);
            prop_assert!(entries.iter().all(|entry| entry.bars() <= chunk_bars));
            let half = chunk_bars.div_ceil(2);
            let runs = entries.split(|entry| entry.bars() >= half);
            for run in runs {
                prop_assert!(run.iter().map(Entry::bars).sum::<usize>() < half);
            }
        }
    }
}
