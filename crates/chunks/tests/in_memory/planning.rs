//! What a plan makes of a series.

use chunks::{ChunkMetaExt, Entry, Incoming, Piece, plan};
use domain::market::{Bars, MergeTally, Patch, TimeRange, Timestamp, merge};
use proptest::prelude::*;

use crate::memory::{Asked, Memory, Values, asked, bars, concat, range, sizes, values};

fn patch(asked: &Asked) -> Patch {
    Patch {
        upserts: bars(&asked.upserts),
        clear: asked.clear,
        deletes: asked.deletes.clone(),
    }
}

proptest! {
    #[test]
    fn a_plan_is_a_merge_cut_into_chunks(
        stored in values(400),
        cut in sizes(),
        asked in asked(),
        chunk_bars in prop_oneof![Just(1_usize), Just(8), Just(64)],
        stage_at_once in 1_usize..130,
    ) {
        let memory = Memory::new(chunk_bars, stage_at_once);
        let stored = bars(&stored);
        let live = memory.cut(&stored, &cut);
        let planned = plan(&memory, &live, &asked.take_in(&memory)).unwrap();

        let merged = merge(&stored, &patch(&asked));
        prop_assert_eq!(planned.tally, merged.tally);
        prop_assert!(planned.entries.iter().all(|entry| (1..=chunk_bars).contains(&entry.bars())));
        // `concat` refuses chunks that overlap or do not ascend.
        prop_assert_eq!(concat(&memory.carry_out(&planned)), merged.bars);
        if planned.tally.is_unchanged() {
            prop_assert!(planned.entries.iter().all(|entry| matches!(entry, Entry::Live(_))));
            prop_assert_eq!(planned.entries.len(), live.len());
        }
    }

    #[test]
    fn a_window_around_what_comes_in_is_enough(
        stored in values(400),
        cut in sizes(),
        asked in asked(),
        around in 0_usize..4,
    ) {
        let memory = Memory::new(8, 4);
        let stored = bars(&stored);
        let live = memory.cut(&stored, &cut);
        let incoming = asked.take_in(&memory);
        let Some((first, last)) = incoming.span() else { return Ok(()) };
        let from = live.partition_point(|chunk| chunk.contents.last_time() < Some(first));
        let to = live.partition_point(|chunk| chunk.contents.first_time() <= Some(last));
        let (from, to) = (from.saturating_sub(around), live.len().min(to + around));
        let planned = plan(&memory, &live[from..to], &incoming).unwrap();

        let mut after = live[..from].to_vec();
        after.extend(memory.carry_out(&planned));
        after.extend_from_slice(&live[to..]);
        let merged = merge(&stored, &patch(&asked));
        prop_assert_eq!(planned.tally, merged.tally);
        prop_assert_eq!(concat(&after), merged.bars);
    }
}

fn ascending(count: i64) -> Bars {
    bars(&(0..count).map(|time| (time, 0)).collect::<Values>())
}

#[test]
fn bars_that_are_too_many_for_a_chunk_are_cut_evenly() {
    let memory = Memory::new(8, 100);
    let incoming = Incoming {
        pieces: vec![Piece::Held(ascending(18))],
        clear: None,
        deletes: Vec::new(),
    };
    let planned = plan(&memory, &[], &incoming).unwrap();
    let sizes: Vec<usize> = planned.entries.iter().map(Entry::bars).collect();
    assert_eq!(sizes, [6, 6, 6]);
}

#[test]
fn chunks_that_a_write_leaves_alone_are_not_read() {
    let memory = Memory::new(8, 8);
    let live = memory.cut(&ascending(64), &[8]);
    let incoming = Incoming {
        pieces: vec![Piece::Held(bars(&Values::from([(20, 1)])))],
        clear: Some(range(40, 48)),
        deletes: vec![3],
    };
    let planned = plan(&memory, &live, &incoming).unwrap();
    let (changed, deleted) = (planned.tally.changed, planned.tally.deleted);
    assert_eq!((changed, deleted), (1, 8 + 1));
    assert_eq!(*memory.read.borrow(), [0, 2]);
}

#[test]
fn what_is_written_twice_changes_nothing() {
    let memory = Memory::new(8, 8);
    let live = memory.cut(&ascending(20), &[5]);
    let incoming = Incoming {
        pieces: memory.gather(&ascending(20), &[20]),
        clear: Some(TimeRange::ALL),
        deletes: Vec::new(),
    };
    let planned = plan(&memory, &live, &incoming).unwrap();
    assert_eq!(planned.tally, MergeTally::default());
    assert_eq!(planned.entries.len(), 4);
}

#[test]
fn a_span_reaches_over_all_that_comes_and_goes() {
    let mut incoming = Incoming {
        pieces: Memory::new(8, 8).gather(&ascending(20), &[20]),
        clear: None,
        deletes: vec![-7, 30],
    };
    assert_eq!(incoming.span(), Some((-7, 30)));
    incoming.clear = Some(TimeRange::new(Some(Timestamp::saturating(5)), None));
    assert_eq!(incoming.span(), Some((-7, i64::MAX)));
    incoming.deletes.clear();
    incoming.clear = Some(range(90, 80));
    assert_eq!(incoming.span(), Some((0, 19)));
    incoming.pieces.clear();
    assert_eq!(incoming.span(), None);
}

#[test]
fn a_chunk_lies_in_a_range_that_holds_its_last_bar() {
    let chunk = Memory::new(8, 8).make(&ascending(8));
    assert!(chunk.lies_in(&range(0, 8)));
    assert!(!chunk.lies_in(&range(0, 7)));
    assert!(chunk.touches(&range(7, 9)));
    assert!(!chunk.touches(&range(8, 9)));
}
