//! Stores that get one thing wrong, as a real store might.

mod runs;
mod strategies;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::{
    clock::Clock,
    error::StoreError,
    id::IdSource,
    market::{
        AsOf, BarFrame, BarsQuery, ChangeStream, Column, Commit, CommitsQuery, FrameStream, Gap, GapsQuery,
        Order, PriceStore, PriceWrite, Replay, Revert, SeriesCheck, SeriesHead, SeriesKey, SeriesPosition,
        SeriesQuery, TimeRange, Timestamp, Version, Written,
    },
    page::Page,
};
use futures::StreamExt;
use runs::FaultyRuns;
use strategies::FaultyStrategies;
use testkit::{
    harness::{StoreHarness, StorePlace, Stores},
    memory::MemoryHarness,
};

/// What a store gets wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: the cases pass.
    None,
    /// An unknown volume reads as zero.
    VolumeZero,
    /// Times are cut to milliseconds.
    MillisecondTimes,
    /// A limit is not heeded.
    NoLimit,
    /// A limited read from the newest returns the oldest, turned around.
    LimitFromTheOldest,
    /// The end of a range belongs to it.
    ClosedRanges,
    /// Columns that were not asked for come all the same.
    EveryColumn,
    /// A time means the last commit before it.
    TimeExcluded,
    /// An expected version is not checked.
    ExpectsNothing,
    /// Idempotency keys are not kept.
    NoKeys,
    /// An input that fails counts as one that ends.
    SwallowedInput,
    /// The catalogue is sorted without regard to case.
    Collated,
    /// A page goes on behind all series of the rank that the last one ended with.
    TiesSkipped,
    /// A handle goes on with the head that it saw first.
    StaleHead,
    /// A restart loses everything.
    Forgetful,
    /// Differences always run forward.
    ForwardDiffs,
    /// A revert does not check what it expects.
    RevertsAnything,
    /// Commits are listed without their cursor.
    OnePage,
    /// A strategy's expected version is not checked.
    SavesAnything,
    /// The note of a strategy's version is dropped.
    NoNotes,
    /// A replay that does not fit counts as one that is there already.
    ReplaysAnything,
    /// No version of a removed strategy is found any more.
    RemovedForGood,
    /// Names of strategies are searched with regard to case.
    CaseCounts,
    /// Versions of a strategy are listed from the oldest.
    OldestFirst,
    /// A strategy that is not there is removed all the same.
    RemovesAnything,
    /// The version that a strategy is removed in is not checked.
    RemovesUnseen,
    /// Another backtest under an id counts as the same.
    AddsAnything,
    /// Why a figure is undefined is dropped.
    NoReasons,
    /// Figures come in the order of their names.
    SortedMetrics,
    /// Backtests without the figure that a list is sorted by come first.
    MissingFirst,
    /// Notes and strategies are not searched, and case counts.
    TextInTitlesAlone,
    /// Long lists of trades are cut off.
    FewTrades,
    RepeatsTrades,
    /// An edit clears the tags that it does not name.
    EditsEverything,
    /// A backtest that runs seems to be removed.
    RemovesRunning,
    /// A series seems to be purged though a backtest reads it.
    NoPins,
    /// Best runs are stored before it is known whether their sweep can be.
    HalfSweeps,
    /// Lists of sweeps bring their rows.
    RowsInLists,
    /// Leases never run out.
    EndlessLeases,
    /// Each taking of a job has the same fencing number.
    SameFence,
    /// Takings of workers that were stopped count as attempts.
    CountsEveryTaking,
    /// A worker that lost its job is told to go on.
    NoFences,
    /// No worker hears that it shall stop.
    DeafWorkers,
    /// What people changed while a job ran is lost at its end.
    ForgottenEdits,
    /// A job that is not there is cancelled all the same.
    CancelsAnything,
    /// Jobs that a worker has are in no list.
    WaitingJobsAlone,
}

/// Makes stores with a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FaultyHarness(pub(crate) Fault);

struct FaultyPlace {
    fault: Fault,
    place: Box<dyn StorePlace>,
}

struct FaultyStore {
    fault: Fault,
    store: Arc<dyn PriceStore>,
    seen: Mutex<Option<SeriesHead>>,
}

#[async_trait]
impl StoreHarness for FaultyHarness {
    async fn create(&self) -> Box<dyn StorePlace> {
        Box::new(FaultyPlace {
            fault: self.0,
            place: MemoryHarness.create().await,
        })
    }
}

#[async_trait]
impl StorePlace for FaultyPlace {
    async fn open(&self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Stores {
        let another;
        let place = if self.fault == Fault::Forgetful {
            another = MemoryHarness.create().await;
            &another
        } else {
            &self.place
        };
        let stores = place.open(clock, ids).await;
        let runs = Arc::new(FaultyRuns::of(self.fault, &stores));
        let prices = FaultyStore {
            fault: self.fault,
            store: stores.prices,
            seen: Mutex::default(),
        };
        let strategies = FaultyStrategies {
            fault: self.fault,
            store: stores.strategies,
        };
        Stores {
            prices: Arc::new(prices),
            strategies: Arc::new(strategies),
            backtests: runs.clone(),
            sweeps: runs.clone(),
            jobs: runs,
            ..stores
        }
    }
}

impl FaultyStore {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn spoiled_query(&self, query: BarsQuery) -> BarsQuery {
        let mut query = query;
        if self.has(Fault::NoLimit) {
            query.limit = None;
        }
        if let (Fault::ClosedRanges, Some(end)) = (self.fault, query.range.end) {
            query.range = TimeRange {
                end: Some(Timestamp::saturating(end.micros() + 1)),
                ..query.range
            };
        }
        if let (Fault::TimeExcluded, AsOf::Time(time)) = (self.fault, query.as_of) {
            query.as_of = AsOf::Time(Timestamp::saturating(time.micros() - 1));
        }
        if self.has(Fault::LimitFromTheOldest) {
            query.order = Order::Ascending;
        }
        if self.has(Fault::EveryColumn) {
            query.columns = domain::market::ColumnSet::ALL;
        }
        query
    }

    fn spoiled_frame(&self, mut frame: BarFrame, order: Order) -> BarFrame {
        if let (Fault::VolumeZero, Some(volumes)) = (self.fault, &mut frame.columns[Column::Volume as usize])
        {
            volumes
                .iter_mut()
                .filter(|volume| volume.is_nan())
                .for_each(|volume| *volume = 0.0);
        }
        if self.has(Fault::MillisecondTimes) {
            frame
                .time
                .iter_mut()
                .for_each(|time| *time = time.div_euclid(1_000) * 1_000);
        }
        if self.has(Fault::LimitFromTheOldest) && order == Order::Descending {
            frame.reversed()
        } else {
            frame
        }
    }
}

#[async_trait]
impl PriceStore for FaultyStore {
    async fn list(&self, query: SeriesQuery) -> Result<Page<SeriesHead, SeriesPosition>, StoreError> {
        let after = query.page.after.clone();
        let mut page = self.store.list(query).await?;
        if self.has(Fault::Collated) {
            page.items.sort_by_key(|head| head.key.to_string().to_lowercase());
        }
        if let (Fault::TiesSkipped, Some(after)) = (self.fault, after) {
            page.items.retain(|head| after.rank != Some(head.bars as i64));
        }
        Ok(page)
    }

    async fn head(&self, key: &SeriesKey) -> Result<Option<SeriesHead>, StoreError> {
        let head = self.store.head(key).await?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            Some(seen) if self.has(Fault::StaleHead) && seen.key == *key => Ok(Some(seen.clone())),
            _ => {
                seen.clone_from(&head);
                Ok(head)
            }
        }
    }

    async fn commit(&self, key: &SeriesKey, write: PriceWrite<'_>) -> Result<Written, StoreError> {
        let mut write = write;
        if self.has(Fault::ExpectsNothing) {
            write.expected = None;
        }
        if self.has(Fault::NoKeys) {
            write.idempotency_key = None;
        }
        if self.has(Fault::SwallowedInput) {
            write.bars = write
                .bars
                .take_while(|batch| std::future::ready(batch.is_ok()))
                .boxed();
        }
        self.store.commit(key, write).await
    }

    async fn replay(&self, key: &SeriesKey, replay: Replay<'_>) -> Result<Commit, StoreError> {
        self.store.replay(key, replay).await
    }

    fn bars(&self, query: BarsQuery) -> FrameStream<'_> {
        let order = query.order;
        let frames = self.store.bars(self.spoiled_query(query));
        frames
            .map(move |frame| frame.map(|frame| self.spoiled_frame(frame, order)))
            .boxed()
    }

    async fn commit_at(&self, key: &SeriesKey, as_of: AsOf) -> Result<Option<Commit>, StoreError> {
        self.store.commit_at(key, as_of).await
    }

    async fn commits(&self, query: CommitsQuery) -> Result<Page<Commit, Version>, StoreError> {
        let page = self.store.commits(query).await?;
        Ok(if self.has(Fault::OnePage) {
            Page { next: None, ..page }
        } else {
            page
        })
    }

    fn diff(&self, key: &SeriesKey, from: Version, to: Version) -> ChangeStream<'_> {
        if self.has(Fault::ForwardDiffs) && from > to {
            return self.store.diff(key, to, from);
        }
        self.store.diff(key, from, to)
    }

    async fn revert(&self, key: &SeriesKey, revert: Revert) -> Result<Written, StoreError> {
        let expected = if self.has(Fault::RevertsAnything) {
            None
        } else {
            revert.expected
        };
        self.store.revert(key, Revert { expected, ..revert }).await
    }

    async fn purge(&self, key: &SeriesKey) -> Result<(), StoreError> {
        match self.store.purge(key).await {
            Err(StoreError::Conflict { .. }) if self.has(Fault::NoPins) => Ok(()),
            answer => answer,
        }
    }

    async fn gaps(&self, query: GapsQuery) -> Result<Page<Gap, Timestamp>, StoreError> {
        self.store.gaps(query).await
    }

    async fn verify(&self, key: &SeriesKey) -> Result<SeriesCheck, StoreError> {
        self.store.verify(key).await
    }
}
