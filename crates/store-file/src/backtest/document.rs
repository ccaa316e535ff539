//! The documents of backtests, wherever they lie.

use domain::{
    backtest::Backtest,
    error::StoreError,
    id::{BacktestId, SweepId},
    job::{JobLife, Work},
};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::{document, fault::damaged, job, store::Shared};

/// What a backtest's own folder says of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BacktestDocument {
    pub(crate) backtest: Backtest,
    /// The files of its trades and its equity curve, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<ResultFiles>,
    /// The sweep together with which it was stored: without that one it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) with: Option<SweepId>,
}

/// The checksums of the files of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ResultFiles {
    /// The XXH3-128 of the trades' file.
    pub(super) trades: String,
    /// The XXH3-128 of the equity curve's file.
    pub(super) equity: String,
}

/// The checksum of a file.
pub(super) fn checksum(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

impl BacktestDocument {
    /// Stores it in place of the one before.
    pub(super) fn write(&self, shared: &Shared) -> Result<(), StoreError> {
        let path = shared.layout.backtest(self.backtest.id).document();
        document::write(shared, &path, self)
    }
}

/// A backtest as it is found.
#[derive(Debug)]
pub(crate) enum Stored {
    /// It has ended.
    Ended(Box<BacktestDocument>),
    /// It waits or runs.
    Waiting(Box<Backtest>, JobLife),
}

impl Stored {
    pub(crate) fn backtest(&self) -> &Backtest {
        match self {
            Self::Ended(document) => &document.backtest,
            Self::Waiting(backtest, _) => backtest,
        }
    }

    pub(crate) fn into_backtest(self) -> Backtest {
        match self {
            Self::Ended(document) => document.backtest,
            Self::Waiting(backtest, _) => *backtest,
        }
    }
}

/// Reads what lies in a backtest's own folder, be it there for others or not.
fn read_placed(shared: &Shared, id: BacktestId) -> Result<Option<Box<BacktestDocument>>, StoreError> {
    let path = shared.layout.backtest(id).document();
    let found: Option<Box<BacktestDocument>> = document::read(shared, &path)?;
    match found {
        Some(found) if found.backtest.id != id => {
            Err(damaged(&path, format!("it holds {}", found.backtest.entity())))
        }
        found => Ok(found),
    }
}

/// Reads a backtest that has ended.
pub(super) fn read_ended(
    shared: &Shared,
    id: BacktestId,
) -> Result<Option<Box<BacktestDocument>>, StoreError> {
    let mut before = None;
    loop {
        let Some(found) = read_placed(shared, id)? else {
            return Ok(None);
        };
        let Some(sweep) = found.with else {
            return Ok(Some(found));
        };
        if shared.has_file(&shared.layout.sweep(sweep))? {
            return Ok(Some(found));
        }
        // A sweep that is being removed lets its runs go first: then they no longer name it at the second look.
        if before == Some(sweep) {
            return Ok(None);
        }
        before = Some(sweep);
    }
}

/// Reads what lies under an id, in the folder of jobs or in that of backtests, for the index: a run whose sweep is not
/// there is found too.
pub(super) fn find_placed(shared: &Shared, id: BacktestId) -> Result<Option<Stored>, StoreError> {
    let waiting = waiting(shared, id)?;
    let placed = read_placed(shared, id)?;
    Ok(placed.map(Stored::Ended).or(waiting))
}

/// Finds a backtest.
pub(crate) fn find(shared: &Shared, id: BacktestId) -> Result<Option<Stored>, StoreError> {
    // The job is looked for first: one that ends meanwhile is found by the second look.
    let waiting = waiting(shared, id)?;
    let ended = read_ended(shared, id)?;
    Ok(ended.map(Stored::Ended).or(waiting))
}

fn waiting(shared: &Shared, id: BacktestId) -> Result<Option<Stored>, StoreError> {
    let job = job::read(shared, id.into())?;
    Ok(job.and_then(|job| match job.work {
        Work::Backtest(backtest) => Some(Stored::Waiting(backtest, job.life)),
        Work::Sweep(_) => None,
    }))
}

/// Tells whether a backtest has ended.
pub(crate) fn is_ended(shared: &Shared, id: BacktestId) -> Result<bool, StoreError> {
    Ok(read_ended(shared, id)?.is_some())
}
