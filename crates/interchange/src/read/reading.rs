//! Bars that passed every check.

use std::{io, sync::Arc};

use domain::market::{Bar, Bars};

use super::{
    ReadError, ReadReport,
    judge::{Judge, Law, Placed, PlacedRows, Verdict},
    row::Row,
};

/// The most bars of a batch.
const BATCH: usize = 1 << 16;

/// The rows of a series and what they are held to.
#[derive(Debug)]
pub(super) struct SeriesRows {
    pub(super) placed: Placed,
    pub(super) law: Law,
    /// Whether every row passed, so that none needs to be judged again.
    pub(super) all_kept: bool,
}

/// Bars that passed every check, ready to be read.
#[derive(Debug)]
pub struct Reading {
    series: Arc<[SeriesRows]>,
    report: ReadReport,
}

impl Reading {
    pub(super) fn new(series: Vec<SeriesRows>, report: ReadReport) -> Self {
        Self {
            series: series.into(),
            report,
        }
    }

    /// Returns the account of the reading.
    pub fn report(&self) -> &ReadReport {
        &self.report
    }

    /// Reads the bars of one series, ascending, in batches of at most 65,536; can be called again and again, and
    /// what it returns may outlive the reading.
    ///
    /// # Panics
    /// When there is no such series.
    pub fn bars(
        &self,
        series: usize,
    ) -> impl Iterator<Item = Result<Bars, ReadError>> + Send + use<> + 'static {
        let SeriesRows {
            placed,
            law,
            all_kept,
        } = &self.series[series];
        let kept = if *all_kept {
            Kept::All(PlacedRows::new(placed, law))
        } else {
            Kept::Judged(Box::new(Judge::new(placed, law.clone())))
        };
        Batches { kept, failed: false }
    }
}

/// The rows that are kept.
enum Kept {
    /// All of them.
    All(PlacedRows),
    /// Those that pass.
    Judged(Box<Judge>),
}

impl Kept {
    fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        match self {
            Self::All(rows) => rows.next_row(),
            Self::Judged(judge) => loop {
                match judge.next().transpose()? {
                    None => return Ok(None),
                    Some(Verdict::Kept(row)) => return Ok(Some(row)),
                    Some(Verdict::Dropped | Verdict::Rejected { .. }) => {}
                }
            },
        }
    }
}

struct Batches {
    kept: Kept,
    failed: bool,
}

impl Iterator for Batches {
    type Item = Result<Bars, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let batch = self.batch();
        self.failed = batch.is_err();
        batch.transpose()
    }
}

impl Batches {
    fn batch(&mut self) -> Result<Option<Bars>, ReadError> {
        let mut time = Vec::with_capacity(BATCH);
        let mut columns: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::with_capacity(BATCH));
        while time.len() < BATCH
            && let Some(row) = self.kept.next_row()?
        {
            let Bar {
                time: at,
                open,
                high,
                low,
                close,
                volume,
            } = row.bar();
            time.push(at);
            for (column, value) in columns.iter_mut().zip([open, high, low, close, volume]) {
                column.push(value);
            }
        }
        if time.is_empty() {
            return Ok(None);
        }
        let [open, high, low, close, volume] = columns;
        let bars = Bars::new(time, open, high, low, close, volume);
        // Every row was checked, so only damage to the spilled rows can get here.
        bars.map(Some)
            .map_err(|cause| ReadError::io("spilled rows", io::Error::new(io::ErrorKind::InvalidData, cause)))
    }
}
