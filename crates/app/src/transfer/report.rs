//! What a transfer has done, and what comparing both sides has shown.

use domain::market::{SeriesKey, SetDigest, Timestamp};
use serde::Serialize;

use super::error::Side;

/// What became of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Versions were copied, and both sides match.
    Copied,
    /// Nothing was to be copied, and both sides match.
    UpToDate,
    /// The target has all versions of the source and further ones; it was left alone.
    Ahead,
    /// The two sides differ; the target was left alone.
    Differs,
    /// The target would not take it.
    Refused,
    /// What one of the sides has stored is not what was written.
    Damaged,
}

impl Outcome {
    /// Tells whether the target now has what the source has.
    pub fn matches(self) -> bool {
        matches!(self, Self::Copied | Self::UpToDate)
    }
}

/// What one side holds of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SideContents {
    /// Its versions; of the source, those that it had when the transfer began.
    pub versions: u64,
    /// How many bars its commit tells of.
    pub bars: u64,
    /// The digest that its commit tells of.
    pub digest: SetDigest,
    /// The number of bars that were read; `None` when they could not be read to the end.
    pub read_bars: Option<u64>,
    /// The digest of the bars that were read.
    pub read_digest: Option<SetDigest>,
}

impl SideContents {
    /// Tells whether the bars that were read are those that the commit tells of.
    pub fn is_sound(&self) -> bool {
        (self.read_bars, self.read_digest) == (Some(self.bars), Some(self.digest))
    }
}

/// Where the bars of two sides differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ContentDifference {
    /// The time of the first bar that differs.
    pub first: Timestamp,
    /// The time of the last one.
    pub last: Timestamp,
    /// How many bars only the source has.
    pub only_source: u64,
    /// How many bars only the target has.
    pub only_target: u64,
    /// How many bars have other values on either side.
    pub changed: u64,
}

/// A stored thing that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SideDamage {
    /// Where.
    pub side: Side,
    /// The damaged thing: a file, or a table and key.
    pub entity: String,
    /// What does not match.
    pub problem: String,
}

/// What is said of a series that the target has nothing of.
pub(super) const MISSING_SERIES: &str = "the series is not in the target";
/// What is said of a record that the target does not have.
pub(super) const MISSING_RECORD: &str = "it is not in the target";

/// What became of one series, and what it holds on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesTransfer {
    /// The series.
    pub key: SeriesKey,
    /// What became of it.
    pub outcome: Outcome,
    /// How many versions were copied.
    pub copied_versions: u64,
    /// How many bars the copied versions inserted, changed or deleted.
    pub copied_bars: u64,
    /// What the source holds.
    pub source: SideContents,
    /// What the target holds; `None` when the series is not there.
    pub target: Option<SideContents>,
    /// Why the two do not match, for people.
    pub problem: Option<String>,
    /// Where their bars differ.
    pub difference: Option<ContentDifference>,
    /// What is damaged, on either side.
    pub damages: Vec<SideDamage>,
}

impl SeriesTransfer {
    /// Tells whether nothing is wrong but that the target has nothing of the series.
    pub fn is_missing(&self) -> bool {
        self.problem.as_deref() == Some(MISSING_SERIES) && self.damages.is_empty() && self.source.is_sound()
    }
}

/// A record that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordDifference {
    /// What it is about: the name of an instrument or a strategy, or an import's id.
    pub name: String,
    /// What differs, and why it was left alone.
    pub problem: String,
}

impl RecordDifference {
    /// Tells whether nothing is wrong but that the target does not have the record.
    pub fn is_missing(&self) -> bool {
        self.problem == MISSING_RECORD
    }
}

/// What became of one kind of records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecordsTransfer {
    /// How many there are in the source.
    pub records: u64,
    /// How many were copied.
    pub copied: u64,
    /// Those that are not the same on both sides.
    pub differences: Vec<RecordDifference>,
}

/// Sums over all series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// How many series were looked at.
    pub series: u64,
    /// How many versions the source has of them.
    pub versions: u64,
    /// How many bars their newest versions have.
    pub bars: u64,
    /// How many versions were copied.
    pub copied_versions: u64,
    /// How many bars the copied versions inserted, changed or deleted.
    pub copied_bars: u64,
    /// How many series do not match.
    pub unmatched: u64,
    /// How many damaged things were found.
    pub damages: u64,
}

/// What a transfer has come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// Whether the target has everything that the source has, and all of it was read back.
    pub matches: bool,
    /// Sums over all series.
    pub totals: Totals,
    /// Each series of the source, in order of keys.
    pub series: Vec<SeriesTransfer>,
    /// Instruments.
    pub instruments: RecordsTransfer,
    /// Imports.
    pub imports: RecordsTransfer,
    /// Strategies, those that are removed included.
    pub strategies: RecordsTransfer,
    /// Backtests that have ended.
    pub backtests: RecordsTransfer,
    /// Sweeps that have ended.
    pub sweeps: RecordsTransfer,
}

/// What became of everything but series.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) instruments: RecordsTransfer,
    pub(super) imports: RecordsTransfer,
    pub(super) strategies: RecordsTransfer,
    pub(super) backtests: RecordsTransfer,
    pub(super) sweeps: RecordsTransfer,
}

impl Transfer {
    /// Returns what became of each kind of records, with the noun for one of them.
    pub fn records(&self) -> [(&'static str, &RecordsTransfer); 5] {
        [
            ("instrument", &self.instruments),
            ("import", &self.imports),
            ("strategy", &self.strategies),
            ("backtest", &self.backtests),
            ("sweep", &self.sweeps),
        ]
    }

    pub(super) fn new(series: Vec<SeriesTransfer>, records: Records) -> Self {
        let sum = |figure: fn(&SeriesTransfer) -> u64| series.iter().map(figure).sum();
        let totals = Totals {
            series: series.len() as u64,
            versions: sum(|row| row.source.versions),
            bars: sum(|row| row.source.bars),
            copied_versions: sum(|row| row.copied_versions),
            copied_bars: sum(|row| row.copied_bars),
            unmatched: sum(|row| u64::from(!row.outcome.matches())),
            damages: sum(|row| row.damages.len() as u64),
        };
        let Records {
            instruments,
            imports,
            strategies,
            backtests,
            sweeps,
        } = records;
        let records_match = [&instruments, &imports, &strategies, &backtests, &sweeps]
            .iter()
            .all(|records| records.differences.is_empty());
        Self {
            matches: totals.unmatched == 0 && records_match,
            totals,
            series,
            instruments,
            imports,
            strategies,
            backtests,
            sweeps,
        }
    }
}
