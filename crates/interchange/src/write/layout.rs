//! Which columns are written, and the check that a batch has them.

use domain::market::{BarFrame, Column, ColumnSet};

use super::WriteError;

/// The columns of a document. The time is always the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Which of open, high, low, close and volume are written.
    pub columns: ColumnSet,
    /// Whether a last column `complete` tells which bars are complete, as for resampled bars.
    pub complete: bool,
}

impl From<ColumnSet> for Layout {
    fn from(columns: ColumnSet) -> Self {
        Self {
            columns,
            complete: false,
        }
    }
}

pub(super) const TIME: &str = "time";
pub(super) const COMPLETE: &str = "complete";

impl Layout {
    /// Walks over the names of the columns, in order.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        let last = self.complete.then_some(COMPLETE);
        [TIME]
            .into_iter()
            .chain(self.columns.iter().map(Column::as_str))
            .chain(last)
    }

    /// Checks that a batch can be written and borrows its columns.
    pub(super) fn rows<'a>(
        self,
        frame: &'a BarFrame,
        complete: Option<&'a [bool]>,
    ) -> Result<Rows<'a>, WriteError> {
        let expected = frame.len();
        let same_length = |column: &'static str, found: usize| {
            if found == expected {
                Ok(())
            } else {
                Err(WriteError::Length {
                    column,
                    found,
                    expected,
                })
            }
        };
        let mut values = Vec::with_capacity(Column::ALL.len());
        for column in self.columns.iter() {
            let name = column.as_str();
            let numbers = frame.column(column).ok_or(WriteError::MissingColumn(name))?;
            same_length(name, numbers.len())?;
            let allowed = |value: &f64| value.is_finite() || (column == Column::Volume && value.is_nan());
            if let Some(index) = numbers.iter().position(|value| !allowed(value)) {
                return Err(WriteError::NotFinite {
                    column: name,
                    time: frame.time[index],
                });
            }
            values.push((column, numbers));
        }
        let complete = match (self.complete, complete) {
            (false, _) => None,
            (true, None) => return Err(WriteError::MissingColumn(COMPLETE)),
            (true, Some(flags)) => {
                same_length(COMPLETE, flags.len())?;
                Some(flags)
            }
        };
        Ok(Rows {
            time: &frame.time,
            values,
            complete,
        })
    }
}

/// The columns of a batch that are written, all of equal length.
pub(super) struct Rows<'a> {
    /// Opening times, µs since the epoch, UTC.
    pub(super) time: &'a [i64],
    /// Values, in the order of the layout; finite but for NaN where a volume is unknown.
    pub(super) values: Vec<(Column, &'a [f64])>,
    /// Whether each bar is complete, if the layout has that column.
    pub(super) complete: Option<&'a [bool]>,
}
