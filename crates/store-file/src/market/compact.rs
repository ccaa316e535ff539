//! Putting small neighbours together, so that many small commits do not leave many small chunks.
//!
//! Chunks fall into classes by size, each eight times the one before. Neighbours of a class or below that fill the
//! class together become one chunk of a higher one: n single-bar commits leave about 8 log₈ n chunks, and write each
//! bar about log₈ n times.

use std::ops::Range;

use domain::{error::StoreError, market::Bars};

use super::plan::Entry;
use crate::chunk::CHUNK_BARS;

/// How much larger one class is than the one below.
const CLASS_STEP: usize = 8;

/// Merges small neighbours in place.
pub(super) fn compact(
    entries: &mut Vec<Entry>,
    load: impl Fn(&Entry) -> Result<Bars, StoreError>,
) -> Result<(), StoreError> {
    let mut class_end = CLASS_STEP;
    while class_end <= CHUNK_BARS {
        let mut from = 0;
        while let Some(group) = next_group(entries, from, class_end) {
            from = group.start + 1;
            let parts = entries[group.clone()]
                .iter()
                .map(&load)
                .collect::<Result<Vec<_>, _>>()?;
            let merged = Bars::concat(&parts).map_err(|error| StoreError::Invalid(error.to_string()))?;
            entries.splice(group, [Entry::Fresh(merged)]);
        }
        class_end *= CLASS_STEP;
    }
    Ok(())
}

/// Finds neighbours that are all smaller than `class_end`, fill it together, and fit one chunk.
fn next_group(entries: &[Entry], from: usize, class_end: usize) -> Option<Range<usize>> {
    let (mut begin, mut sum) = (from, 0);
    for (index, entry) in entries.iter().enumerate().skip(from) {
        let bars = entry.bars();
        if bars >= class_end || sum + bars > CHUNK_BARS {
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
    use domain::market::Bar;

    use super::*;

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

    fn load(entry: &Entry) -> Result<Bars, StoreError> {
        match entry {
            Entry::Fresh(bars) => Ok(bars.clone()),
            Entry::Live(_) | Entry::Staged(_) => Err(StoreError::Invalid("not in memory".to_owned())),
        }
    }

    #[test]
    fn ten_thousand_single_bars_leave_few_chunks_and_are_rewritten_few_times() {
        let mut entries = Vec::new();
        let (mut most, mut written) = (0, 0);
        for time in 0..10_000 {
            entries.push(Entry::Fresh(bars(time, 1)));
            let before = entries.len();
            compact(&mut entries, load).unwrap();
            written += if entries.len() < before {
                entries.last().map_or(0, Entry::bars)
            } else {
                1
            };
            most = most.max(entries.len());
        }
        assert!(most <= 8 * 5, "{most} chunks");
        assert!(written <= 10_000 * 5, "{written} bars written");
        let all = entries
            .iter()
            .map(|entry| load(entry).unwrap())
            .collect::<Vec<_>>();
        assert_eq!(Bars::concat(&all).unwrap(), bars(0, 10_000));
    }

    #[test]
    fn chunks_never_grow_beyond_their_size() {
        let mut entries: Vec<Entry> = (0..20)
            .map(|index| Entry::Fresh(bars(index * 30_000, 30_000)))
            .collect();
        compact(&mut entries, load).unwrap();
        assert!(entries.iter().all(|entry| entry.bars() <= CHUNK_BARS));
    }
}
