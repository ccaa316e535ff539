//! What must be known of a whole series before its rows can be judged: the grid's phase, the usual move.

use std::collections::HashMap;

use domain::market::{Timeframe, TimeframeUnit};

use super::{
    ReadError, ReadOptions,
    judge::{Grid, Law, Placed, Placer},
    local::LocalClock,
    row::{Clue, Row},
    store::{RowStore, SortedRows},
    time::{DAY, SECOND},
};

/// The most phases that are told apart; a grid has one.
const PHASES: usize = 1 << 16;
/// How many moves there must be to say what is usual.
const LEAST_MOVES: u64 = 30;
const HOUR: i64 = 3600 * SECOND;

/// What a first look at a series finds.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) phase: Option<i64>,
    pub(super) local_phase: Option<i64>,
    /// The median of the logarithms of close to close, of moves other than zero.
    pub(super) usual_move: Option<f64>,
    /// Whether placing keeps the rows in order.
    pub(super) in_order: bool,
}

impl Survey {
    /// Looks at all rows of the slots.
    pub(super) fn of(rows: &SortedRows, slots: &[u32], law: &Law) -> Result<Self, ReadError> {
        let length = grid_length(law.timeframe);
        let local = keeps_local_hours(law.timeframe);
        let mut placer = Placer::new(law);
        let mut clock = LocalClock::new(&law.zone);
        let (mut phases, mut local_phases) = (Counts::default(), Counts::default());
        let mut moves = Moves::new(law.timeframe);
        let (mut in_order, mut before) = (true, i64::MIN);
        rows.visit(slots, |row| {
            let row = placer.place(*row);
            in_order &= row.time >= before;
            before = row.time;
            moves.add(&row);
            if let Some(length) = length
                && !row.clue.is(Clue::FOLD | Clue::HOLE)
            {
                phases.add(row.time.rem_euclid(length));
                if local {
                    let ahead = i64::from(clock.ahead(row.time)) * SECOND;
                    local_phases.add((row.time + ahead).rem_euclid(length));
                }
            }
        })?;
        let usual_move = moves.median();
        Ok(Self {
            phase: phases.commonest(),
            local_phase: local_phases.commonest(),
            usual_move,
            in_order,
        })
    }

    /// Returns the grid: that of a stored bar, else the commonest.
    pub(super) fn grid(&self, law: &Law, stored: Option<i64>) -> Option<Grid> {
        let length = grid_length(law.timeframe)?;
        let local = keeps_local_hours(law.timeframe);
        let Some(stored) = stored else {
            return Some(Grid {
                length,
                phase: self.phase?,
                local_phase: self.local_phase,
            });
        };
        let ahead = i64::from(LocalClock::new(&law.zone).ahead(stored)) * SECOND;
        let local_phase = local.then(|| (stored + ahead).rem_euclid(length));
        Some(Grid {
            length,
            phase: stored.rem_euclid(length),
            local_phase,
        })
    }
}

/// Returns the length of bars that lie on a grid; days are dates, weeks and months take the dates given.
fn grid_length(timeframe: Timeframe) -> Option<i64> {
    match timeframe.unit() {
        TimeframeUnit::Week | TimeframeUnit::Month => None,
        _ if timeframe == Timeframe::DAY => None,
        _ => timeframe.micros(),
    }
}

/// Tells whether bars may keep their local hours when clocks change.
fn keeps_local_hours(timeframe: Timeframe) -> bool {
    (HOUR + 1..DAY).contains(&timeframe.nominal_micros())
}

/// Places the rows and sorts them again where placing does not keep their order.
pub(super) fn placed(
    rows: &SortedRows,
    slots: Vec<u32>,
    law: &Law,
    in_order: bool,
    options: &ReadOptions,
) -> Result<Placed, ReadError> {
    if in_order {
        return Ok(Placed::InOrder(rows.clone(), slots));
    }
    let mut placer = Placer::new(law);
    let mut store = RowStore::new(options.memory_rows, &options.scratch);
    for row in rows.of(&slots) {
        store.push(Row {
            series: 0,
            ..placer.place(row?)
        })?;
    }
    store.finish().map(Placed::Sorted)
}

#[derive(Default)]
struct Counts {
    counts: HashMap<i64, u64>,
    /// The last phase and how often it came in a row: nearly all rows have the same.
    run: (i64, u64),
}

impl Counts {
    fn add(&mut self, phase: i64) {
        if phase != self.run.0 {
            self.end_run();
            self.run.0 = phase;
        }
        self.run.1 += 1;
    }

    fn end_run(&mut self) {
        let (phase, times) = std::mem::take(&mut self.run);
        if let Some(count) = self.counts.get_mut(&phase) {
            *count += times;
        } else if times > 0 && self.counts.len() < PHASES {
            self.counts.insert(phase, times);
        }
    }

    fn commonest(&mut self) -> Option<i64> {
        self.end_run();
        self.counts
            .iter()
            .max_by_key(|(phase, count)| (**count, std::cmp::Reverse(**phase)))
            .map(|(phase, _)| *phase)
    }
}

/// The moves from close to close: of intraday bars those without a gap between.
pub(super) struct Moves {
    spacing: Option<i64>,
    last: Option<(i64, f64)>,
    /// How many moves there are by the leading bits of their size.
    sizes: Vec<u64>,
    total: u64,
}

/// Drops all but the first 7 bits of a fraction: sizes are told apart to 1 %.
const SIZE_BITS: u32 = 45;
/// How many sizes that leaves: sizes have no sign.
const SIZES: usize = 1 << (63 - SIZE_BITS);

impl Moves {
    pub(super) fn new(timeframe: Timeframe) -> Self {
        let spacing = timeframe.is_intraday().then(|| timeframe.nominal_micros());
        Self {
            spacing,
            last: None,
            sizes: Vec::new(),
            total: 0,
        }
    }

    /// Returns the ratio of the closes of the next row and the one before.
    pub(super) fn ratio_to(&mut self, row: &Row) -> Option<f64> {
        let close = row.values[3];
        let last = self.last.replace((row.time, close));
        let (time, before) = last?;
        let adjacent = self.spacing.is_none_or(|spacing| row.time - time == spacing);
        (adjacent && before > 0.0 && close > 0.0).then(|| close / before)
    }

    /// Returns the size of a move, the absolute logarithm of the closes' ratio.
    pub(super) fn size(ratio: f64) -> f64 {
        ratio.ln().abs()
    }

    fn add(&mut self, row: &Row) {
        let Some(size) = self.ratio_to(row).map(Self::size).filter(|size| *size > 0.0) else {
            return;
        };
        if self.sizes.is_empty() {
            self.sizes = vec![0; SIZES];
        }
        self.sizes[(size.to_bits() >> SIZE_BITS) as usize] += 1;
        self.total += 1;
    }

    fn median(&self) -> Option<f64> {
        if self.total < LEAST_MOVES {
            return None;
        }
        let mut before = 0;
        (0_u64..).zip(&self.sizes).find_map(|(size, count)| {
            before += count;
            (before * 2 >= self.total).then(|| f64::from_bits((size << SIZE_BITS) | (1 << (SIZE_BITS - 1))))
        })
    }
}
