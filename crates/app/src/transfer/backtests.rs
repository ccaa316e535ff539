//! Backtests and sweeps that have ended: those that the target lacks are stored there, then both sides are compared.
//!
//! They come behind the series and the strategies that they pin. What is queued or running is not looked at.

use std::collections::BTreeMap;

use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestResult, BacktestSort, BacktestStoreExt, BacktestsFilter,
        BacktestsQuery, NewBacktest, ResultDigest, Sweep, SweepsQuery,
    },
    error::StoreError,
    id::{BacktestId, SweepId},
    market::Order,
    page::PageRequest,
};
use uuid::Uuid;

use super::{
    error::{Side, TransferError},
    records::{accepted, readable},
    report::{MISSING_RECORD, RecordsTransfer},
};
use crate::{
    backtest::stored_digest,
    progress::{Cancelled, Progress},
    stores::Stores,
};

/// How many backtests are asked for at once.
const PAGE: usize = 500;

/// The backtests and sweeps of the source that had ended when the transfer began, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct RunPins {
    backtests: Vec<BacktestId>,
    sweeps: Vec<SweepId>,
}

impl RunPins {
    /// Pins all of a store.
    pub(crate) async fn all(stores: &Stores) -> Result<Self, StoreError> {
        let mut pins = Self::default();
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = stores
                .backtests
                .backtests(BacktestsQuery {
                    filter: BacktestsFilter::default(),
                    sort: BacktestSort::Created,
                    order: Order::Ascending,
                    page,
                })
                .await?;
            let ended = found.items.iter().filter(|backtest| backtest.status.has_ended());
            pins.backtests.extend(ended.map(|backtest| backtest.id));
            let Some(next) = found.next else { break };
            page = PageRequest::first(PAGE).after(next);
        }
        // Lists leave out what can't be read; it is named all the same.
        pins.backtests.extend(stores.backtests.damaged_backtests().await?);
        pins.backtests.sort_unstable();
        pins.backtests.dedup();
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = stores.sweeps.sweeps(SweepsQuery { page }).await?;
            let ended = found.items.iter().filter(|sweep| sweep.status.has_ended());
            pins.sweeps.extend(ended.map(|sweep| sweep.id));
            let Some(next) = found.next else { break };
            page = PageRequest::first(PAGE).after(next);
        }
        pins.sweeps.extend(stores.sweeps.damaged_sweeps().await?);
        pins.sweeps.sort_unstable();
        pins.sweeps.dedup();
        Ok(pins)
    }
}

impl RunPins {
    /// Returns the backtests.
    pub(crate) fn backtests(&self) -> &[BacktestId] {
        &self.backtests
    }

    /// Returns the sweeps.
    pub(crate) fn sweeps(&self) -> &[SweepId] {
        &self.sweeps
    }

    /// Returns how many backtests and sweeps there are.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.backtests.len() as u64, self.sweeps.len() as u64)
    }
}

/// The backtests and sweeps of a transfer.
pub(super) struct Runs<'a> {
    pub(super) from: &'a Stores,
    pub(super) to: &'a Stores,
    pub(super) progress: &'a dyn Progress,
    pub(super) pins: &'a RunPins,
}

/// What has become of the backtests and sweeps that the target lacked.
#[derive(Debug, Default)]
pub(super) struct CopiedRuns {
    /// How many backtests got something.
    pub(super) backtests: u64,
    /// How many sweeps did.
    pub(super) sweeps: u64,
    /// Why the target would not take some, by their ids.
    refusals: BTreeMap<Uuid, String>,
}

impl CopiedRuns {
    /// Tells whether the target has taken something, and remembers why it has not.
    fn taken(&mut self, id: Uuid, put: Result<(), StoreError>) -> Result<bool, TransferError> {
        let refusal = match &put {
            Err(
                refusal @ (StoreError::NotFound(_)
                | StoreError::Gone(_)
                | StoreError::Invalid(_)
                | StoreError::Conflict { .. }),
            ) => refusal.to_string(),
            _ => return accepted(put),
        };
        self.refusals.insert(id, refusal);
        Ok(false)
    }

    /// Says that the target does not have it, and why if that is known.
    fn missing(&self, id: Uuid) -> String {
        match self.refusals.get(&id) {
            Some(refusal) => format!("{MISSING_RECORD}, which refused it: {refusal}"),
            None => MISSING_RECORD.to_owned(),
        }
    }
}

impl Runs<'_> {
    /// Stores what the target lacks, and gives what people wrote about a backtest its present form there.
    pub(super) async fn copy(&self) -> Result<CopiedRuns, TransferError> {
        let mut copied = CopiedRuns::default();
        for id in &self.pins.backtests {
            Cancelled::check(self.progress)?;
            // What is damaged is named when both sides are compared.
            let done = readable(self.copy_backtest(*id, &mut copied).await)?;
            copied.backtests += u64::from(done == Ok(true));
        }
        for id in &self.pins.sweeps {
            Cancelled::check(self.progress)?;
            let done = readable(self.copy_sweep(*id, &mut copied).await)?;
            copied.sweeps += u64::from(done == Ok(true));
        }
        Ok(copied)
    }

    async fn copy_sweep(&self, id: SweepId, copied: &mut CopiedRuns) -> Result<bool, TransferError> {
        match self.sweep(Side::Source, id).await? {
            Some(ours) if self.sweep(Side::Target, id).await?.is_none() => {
                copied.taken(id.as_uuid(), self.to.sweeps.add_sweep(&ours, &[]).await)
            }
            _ => Ok(false),
        }
    }

    async fn copy_backtest(&self, id: BacktestId, copied: &mut CopiedRuns) -> Result<bool, TransferError> {
        let Some(ours) = self.backtest(Side::Source, id).await? else {
            return Ok(false);
        };
        let Some(theirs) = self.backtest(Side::Target, ours.id).await? else {
            let result = self.result(Side::Source, ours.id).await?;
            let new = NewBacktest {
                backtest: ours,
                result,
            };
            return copied.taken(id.as_uuid(), self.to.backtests.add_backtest(&new).await);
        };
        if theirs == ours || !differ_in_words_alone(&ours, theirs) {
            return Ok(false);
        }
        let edit = BacktestEdit {
            title: Some(ours.title),
            notes: Some(ours.notes),
            tags: Some(ours.tags),
        };
        let edited = self.to.backtests.edit_backtest(ours.id, edit).await;
        copied.taken(id.as_uuid(), edited.map(drop))
    }

    /// Compares every backtest, and reads its result on both sides.
    pub(super) async fn compare_backtests(
        &self,
        copied: &CopiedRuns,
    ) -> Result<RecordsTransfer, TransferError> {
        let mut settled = RecordsTransfer::default();
        for id in &self.pins.backtests {
            Cancelled::check(self.progress)?;
            let ours = match readable(self.backtest(Side::Source, *id).await)? {
                Ok(Some(ours)) => ours,
                // It was removed meanwhile.
                Ok(None) => continue,
                Err(damage) => {
                    settled.records += 1;
                    settled.note_problem(id.to_string(), Some(damage));
                    continue;
                }
            };
            settled.records += 1;
            let problem = match readable(self.backtest_difference(&ours, copied).await)? {
                Ok(problem) => problem,
                Err(damage) => Some(damage),
            };
            settled.note_problem(id.to_string(), problem);
        }
        Ok(settled)
    }

    async fn backtest_difference(
        &self,
        ours: &Backtest,
        copied: &CopiedRuns,
    ) -> Result<Option<String>, TransferError> {
        let Some(theirs) = self.backtest(Side::Target, ours.id).await? else {
            return Ok(Some(copied.missing(ours.id.as_uuid())));
        };
        if theirs != *ours {
            return Ok(Some("the target has other contents".to_owned()));
        }
        let Some(digest) = ours.digest else {
            return Ok(None);
        };
        for (side, backtest) in [(Side::Source, ours), (Side::Target, &theirs)] {
            let found = self.digest(side, backtest).await?;
            if found != digest {
                let problem =
                    format!("trades and equity in the {side} have the digest {found}, not {digest}");
                return Ok(Some(problem));
            }
        }
        Ok(None)
    }

    async fn digest(&self, side: Side, backtest: &Backtest) -> Result<ResultDigest, TransferError> {
        let digest = stored_digest(self.stores(side), backtest).await;
        digest.map_err(|source| TransferError::Store { side, source })
    }

    /// Compares every sweep.
    pub(super) async fn compare_sweeps(&self, copied: &CopiedRuns) -> Result<RecordsTransfer, TransferError> {
        let mut settled = RecordsTransfer::default();
        for id in &self.pins.sweeps {
            Cancelled::check(self.progress)?;
            let sides = async {
                let ours = self.sweep(Side::Source, *id).await?;
                Ok((ours, self.sweep(Side::Target, *id).await?))
            };
            let problem = match readable(sides.await)? {
                // It was removed meanwhile.
                Ok((None, _)) => continue,
                Ok((ours, theirs)) if ours == theirs => None,
                Ok((_, Some(_))) => Some("the target has other contents".to_owned()),
                Ok((_, None)) => Some(copied.missing(id.as_uuid())),
                Err(damage) => Some(damage),
            };
            settled.records += 1;
            settled.note_problem(id.to_string(), problem);
        }
        Ok(settled)
    }

    fn stores(&self, side: Side) -> &Stores {
        match side {
            Side::Source => self.from,
            Side::Target => self.to,
        }
    }

    async fn backtest(&self, side: Side, id: BacktestId) -> Result<Option<Backtest>, TransferError> {
        let found = self.stores(side).backtests.backtest(id).await;
        found.map_err(|source| TransferError::Store { side, source })
    }

    async fn sweep(&self, side: Side, id: SweepId) -> Result<Option<Sweep>, TransferError> {
        let found = self.stores(side).sweeps.sweep(id).await;
        found.map_err(|source| TransferError::Store { side, source })
    }

    async fn result(&self, side: Side, id: BacktestId) -> Result<BacktestResult, TransferError> {
        let backtests = &self.stores(side).backtests;
        let read = async {
            Ok(BacktestResult {
                trades: backtests.all_trades(id).await?,
                equity: backtests.equity(id).await?,
            })
        };
        read.await.map_err(|source| TransferError::Store { side, source })
    }
}

fn differ_in_words_alone(ours: &Backtest, mut theirs: Backtest) -> bool {
    theirs.title.clone_from(&ours.title);
    theirs.notes.clone_from(&ours.notes);
    theirs.tags.clone_from(&ours.tags);
    theirs == *ours
}
