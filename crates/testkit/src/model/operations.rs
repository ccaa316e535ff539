//! Random sequences of operations, made so that writes collide, repeat and fail now and then.

use domain::market::{Bars, Column, ColumnSet, Order, SeriesSort, TimeRange, Timestamp, WriteKind};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::bars::{DAY, MONDAY, grid_bars};

/// How many series the operations deal with.
pub(super) const SERIES: usize = 3;
/// How many days the bars lie on.
const SLOTS: i64 = 45;

/// Which version a write expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// None in particular.
    Any,
    /// The head, as it is.
    Head,
    /// The version that is so far from the head; never the head.
    Stale(u64),
}

/// Which state is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The newest.
    Head,
    /// A version, counted around from 0 to the one behind the head.
    Version(u64),
    /// The time of a commit, counted around, and so many µs.
    Commit(u64, i64),
}

/// One step of a sequence; series are numbers below 3, page sizes begin at 1.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the port's requests")]
pub enum Operation {
    /// A write; a keyed one can be repeated later on.
    Write {
        series: usize,
        kind: WriteKind,
        bars: Bars,
        expected: Expected,
        keyed: bool,
        batch: usize,
    },
    /// An earlier keyed write once more, with other bars if `altered`.
    Repeat { nth: usize, altered: bool },
    /// A revert.
    Revert {
        series: usize,
        to: Moment,
        expected: Expected,
    },
    /// A purge.
    Purge { series: usize },
    /// Another zone for the instrument of a series.
    Rezone { series: usize, zone: &'static str },
    /// The store is closed and opened again.
    Restart,
    /// What follows goes through another handle.
    OtherHandle,
    /// The clock is moved.
    Clock { micros: i64 },
    /// A read.
    Read {
        series: usize,
        as_of: Moment,
        range: TimeRange,
        limit: Option<u64>,
        order: Order,
        columns: ColumnSet,
    },
    /// A difference.
    Diff { series: usize, from: u64, to: u64 },
    /// The commit behind a state.
    CommitAt { series: usize, as_of: Moment },
    /// All commits, by pages.
    Commits { series: usize, limit: usize },
    /// All gaps, by pages.
    Gaps { series: usize, limit: usize },
    /// The catalogue, by pages.
    List {
        sort: SeriesSort,
        order: Order,
        limit: usize,
    },
}

/// Sequences of up to `most` operations.
pub fn operations(most: usize) -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 1..=most)
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![10 => write(), 5 => other_change(), 3 => surroundings(), 12 => question()]
}

fn series() -> impl Strategy<Value = usize> {
    // Most operations meet on the first series.
    prop_oneof![3 => Just(0), 1 => Just(1), 1 => Just(SERIES - 1)]
}

fn range() -> impl Strategy<Value = TimeRange> {
    let bound = || {
        let near = (-2..SLOTS + 2, -1..=1_i64)
            .prop_map(|(day, micros)| Timestamp::saturating(MONDAY + day * DAY + micros));
        proptest::option::weighted(0.85, near)
    };
    // Bounds in the wrong order are rare but occur.
    (bound(), bound(), prop::bool::weighted(0.9)).prop_map(|(a, b, sorted)| match (a, b) {
        (Some(a), Some(b)) if sorted => TimeRange::new(Some(a.min(b)), Some(a.max(b))),
        _ => TimeRange::new(a, b),
    })
}

fn expected() -> impl Strategy<Value = Expected> {
    prop_oneof![
        6 => Just(Expected::Any),
        3 => Just(Expected::Head),
        1 => (1..4_u64).prop_map(Expected::Stale),
    ]
}

fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        2 => Just(Moment::Head),
        4 => any::<u64>().prop_map(Moment::Version),
        2 => (any::<u64>(), -1..=1_i64).prop_map(|(number, micros)| Moment::Commit(number, micros)),
    ]
}

fn write() -> impl Strategy<Value = Operation> {
    let bars = prop_oneof![3 => grid_bars(DAY, SLOTS, 6), 2 => grid_bars(DAY, SLOTS, SLOTS as usize)];
    let kind = prop_oneof![
        5 => Just(WriteKind::Upsert),
        2 => range().prop_map(WriteKind::ReplaceRange),
        2 => range().prop_map(WriteKind::DeleteRange),
    ];
    (
        series(),
        kind,
        bars,
        expected(),
        prop::bool::weighted(0.3),
        select(vec![1, 7, 1_000]),
    )
        .prop_map(|(series, kind, bars, expected, keyed, batch)| {
            let bars = match kind {
                WriteKind::Upsert => bars,
                WriteKind::ReplaceRange(range) => bars.within(&range),
                WriteKind::DeleteRange(_) => Bars::default(),
            };
            Operation::Write {
                series,
                kind,
                bars,
                expected,
                keyed,
                batch,
            }
        })
}

fn other_change() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (any::<usize>(), prop::bool::weighted(0.2)).prop_map(|(nth, altered)| Operation::Repeat { nth, altered }),
        4 => (series(), moment(), expected())
            .prop_map(|(series, to, expected)| Operation::Revert { series, to, expected }),
        1 => series().prop_map(|series| Operation::Purge { series }),
        1 => (series(), select(vec!["UTC", "America/New_York", "+05:30"]))
            .prop_map(|(series, zone)| Operation::Rezone { series, zone }),
    ]
}

fn surroundings() -> impl Strategy<Value = Operation> {
    prop_oneof![
        2 => Just(Operation::Restart),
        2 => Just(Operation::OtherHandle),
        1 => (-10_000_000_i64..10_000_000).prop_map(|micros| Operation::Clock { micros }),
    ]
}

fn question() -> impl Strategy<Value = Operation> {
    let order = || select(vec![Order::Ascending, Order::Descending]);
    let columns = proptest::sample::subsequence(Column::ALL.to_vec(), 0..=5)
        .prop_map(|columns| columns.into_iter().collect());
    let limit = proptest::option::of(0..60_u64);
    let sorts = vec![
        SeriesSort::Key,
        SeriesSort::Bars,
        SeriesSort::First,
        SeriesSort::Last,
        SeriesSort::Gaps,
        SeriesSort::Updated,
    ];
    prop_oneof![
        6 => (series(), moment(), range(), limit, order(), columns).prop_map(
            |(series, as_of, range, limit, order, columns)| Operation::Read { series, as_of, range, limit, order, columns }
        ),
        3 => (series(), any::<u64>(), any::<u64>()).prop_map(|(series, from, to)| Operation::Diff { series, from, to }),
        2 => (series(), moment()).prop_map(|(series, as_of)| Operation::CommitAt { series, as_of }),
        1 => (series(), 1..5_usize).prop_map(|(series, limit)| Operation::Commits { series, limit }),
        1 => (series(), 1..4_usize).prop_map(|(series, limit)| Operation::Gaps { series, limit }),
        1 => (select(sorts), order(), 1..4_usize)
            .prop_map(|(sort, order, limit)| Operation::List { sort, order, limit }),
    ]
}
