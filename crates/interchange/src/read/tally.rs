//! What is counted while a file is read, and its report.

use super::{
    FileReport, ReadError, RowOrder, input::InputFile, parse::Approach, rows::SeenTimes, sniff::Beginning,
};

/// What is counted while a file is read.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) rows: u64,
    /// How many rows say that they hold no bar.
    pub(super) without_bar: u64,
    pub(super) seen: SeenTimes,
    /// The time of the last row, slot by slot.
    last: Vec<i64>,
    up: bool,
    down: bool,
}

impl Tally {
    /// Notes the time of the next row of a slot.
    #[inline]
    pub(super) fn order(&mut self, series: u32, time: i64) {
        let series = series as usize;
        if self.last.len() <= series {
            self.last.resize(series + 1, i64::MIN);
        }
        let before = std::mem::replace(&mut self.last[series], time);
        self.up |= time > before && before != i64::MIN;
        self.down |= time < before;
    }

    /// Makes the report of a file.
    ///
    /// # Errors
    /// [`ReadError::Io`] when the file could not be hashed.
    pub(super) fn report(
        &self,
        approach: &Approach<'_>,
        beginning: &Beginning,
        input: &InputFile,
    ) -> Result<FileReport, ReadError> {
        let mut notes: Vec<String> = approach
            .plan
            .ignored
            .iter()
            .map(|name| format!("ignored column: {name}"))
            .collect();
        if beginning.preamble > 0 {
            notes.push(format!(
                "lines before the header that were skipped: {}",
                beginning.preamble
            ));
        }
        if approach.plan.groups.iter().any(|group| group.volume.is_none()) {
            notes.push("no column for the volume: it is unknown".to_owned());
        }
        if self.without_bar > 0 {
            notes.push(format!(
                "rows without prices that were dropped: {}",
                self.without_bar
            ));
        }
        let order = match (self.up, self.down) {
            (_, false) => RowOrder::Ascending,
            (false, true) => RowOrder::Descending,
            (true, true) => RowOrder::Unsorted,
        };
        if order == RowOrder::Unsorted {
            notes.push("rows were not in the order of time; they were sorted".to_owned());
        }
        let zone = match (approach.zone, self.seen) {
            (Some(zone), SeenTimes { moments: true, .. } | SeenTimes { local: true, .. }) => zone.to_string(),
            (None, SeenTimes { moments: true, .. }) => "in the file".to_owned(),
            _ => "exchange dates".to_owned(),
        };
        Ok(FileReport {
            name: input.name().to_owned(),
            sha256: input.sha256()?,
            bytes: input.bytes(),
            dialect: approach.dialect.name().to_owned(),
            zone,
            stamp: approach.dialect.stamp,
            order,
            rows: self.rows,
            rejected: 0,
            notes,
        })
    }
}
