//! Answers compared, without what each store is free to do in its own way.

use std::{fmt::Debug, mem::discriminant};

use domain::{
    error::StoreError,
    id::SeriesId,
    market::{BarFrame, SeriesHead, Timestamp, Written},
};
use uuid::Uuid;

/// The time that a store gave to a commit is its own affair, as long as times rise; the model takes it over.
pub(super) fn time_of(answer: &Result<Written, StoreError>) -> Timestamp {
    match answer {
        Ok(Written::Committed(commit)) => commit.committed_at,
        _ => Timestamp::EPOCH,
    }
}

/// Leaves out what no two stores share: the identity and the size on disk.
pub(super) fn bare(head: SeriesHead) -> SeriesHead {
    SeriesHead {
        id: SeriesId::from_uuid(Uuid::nil()),
        bytes: 0,
        ..head
    }
}

pub(super) fn outcome(written: Written) -> Written {
    match written {
        Written::Committed(commit) => Written::Committed(commit),
        Written::Repeated(commit) => Written::Repeated(commit),
        Written::Unchanged(head) => Written::Unchanged(head.map(bare)),
    }
}

/// Compares an answer of the store with that of the model; errors are the same when they are of one kind.
pub(super) fn same<T: PartialEq + Debug>(
    store: Result<T, StoreError>,
    model: Result<T, StoreError>,
) -> Result<(), String> {
    match (store, model) {
        (Ok(store), Ok(model)) if store == model => Ok(()),
        (Err(store), Err(model)) if discriminant(&store) == discriminant(&model) => Ok(()),
        (store, model) => Err(format!(
            "the store answers\n  {store:?}\nand the model\n  {model:?}"
        )),
    }
}

/// Takes a frame as bits, so that an unknown volume equals an unknown volume.
pub(super) fn bits(frame: BarFrame) -> (Vec<i64>, [Option<Vec<u64>>; 5]) {
    let bits = |column: Vec<f64>| column.into_iter().map(f64::to_bits).collect();
    (frame.time, frame.columns.map(|column| column.map(bits)))
}
