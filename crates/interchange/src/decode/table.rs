//! Columns that were read and not checked yet.

use domain::market::{Bar, Bars, Column, Timestamp};

use super::{DecodeError, Decoded, Fault, error::TOLD};

/// What the columns of bars may be called; further members of our own answers are passed over.
pub(super) const PASSED_OVER: [&str; 5] = ["complete", "next_cursor", "series", "timeframe", "version"];

/// From this size on, an epoch number is one of ns.
const FIRST_NANOS: u64 = 100_000_000_000_000_000;

/// How the places of faults are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `/close/17`.
    Columns,
    /// `/17/close`.
    Rows,
}

impl Shape {
    fn pointer(self, row: usize, column: &str) -> String {
        match self {
            Self::Columns => format!("/{column}/{row}"),
            Self::Rows => format!("/{row}/{column}"),
        }
    }
}

/// Where the bars of a body stood in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    shape: Shape,
    /// Of each bar, ascending, the row that it came in.
    rows: Vec<usize>,
}

impl Places {
    /// Returns the place of a column of the bar at `index`, as faults name it.
    pub fn pointer(&self, index: usize, column: &str) -> String {
        let row = self.rows.get(index).copied().unwrap_or(index);
        self.shape.pointer(row, column)
    }
}

/// Columns as they came.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) shape: Shape,
    pub(super) time: Vec<Result<Moment, String>>,
    /// Open, high, low, close and volume; NaN where a value is missing.
    pub(super) values: [Vec<f64>; 5],
}

/// A time, and whether it came without an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) micros: i64,
    pub(super) naive: bool,
}

impl Moment {
    /// Reads RFC 3339, a date, a date and time without offset, or an epoch number.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let time: Timestamp = text
            .parse()
            .map_err(|error: domain::market::TimestampError| error.to_string())?;
        let naive = text.contains(':') && text.trim().parse::<jiff::Timestamp>().is_err();
        Ok(Self {
            micros: time.micros(),
            naive,
        })
    }

    pub(super) fn epoch(number: i64) -> Result<Self, String> {
        if number.unsigned_abs() >= FIRST_NANOS && number % 1_000 != 0 {
            return Err(format!(
                "{number} ns since 1970 is no whole number of µs, which is what is kept"
            ));
        }
        Timestamp::from_epoch_number(number)
            .map(|time| Self {
                micros: time.micros(),
                naive: false,
            })
            .ok_or_else(|| format!("{number} is no epoch time within the years -9999 to 9999"))
    }
}

impl Table {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            time: Vec::new(),
            values: Default::default(),
        }
    }

    /// Checks every row and sorts them.
    pub(super) fn into_bars(self) -> Result<Decoded, DecodeError> {
        for (column, values) in Column::ALL.into_iter().zip(&self.values) {
            if values.len() != self.time.len() {
                let message = format!(
                    "{column} has {} values for {} times",
                    values.len(),
                    self.time.len()
                );
                return Err(DecodeError::column(column.as_str(), "column-length", message));
            }
        }
        let mut faults = Vec::new();
        let mut bars: Vec<(usize, Bar)> = Vec::with_capacity(self.time.len());
        let mut naive = false;
        for (row, time) in self.time.iter().enumerate() {
            if faults.len() == TOLD {
                break;
            }
            let [open, high, low, close, volume] = self.values.each_ref().map(|values| values[row]);
            match time {
                Err(message) => faults.push(self.fault(row, "time", "bad-time", message.clone())),
                Ok(moment) => {
                    naive |= moment.naive;
                    let bar = Bar {
                        time: moment.micros,
                        open,
                        high,
                        low,
                        close,
                        volume,
                    };
                    match bar.check() {
                        Ok(()) => bars.push((row, bar)),
                        Err(error) => {
                            faults.push(self.fault(row, culprit(&bar), "bad-bar", error.to_string()));
                        }
                    }
                }
            }
        }
        bars.sort_by_key(|(_, bar)| bar.time);
        for pair in bars.windows(2) {
            let [(first, a), (second, b)] = pair else { continue };
            if a.time == b.time && faults.len() < TOLD {
                let time = Timestamp::saturating(b.time);
                let message = format!("the rows {first} and {second} (from 0) have the same time {time}");
                faults.push(self.fault(*second, "time", "duplicate-time", message));
            }
        }
        if !faults.is_empty() {
            return Err(DecodeError::Rows(faults));
        }
        let (rows, bars): (Vec<usize>, Vec<Bar>) = bars.into_iter().unzip();
        let places = Places {
            shape: self.shape,
            rows,
        };
        let bars = Bars::from_rows(&bars).map_err(|error| {
            DecodeError::Rows(vec![Fault {
                pointer: String::new(),
                rule: "bad-bar",
                message: error.to_string(),
            }])
        })?;
        Ok(Decoded { bars, naive, places })
    }

    fn fault(&self, row: usize, column: &str, rule: &'static str, message: String) -> Fault {
        Fault {
            pointer: self.shape.pointer(row, column),
            rule,
            message,
        }
    }
}

/// Returns the column that a bar which is none is best told by.
fn culprit(bar: &Bar) -> &'static str {
    let values = [bar.open, bar.high, bar.low, bar.close];
    let broken = Column::ALL
        .into_iter()
        .zip(values)
        .find(|(_, price)| !price.is_finite());
    let column = match broken {
        Some((column, _)) => column,
        None if bar.high < bar.open.max(bar.close).max(bar.low) => Column::High,
        None if bar.low > bar.open.min(bar.close) => Column::Low,
        None => Column::Volume,
    };
    column.as_str()
}
