//! What becomes of the bars of a write as they come in.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chunks::{Piece, Rules, gather, gather_changes};
use domain::{
    error::StoreError,
    market::{Bars, Changes, WriteKind},
};
use futures::{FutureExt, StreamExt, executor::block_on, stream};
use proptest::prelude::*;

use crate::memory::{Chunk, Memory, Values, bars, range, sizes, values};

fn contents(piece: &Piece<Arc<Chunk>>) -> &Bars {
    match piece {
        Piece::Held(bars) => bars,
        Piece::Staged(chunk) => &chunk.contents,
    }
}

proptest! {
    #[test]
    fn batches_of_any_size_become_full_chunks_and_a_rest(given in values(400), batches in sizes()) {
        let given = bars(&given);
        let pieces = Memory::new(64, 64).gather(&given, &batches);

        prop_assert_eq!(Bars::concat(pieces.iter().map(contents)).unwrap(), given);
        if let Some((last, full)) = pieces.split_last() {
            prop_assert!(full.iter().all(|piece| matches!(piece, Piece::Staged(chunk) if chunk.contents.len() == 64)));
            prop_assert!(matches!(last, Piece::Held(bars) if (1..=64).contains(&bars.len())));
        }
    }
}

#[test]
fn no_more_chunks_are_staged_at_once_than_was_said() {
    let given = bars(&(0..100).map(|time| (time, 0)).collect::<Values>());
    let (begun, most) = (Arc::new(AtomicUsize::new(0)), Cell::new(0));
    let stage = |bars: Bars| {
        let begun = begun.clone();
        let now = begun.fetch_add(1, Ordering::Relaxed) + 1;
        most.set(most.get().max(now));
        async move {
            begun.fetch_sub(1, Ordering::Relaxed);
            Ok(bars.len())
        }
        .boxed()
    };
    let rules = Rules::of(WriteKind::Upsert, false);
    let pieces = block_on(gather(8, 3, stream::iter([Ok(given)]).boxed(), rules, stage)).unwrap();
    assert_eq!(pieces.len(), 13);
    assert_eq!(most.get(), 3);
}

fn refusal(kind: WriteKind, batches: Vec<Bars>) -> String {
    let stage = |_| async { Ok(()) }.boxed();
    let batches = stream::iter(batches.into_iter().map(Ok)).boxed();
    match block_on(gather(8, 2, batches, Rules::of(kind, false), stage)) {
        Err(StoreError::Invalid(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

fn at(time: i64) -> Bars {
    bars(&Values::from([(time, 0)]))
}

#[test]
fn batches_that_do_not_ascend_are_refused() {
    let problem = refusal(WriteKind::Upsert, vec![at(2), at(2)]);
    assert!(problem.starts_with("bars must ascend"), "{problem}");
}

#[test]
fn bars_outside_the_range_that_they_replace_are_refused() {
    let problem = refusal(WriteKind::ReplaceRange(range(0, 2)), vec![at(0), at(2)]);
    assert!(problem.contains("outside the range"), "{problem}");
}

#[test]
fn a_deletion_that_brings_bars_is_refused() {
    let problem = refusal(WriteKind::DeleteRange(range(0, 2)), vec![at(0)]);
    assert_eq!(problem, "a write that deletes a range brings no bars");
}

#[test]
fn changes_come_in_as_upserts_and_deletes() {
    let (earlier, later) = (
        Values::from([(1, 0), (2, 0), (3, 0)]),
        Values::from([(2, 1), (4, 0)]),
    );
    let changes = Changes::between(&bars(&earlier), &bars(&later));
    let stage = |bars: Bars| async move { Ok(Memory::new(8, 8).make(&bars)) }.boxed();
    let incoming = block_on(gather_changes(8, 2, stream::iter([Ok(changes)]).boxed(), stage)).unwrap();
    let upserts: Vec<_> = incoming.pieces.iter().map(contents).cloned().collect();
    assert_eq!(upserts, [bars(&later)]);
    assert_eq!(incoming.deletes, [1, 3]);
}
