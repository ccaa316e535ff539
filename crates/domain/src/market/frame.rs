//! Some columns of some bars: what a read returns.

use std::{fmt, str::FromStr};

use super::{Bars, BarsError};

/// A column of values. The time is in every frame and is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The first price.
    Open,
    /// The highest price.
    High,
    /// The lowest price.
    Low,
    /// The last price.
    Close,
    /// What was traded.
    Volume,
}

/// A text names no column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a column; columns are time, open, high, low, close and volume")]
pub struct ColumnError(String);

impl Column {
    /// Every column, in the order of storage.
    pub const ALL: [Self; 5] = [Self::Open, Self::High, Self::Low, Self::Close, Self::Volume];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of columns; the time always belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSet(u8);

impl ColumnSet {
    /// Every column.
    pub const ALL: Self = Self(0b1_1111);
    /// The time alone.
    pub const TIME: Self = Self(0);

    /// Tells whether `column` belongs to the set.
    pub fn contains(self, column: Column) -> bool {
        self.0 & (1 << column as u8) != 0
    }

    /// Walks over the columns in the order of storage.
    pub fn iter(self) -> impl Iterator<Item = Column> {
        Column::ALL
            .into_iter()
            .filter(move |column| self.contains(*column))
    }
}

impl FromIterator<Column> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = Column>>(columns: I) -> Self {
        Self(
            columns
                .into_iter()
                .fold(0, |set, column| set | (1 << column as u8)),
        )
    }
}

impl FromStr for ColumnSet {
    type Err = ColumnError;

    /// Reads a list such as `time,close,volume`.
    fn from_str(text: &str) -> Result<Self, ColumnError> {
        let named = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.eq_ignore_ascii_case("time"));
        named
            .map(|name| {
                let column = Column::ALL
                    .into_iter()
                    .find(|column| column.as_str().eq_ignore_ascii_case(name));
                column.ok_or_else(|| ColumnError(name.to_owned()))
            })
            .collect()
    }
}

/// A batch of a read: the times and the columns that were asked for, all of equal length.
///
/// Times ascend or descend strictly, as the query said; each batch continues the one before it.
#[derive(Debug, Clone, Default)]
pub struct BarFrame {
    /// Opening times, µs since the epoch, UTC.
    pub time: Vec<i64>,
    /// Open, high, low, close and volume, indexed by [`Column`]; `None` where it was not asked for.
    pub columns: [Option<Vec<f64>>; 5],
}

impl BarFrame {
    /// Returns how many bars there are.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Returns a column, if it was asked for.
    pub fn column(&self, column: Column) -> Option<&[f64]> {
        self.columns[column as usize].as_deref()
    }

    /// Keeps the columns of `set` of `bars`.
    pub fn of(bars: Bars, set: ColumnSet) -> Self {
        let (time, values) = bars.into_columns();
        let mut columns: [Option<Vec<f64>>; 5] = Default::default();
        for (column, values) in Column::ALL.into_iter().zip(values) {
            if set.contains(column) {
                columns[column as usize] = Some(values);
            }
        }
        Self { time, columns }
    }

    /// Turns the order of the bars around.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.time.reverse();
        for column in self.columns.iter_mut().flatten() {
            column.reverse();
        }
        self
    }

    /// Keeps the bars of an index range.
    ///
    /// # Panics
    /// When the range reaches beyond [`BarFrame::len`].
    #[must_use]
    pub fn slice(mut self, range: std::ops::Range<usize>) -> Self {
        self.time = self.time[range.clone()].to_vec();
        for column in self.columns.iter_mut().flatten() {
            *column = column[range.clone()].to_vec();
        }
        self
    }
}

impl TryFrom<BarFrame> for Bars {
    type Error = BarsError;

    /// Takes an ascending frame of all columns.
    fn try_from(frame: BarFrame) -> Result<Self, BarsError> {
        match frame.columns {
            [Some(open), Some(high), Some(low), Some(close), Some(volume)] => {
                Self::new(frame.time, open, high, low, close, volume)
            }
            _ => Err(BarsError {
                time: 0,
                rule: "a column is missing",
            }),
        }
    }
}
