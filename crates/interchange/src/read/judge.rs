//! The checks of rows against the rules of their series.

use std::{collections::VecDeque, sync::Arc};

use domain::market::{Timeframe, TimeframeUnit, Timestamp, Zone};
use jiff::{ToSpan, tz::TimeZone};

use super::{
    DuplicateRule, ReadError, Refusal, Rule, Stamp,
    columns::Role,
    local::LocalClock,
    row::{Clue, Row},
    store::{RowStream, SortedRows},
    time::DAY,
};

/// The most rows that may share one time.
const CROWD: usize = 1 << 16;

/// What the rows of a series are held to.
#[derive(Debug, Clone)]
pub(super) struct Law {
    pub(super) timeframe: Timeframe,
    pub(super) zone: Zone,
    pub(super) allows_nonpositive: bool,
    pub(super) duplicates: DuplicateRule,
    /// The last time that is not in the future: of longer bars, today's date in the instrument's zone.
    pub(super) present: i64,
    pub(super) grid: Option<Grid>,
    /// Which end of the bars the times of each file name.
    pub(super) stamps: Arc<[Stamp]>,
    /// The names of the files.
    pub(super) files: Arc<[String]>,
}

/// The grid of bars of equal length: where they open, counted from the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) length: i64,
    pub(super) phase: i64,
    /// The phase in local time, which frames of some hours may keep instead.
    pub(super) local_phase: Option<i64>,
}

/// Rows of a series with the times of their bars.
#[derive(Debug, Clone)]
pub(super) enum Placed {
    /// Rows of some slots whose order the placing keeps.
    InOrder(SortedRows, Vec<u32>),
    /// Rows that were placed and sorted again.
    Sorted(SortedRows),
}

/// What became of a row.
#[derive(Debug)]
pub(super) enum Verdict {
    Kept(Row),
    /// Another row stands for it.
    Dropped,
    Rejected {
        row: Row,
        rule: Rule,
        column: Role,
        other: Option<Row>,
    },
}

/// Moves the times of rows to where their bars open.
pub(super) struct Placer {
    timeframe: Timeframe,
    clock: LocalClock,
    stamps: Arc<[Stamp]>,
}

impl Placer {
    pub(super) fn new(law: &Law) -> Self {
        let clock = LocalClock::new(&law.zone);
        Self {
            timeframe: law.timeframe,
            clock,
            stamps: Arc::clone(&law.stamps),
        }
    }

    pub(super) fn place(&mut self, mut row: Row) -> Row {
        let closes = self.stamps.get(row.file as usize) == Some(&Stamp::Close);
        if self.timeframe.is_intraday() {
            if closes {
                row.time = row.time.saturating_sub(self.timeframe.nominal_micros());
            }
            return row;
        }
        let ahead = if row.clue.is(Clue::PLACELESS) {
            i64::from(self.clock.ahead(row.time)) * super::time::SECOND
        } else {
            row.clue.ahead_micros()
        };
        let local = row.time + ahead;
        row.time = match closes {
            false => local.div_euclid(DAY) * DAY,
            // A date names the day that ends with it; midnight ends the day before.
            true if row.clue.is(Clue::DATE) => opening(self.timeframe, (local.div_euclid(DAY) + 1) * DAY),
            true => opening(self.timeframe, ((local - 1).div_euclid(DAY) + 1) * DAY),
        };
        row
    }
}

/// Returns when the bar opens that ends at `end`, a midnight taken as UTC.
fn opening(timeframe: Timeframe, end: i64) -> i64 {
    if timeframe.unit() != TimeframeUnit::Month {
        return end.saturating_sub(timeframe.nominal_micros());
    }
    let months = i64::from(timeframe.count()).months();
    jiff::Timestamp::from_microsecond(end)
        .map(|end| end.to_zoned(TimeZone::UTC).datetime())
        .and_then(|end| end.checked_sub(months))
        .and_then(|open| open.to_zoned(TimeZone::UTC))
        .map_or(i64::MIN, |open| open.timestamp().as_microsecond())
}

/// The rows of one series where their bars open, in the order of time.
pub(super) struct PlacedRows {
    rows: RowStream,
    /// `None` when they lie there already.
    placer: Option<Placer>,
}

impl PlacedRows {
    pub(super) fn new(placed: &Placed, law: &Law) -> Self {
        match placed {
            Placed::InOrder(rows, slots) => Self {
                rows: rows.of(slots),
                placer: Some(Placer::new(law)),
            },
            Placed::Sorted(rows) => Self {
                rows: rows.of(&[0]),
                placer: None,
            },
        }
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        let row = self.rows.next().transpose()?;
        Ok(match &mut self.placer {
            Some(placer) => row.map(|row| placer.place(row)),
            None => row,
        })
    }
}

/// Judges the rows of one series in the order of time.
pub(super) struct Judge {
    rows: PlacedRows,
    local: LocalClock,
    law: Law,
    /// Rows of one time.
    group: Vec<Row>,
    /// The first row behind the group.
    ahead: Option<Row>,
    ready: VecDeque<Verdict>,
}

impl Judge {
    pub(super) fn new(placed: &Placed, law: Law) -> Self {
        Self {
            rows: PlacedRows::new(placed, &law),
            local: LocalClock::new(&law.zone),
            law,
            group: Vec::new(),
            ahead: None,
            ready: VecDeque::new(),
        }
    }

    fn advance(&mut self) -> Result<Option<Verdict>, ReadError> {
        loop {
            if let Some(verdict) = self.ready.pop_front() {
                return Ok(Some(verdict));
            }
            let first = match self.ahead.take() {
                Some(row) => row,
                None => match self.rows.next_row()? {
                    Some(row) => row,
                    None => return Ok(None),
                },
            };
            self.ahead = self.rows.next_row()?;
            if self.ahead.is_none_or(|ahead| ahead.time != first.time) {
                // Nearly every time has one row.
                return Ok(Some(self.judge_alone(first)));
            }
            self.take_group(first)?;
            self.judge_group();
        }
    }

    fn judge_alone(&mut self, row: Row) -> Verdict {
        match self.fault(&row) {
            None => Verdict::Kept(row),
            Some((rule, column)) => Verdict::Rejected {
                row,
                rule,
                column,
                other: None,
            },
        }
    }

    fn take_group(&mut self, first: Row) -> Result<(), ReadError> {
        self.group.clear();
        self.group.push(first);
        while let Some(row) = self.ahead.filter(|row| row.time == first.time) {
            if self.group.len() == CROWD {
                let file = self.law.files.get(row.file as usize).map_or("", String::as_str);
                let message = format!(
                    "more than {CROWD} rows have the time {}; is there a column for the symbol that was not recognised?",
                    Timestamp::saturating(row.time)
                );
                return Err(Refusal::new(file, Rule::CrowdedTime, message).into());
            }
            self.group.push(row);
            self.ahead = self.rows.next_row()?;
        }
        Ok(())
    }

    fn judge_group(&mut self) {
        let mut group = std::mem::take(&mut self.group);
        group.retain(|row| match self.fault(row) {
            None => true,
            Some((rule, column)) => {
                self.ready.push_back(Verdict::Rejected {
                    row: *row,
                    rule,
                    column,
                    other: None,
                });
                false
            }
        });
        group.sort_unstable_by_key(|row| (row.file, row.place));
        let conflict = group.iter().any(|row| !row.same_values(&group[0]));
        let kept = match (conflict, self.law.duplicates) {
            (false, _) | (true, DuplicateRule::First) => Some(0),
            (true, DuplicateRule::Last) => group.len().checked_sub(1),
            (true, DuplicateRule::Quarantine) => None,
        };
        for (index, row) in group.iter().enumerate() {
            self.ready.push_back(match kept {
                Some(kept) if kept == index => Verdict::Kept(*row),
                Some(_) => Verdict::Dropped,
                None => {
                    let other = group.iter().find(|other| !other.same_values(row)).copied();
                    let (rule, column) = (Rule::ConflictingDuplicate, Role::Time);
                    Verdict::Rejected {
                        row: *row,
                        rule,
                        column,
                        other,
                    }
                }
            });
        }
        self.group = group;
    }

    /// Finds the first rule that a row breaks by itself.
    fn fault(&mut self, row: &Row) -> Option<(Rule, Role)> {
        if self.law.timeframe.is_intraday() && row.clue.is(Clue::FOLD | Clue::HOLE) {
            let rule = if row.clue.is(Clue::FOLD) {
                Rule::DstFold
            } else {
                Rule::DstHole
            };
            return Some((rule, Role::Time));
        }
        let [open, _, low, close, _] = row.values;
        if low <= 0.0 && !self.law.allows_nonpositive {
            // The low is the least, so that one of the others is often the better culprit to name.
            let column = if open <= 0.0 {
                Role::Open
            } else if close <= 0.0 {
                Role::Close
            } else {
                Role::Low
            };
            return Some((Rule::NonpositivePrice, column));
        }
        if Timestamp::from_micros(row.time).is_err() {
            return Some((Rule::BadTime, Role::Time));
        }
        if row.time > self.law.present {
            return Some((Rule::InFuture, Role::Time));
        }
        let grid = self.law.grid?;
        let on_grid = row.time.rem_euclid(grid.length) == grid.phase
            || grid.local_phase.is_some_and(|phase| {
                let ahead = i64::from(self.local.ahead(row.time)) * super::time::SECOND;
                (row.time + ahead).rem_euclid(grid.length) == phase
            });
        (!on_grid).then_some((Rule::OffGrid, Role::Time))
    }
}

impl Iterator for Judge {
    type Item = Result<Verdict, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

/// Says what is wrong with a row that was rejected.
pub(super) fn explain(law: &Law, row: &Row, rule: Rule, other: Option<&Row>) -> String {
    let time = Timestamp::saturating(row.time);
    match rule {
        Rule::DstFold => {
            "this local time occurs twice, as clocks are set back; give the offset with it".to_owned()
        }
        Rule::DstHole => "this local time does not occur, as clocks are set forward".to_owned(),
        Rule::NonpositivePrice => {
            let [open, high, low, close, _] = row.values;
            let price = [open, close, low, high]
                .into_iter()
                .find(|price| *price <= 0.0)
                .unwrap_or(low);
            format!("the price {price} is not above zero, and the instrument does not allow that")
        }
        Rule::InFuture => format!("the bar opens at {time}, which is in the future"),
        Rule::OffGrid => match law.grid {
            Some(grid) => {
                let late = (row.time - grid.phase).rem_euclid(grid.length);
                format!(
                    "{time} lies {} s behind the opening of a {} bar",
                    late as f64 / 1e6,
                    law.timeframe
                )
            }
            None => format!("{time} lies off the grid"),
        },
        Rule::ConflictingDuplicate => match other {
            Some(other) if other.file == row.file => {
                format!(
                    "the row at {} has the time {time} too, and other values",
                    other.place
                )
            }
            Some(other) => {
                let file = law.files.get(other.file as usize).map_or("", String::as_str);
                format!("{file}:{} has the time {time} too, and other values", other.place)
            }
            None => format!("another row has the time {time} and other values"),
        },
        _ => format!("{time} can't be kept"),
    }
}
