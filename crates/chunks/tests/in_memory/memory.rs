//! A series whose chunks lie in memory.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::Arc,
};

use chunks::{ChunkAccess, ChunkMeta, Entry, Incoming, Piece, Plan, Rules, gather};
use domain::{
    error::StoreError,
    market::{Bar, Bars, SetDigest, TimeRange, Timestamp, WriteKind},
};
use futures::{FutureExt, StreamExt, executor::block_on, stream};
use proptest::{collection::btree_map, prelude::*};

/// The bars of a series: small numbers by time.
pub(crate) type Values = BTreeMap<i64, u8>;

#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) id: u64,
    pub(crate) contents: Bars,
}

impl ChunkMeta for Chunk {
    fn first(&self) -> i64 {
        self.contents.first_time().unwrap()
    }

    fn last(&self) -> i64 {
        self.contents.last_time().unwrap()
    }

    fn bars(&self) -> u64 {
        self.contents.len() as u64
    }

    fn digest(&self) -> SetDigest {
        self.contents.digest()
    }
}

/// Makes chunks, and remembers which live ones were read.
pub(crate) struct Memory {
    pub(crate) chunk_bars: usize,
    pub(crate) stage_at_once: usize,
    pub(crate) read: RefCell<Vec<u64>>,
    next_id: Cell<u64>,
}

impl Memory {
    pub(crate) fn new(chunk_bars: usize, stage_at_once: usize) -> Self {
        Self {
            chunk_bars,
            stage_at_once,
            read: RefCell::default(),
            next_id: Cell::new(0),
        }
    }

    pub(crate) fn make(&self, bars: &Bars) -> Arc<Chunk> {
        assert!(!bars.is_empty(), "a chunk without bars");
        assert!(bars.len() <= self.chunk_bars, "a chunk of {} bars", bars.len());
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        Arc::new(Chunk {
            id,
            contents: bars.clone(),
        })
    }

    /// Cuts bars into chunks of up to `size` bars, in turn.
    pub(crate) fn cut(&self, bars: &Bars, sizes: &[usize]) -> Vec<Arc<Chunk>> {
        split(bars, sizes, self.chunk_bars)
            .iter()
            .map(|part| self.make(part))
            .collect()
    }

    /// Makes a version of a plan.
    pub(crate) fn carry_out(&self, plan: &Plan<Arc<Chunk>, Arc<Chunk>>) -> Vec<Arc<Chunk>> {
        let chunk = |entry: &Entry<Arc<Chunk>, Arc<Chunk>>| match entry {
            Entry::Live(chunk) | Entry::Staged(chunk) => chunk.clone(),
            Entry::Fresh(bars) => self.make(bars),
        };
        plan.entries.iter().map(chunk).collect()
    }

    /// Takes bars in as a write does that gives them in batches of `sizes`.
    pub(crate) fn gather(&self, bars: &Bars, sizes: &[usize]) -> Vec<Piece<Arc<Chunk>>> {
        let batches = split(bars, sizes, usize::MAX).into_iter().map(Ok);
        let stage = |bars| {
            let chunk = self.make(&bars);
            async move { Ok(chunk) }.boxed()
        };
        let rules = Rules::of(WriteKind::Upsert, false);
        block_on(gather(
            self.chunk_bars,
            2,
            stream::iter(batches).boxed(),
            rules,
            stage,
        ))
        .unwrap()
    }
}

impl ChunkAccess for Memory {
    type Live = Arc<Chunk>;
    type Staged = Arc<Chunk>;

    fn chunk_bars(&self) -> usize {
        self.chunk_bars
    }

    fn stage_at_once(&self) -> usize {
        self.stage_at_once
    }

    fn load_live(&self, chunk: &Arc<Chunk>) -> Result<Bars, StoreError> {
        self.read.borrow_mut().push(chunk.id);
        Ok(chunk.contents.clone())
    }

    fn load_staged(&self, chunk: &Arc<Chunk>) -> Result<Bars, StoreError> {
        Ok(chunk.contents.clone())
    }

    fn stage(&self, bars: &Bars) -> Result<Arc<Chunk>, StoreError> {
        assert!(bars.len() >= self.stage_at_once);
        Ok(self.make(bars))
    }
}

fn split(bars: &Bars, sizes: &[usize], most: usize) -> Vec<Bars> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut sizes = sizes.iter().cycle();
    while from < bars.len() {
        let size = sizes.next().map_or(1, |size| *size.min(&most));
        let to = bars.len().min(from + size);
        parts.push(bars.slice(from..to));
        from = to;
    }
    parts
}

pub(crate) fn concat(chunks: &[Arc<Chunk>]) -> Bars {
    Bars::concat(chunks.iter().map(|chunk| &chunk.contents)).unwrap()
}

pub(crate) fn bars(values: &Values) -> Bars {
    let row = |(time, value): (&i64, &u8)| {
        let price = 1.0 + f64::from(*value);
        Bar {
            time: *time,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 0.0,
        }
    };
    Bars::from_rows(&values.iter().map(row).collect::<Vec<_>>()).unwrap()
}

pub(crate) fn range(start: i64, end: i64) -> TimeRange {
    TimeRange::new(
        Some(Timestamp::saturating(start)),
        Some(Timestamp::saturating(end)),
    )
}

/// A write before it is taken in.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) upserts: Values,
    batches: Vec<usize>,
    pub(crate) clear: Option<TimeRange>,
    pub(crate) deletes: Vec<i64>,
}

impl Asked {
    pub(crate) fn take_in(&self, memory: &Memory) -> Incoming<Arc<Chunk>> {
        Incoming {
            pieces: memory.gather(&bars(&self.upserts), &self.batches),
            clear: self.clear,
            deletes: self.deletes.clone(),
        }
    }
}

pub(crate) fn values(most: usize) -> impl Strategy<Value = Values> {
    btree_map(0_i64..600, 0_u8..3, 0..most)
}

pub(crate) fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1_usize..100, 1..8)
}

/// Any write, to a narrow stretch of the series or to all of it.
pub(crate) fn asked() -> impl Strategy<Value = Asked> {
    let bounds = prop::option::of((0_i64..600, 0_i64..600));
    let deletes = prop::collection::btree_set(0_i64..600, 0..20);
    let stretch = prop_oneof![Just((0, 600)), (0_i64..600, 1_i64..60)];
    (values(300), sizes(), bounds, deletes, stretch).prop_map(
        |(upserts, batches, bounds, deletes, (from, length))| {
            let inside = |time: &i64| (from..from + length).contains(time);
            let upserts: Values = upserts.into_iter().filter(|(time, _)| inside(time)).collect();
            let deletes = deletes
                .into_iter()
                .filter(|time| inside(time) && !upserts.contains_key(time));
            Asked {
                deletes: deletes.collect(),
                upserts,
                batches,
                clear: bounds.map(|(start, end)| range(start, end)),
            }
        },
    )
}
