//! Transfer: everything of one store is copied to another, and proved to have arrived.
//!
//! Each series is copied with its whole history: every version that the target lacks is replayed there, with its
//! author, time and digest. A target must have the first versions of the source, commit by commit; one that does not is
//! left alone and named, as nothing is ever merged. Since each version is whole or not there, a transfer that was broken
//! off goes on behind the last one. What is committed to the source after the beginning is not looked at.
//!
//! At the end both sides are read back: every commit is compared, every chunk is read against its checksum, and the
//! digests of the newest versions are computed from the bars that were read.
//!
//! An instrument or import that the target lacks is copied. Where it has other contents, the source's take their
//! place if all its series match afterwards; else it is named.
//!
//! A strategy is copied as a series is: the versions that the target lacks are replayed behind those that it has, which
//! must be the source's. It is removed in the target if it is removed in the source and has the same versions.
//!
//! Backtests and sweeps that have ended come last, as they pin versions of series and strategies. Their digests are
//! computed from the trades and the equity that were read back.

mod backtests;
mod contents;
mod error;
mod history;
mod records;
mod report;
mod selection;
mod series;
mod strategies;
#[cfg(test)]
pub(crate) mod tests;
mod trouble;
mod verification;

use std::collections::BTreeSet;

use domain::market::{SeriesFilter, SeriesKey};
use futures::{StreamExt, TryStreamExt, stream};

pub(crate) use self::{backtests::RunPins, strategies::StrategyPin};
use self::{
    backtests::{CopiedRuns, Runs},
    records::{Records, Treatment, Wanted},
    series::SeriesPlan,
    strategies::Strategies,
};
pub use self::{
    error::{Side, TransferError},
    report::{
        ContentDifference, Outcome, RecordDifference, RecordsTransfer, SeriesTransfer, SideContents,
        SideDamage, Totals, Transfer,
    },
    selection::{SeriesGlob, SeriesGlobError},
};
use crate::{
    progress::{Cancelled, Progress, Stage},
    stores::Stores,
};

/// How many series are worked on side by side: one can read while the other writes.
const SIDE_BY_SIDE: usize = 2;

/// Copies what `to` lacks of `from`, then verifies both sides. `series` chooses some series, with their instruments
/// and the imports that their commits name; all of them, and all strategies,
/// backtests and sweeps, are copied when it is not given.
///
/// # Errors
/// [`TransferError::Store`] when a store can't work, [`TransferError::NothingMatches`], and
/// [`TransferError::Cancelled`] when `progress` says so; whole versions that were copied stay.
pub async fn copy(
    from: &Stores,
    to: &Stores,
    series: Option<&SeriesGlob>,
    progress: &dyn Progress,
) -> Result<Transfer, TransferError> {
    let mut work = Work::plan(from, to, series, progress).await?;
    work.copy().await?;
    work.verify().await
}

/// Compares both sides and writes nothing.
///
/// # Errors
/// Those of [`copy`].
pub async fn compare(
    from: &Stores,
    to: &Stores,
    series: Option<&SeriesGlob>,
    progress: &dyn Progress,
) -> Result<Transfer, TransferError> {
    Work::plan(from, to, series, progress).await?.verify().await
}

/// A transfer under way.
pub(crate) struct Work<'a> {
    from: &'a Stores,
    to: &'a Stores,
    progress: &'a dyn Progress,
    filtered: bool,
    series: Vec<SeriesPlan>,
    strategies: Vec<StrategyPin>,
    runs: RunPins,
    /// What was copied besides bars; `None` as long as nothing may be written.
    copied: Option<CopiedRecords>,
}

/// What was copied besides bars: how many records, and what became of backtests and sweeps.
#[derive(Debug, Default)]
struct CopiedRecords {
    instruments: u64,
    imports: u64,
    strategies: u64,
    runs: CopiedRuns,
}

impl<'a> Work<'a> {
    /// Pins the source's series at their newest versions and compares their histories with the target's.
    pub(crate) async fn plan(
        from: &'a Stores,
        to: &'a Stores,
        series: Option<&SeriesGlob>,
        progress: &'a dyn Progress,
    ) -> Result<Self, TransferError> {
        let heads = from
            .all_series(SeriesFilter::default())
            .await
            .map_err(TransferError::source)?;
        let wanted = |key: &SeriesKey| series.is_none_or(|glob| glob.accepts(key));
        let heads: Vec<_> = heads.into_iter().filter(|head| wanted(&head.key)).collect();
        if let Some(glob) = series.filter(|_| heads.is_empty()) {
            return Err(TransferError::NothingMatches(glob.clone()));
        }
        let (mut strategies, mut runs) = (Vec::new(), RunPins::default());
        if series.is_none() {
            // Runs first: the versions that they pin are then among those of the strategies.
            runs = RunPins::all(from).await.map_err(TransferError::source)?;
            strategies = StrategyPin::all(from).await.map_err(TransferError::source)?;
        }
        progress.begin(&Stage::Planning, Some(heads.len() as u64));
        let plans = stream::iter(heads).map(async |head| {
            Cancelled::check(progress)?;
            let plan = SeriesPlan::draw(from, to, head).await?;
            progress.advance(1, plan.head.version.0);
            Ok::<_, TransferError>(plan)
        });
        Ok(Self {
            from,
            to,
            progress,
            filtered: series.is_some(),
            series: plans.buffered(SIDE_BY_SIDE).try_collect().await?,
            strategies,
            runs,
            copied: None,
        })
    }

    /// Tells whether a series can't be copied.
    pub(crate) fn is_obstructed(&self) -> bool {
        self.series.iter().any(|plan| plan.stopped.is_some())
    }

    /// Copies what the target lacks.
    pub(crate) async fn copy(&mut self) -> Result<(), TransferError> {
        let (instruments, imports) = self.records().copy_missing().await?;
        let strategies = self.strategies().copy().await?;
        let (from, to, progress) = (self.from, self.to, self.progress);
        let versions = self.series.iter().map(SeriesPlan::lacking).sum();
        progress.begin(&Stage::Copying, Some(versions));
        let plans = stream::iter(std::mem::take(&mut self.series));
        let copies = plans.map(async |mut plan| {
            plan.copy(from, to, progress).await?;
            Ok::<_, TransferError>(plan)
        });
        self.series = copies.buffered(SIDE_BY_SIDE).try_collect().await?;
        let runs = self.runs().copy().await?;
        self.copied = Some(CopiedRecords {
            instruments,
            imports,
            strategies,
            runs,
        });
        Ok(())
    }

    /// Reads both sides back and compares them.
    pub(crate) async fn verify(mut self) -> Result<Transfer, TransferError> {
        let (from, to, progress) = (self.from, self.to, self.progress);
        let records = self.records();
        progress.begin(&Stage::Verifying, Some(self.series.len() as u64));
        let plans = stream::iter(std::mem::take(&mut self.series));
        let checks = plans.map(async |plan| verification::verify(from, to, plan, progress).await);
        let series: Vec<SeriesTransfer> = checks.buffered(SIDE_BY_SIDE).try_collect().await?;
        let unmatched = series.iter().filter(|row| !row.outcome.matches());
        let except: BTreeSet<SeriesKey> = unmatched.map(|row| row.key.clone()).collect();
        let treatment = match self.copied {
            Some(_) => Treatment::Replace { except: &except },
            None => Treatment::Compare,
        };
        let copied = self.copied.take().unwrap_or_default();
        let mut found = report::Records {
            instruments: records.settle_instruments(treatment).await?,
            imports: records.settle_imports(treatment).await?,
            strategies: self.strategies().compare().await?,
            backtests: self.runs().compare_backtests(&copied.runs).await?,
            sweeps: self.runs().compare_sweeps(&copied.runs).await?,
        };
        found.instruments.copied += copied.instruments;
        found.imports.copied += copied.imports;
        found.strategies.copied += copied.strategies;
        found.backtests.copied += copied.runs.backtests;
        found.sweeps.copied += copied.runs.sweeps;
        Ok(Transfer::new(series, found))
    }

    fn runs(&self) -> Runs<'_> {
        Runs {
            from: self.from,
            to: self.to,
            progress: self.progress,
            pins: &self.runs,
        }
    }

    fn strategies(&self) -> Strategies<'_> {
        Strategies {
            from: self.from,
            to: self.to,
            progress: self.progress,
            pins: &self.strategies,
        }
    }

    fn records(&self) -> Records<'a> {
        let (mut instruments, mut imports) = (Wanted::All, Wanted::All);
        if self.filtered {
            let heads = self.series.iter().map(|plan| &plan.head.key);
            instruments = Wanted::Some(heads.map(|key| (key.venue.clone(), key.symbol.clone())).collect());
            let named = self.series.iter().flat_map(|plan| plan.imports.iter().copied());
            imports = Wanted::Some(named.collect());
        }
        Records {
            from: self.from,
            to: self.to,
            progress: self.progress,
            instruments,
            imports,
        }
    }
}
