//! Bars that passed every check.

use std::{io, sync::Arc};

use domain::market::{Bar, Bars};

use super::{
    ReadError, ReadReport,
    judge::{Judge, Law, Placed, Verdict},
};

/// The most bars of a batch.
const BATCH: usize = 1 << 16;

/// The rows of a series and what they are held to.
#[derive(Debug)]
pub(super) struct SeriesRows {
    pub(super) placed: Placed,
    pub(super) law: Law,
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
        let SeriesRows { placed, law } = &self.series[series];
        Batches {
            judge: Judge::new(placed, law.clone()),
            failed: false,
        }
    }
}

struct Batches {
    judge: Judge,
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
        let mut time = Vec::new();
        let mut columns: [Vec<f64>; 5] = Default::default();
        while time.len() < BATCH {
            match self.judge.next().transpose()? {
                None => break,
                Some(Verdict::Kept(row)) => {
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
                Some(Verdict::Dropped | Verdict::Rejected { .. }) => {}
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
