//! The bars of a run, by column.

use domain::market::{Bars, Column, TimeRange, Times, Timestamp};

/// The columns of some bars.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Series<'a> {
    bars: &'a Bars,
    first: usize,
    pub(crate) time: &'a [i64],
    pub(crate) open: &'a [f64],
    pub(crate) high: &'a [f64],
    pub(crate) low: &'a [f64],
    pub(crate) close: &'a [f64],
    pub(crate) volume: &'a [f64],
}

impl<'a> Series<'a> {
    /// Takes the bars whose time lies in `range`.
    pub(crate) fn within(bars: &'a Bars, range: &TimeRange) -> Self {
        let rows = bars.index_range(range);
        Self {
            bars,
            first: rows.start,
            time: &bars.time()[rows.clone()],
            open: &bars.open()[rows.clone()],
            high: &bars.high()[rows.clone()],
            low: &bars.low()[rows.clone()],
            close: &bars.close()[rows.clone()],
            volume: &bars.volume()[rows],
        }
    }

    /// Returns how many bars there are.
    pub(crate) fn len(&self) -> usize {
        self.time.len()
    }

    /// Shares the opening times.
    pub(crate) fn times(&self) -> Times {
        self.bars.times(self.first..self.first + self.len())
    }

    /// Returns the opening time of a bar.
    pub(crate) fn timestamp(&self, bar: usize) -> Timestamp {
        Timestamp::saturating(self.time[bar])
    }

    /// Returns a column of values.
    pub(crate) fn column(&self, column: Column) -> &'a [f64] {
        match column {
            Column::Open => self.open,
            Column::High => self.high,
            Column::Low => self.low,
            Column::Close => self.close,
            Column::Volume => self.volume,
        }
    }
}
