//! A store in memory: the [`Model`] behind the ports. It is the reference that the contract is tried on, and a quick
//! store for tests of use cases; never shipped.

mod runs;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use domain::{
    clock::Clock,
    error::StoreError,
    id::{IdSource, ImportId},
    market::{
        AsOf, BarStream, Bars, BarsQuery, ChangeStream, Changes, Commit, CommitsQuery, FrameStream, Gap,
        GapsQuery, Import, ImportStore, ImportsQuery, Instrument, InstrumentStore, InstrumentsQuery,
        PriceStore, PriceWrite, Replay, Revert, SeriesCheck, SeriesHead, SeriesKey, SeriesPosition,
        SeriesQuery, Symbol, Timestamp, Venue, Version, Written,
    },
    page::Page,
    strategy::{
        DamagedStrategy, SaveStrategy, SavedStrategy, StrategiesQuery, StrategyName, StrategyStore,
        StrategyVersion, StrategyVersionsQuery,
    },
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{
    harness::{StoreHarness, StorePlace, Stores},
    model::{Model, ModelWrite, Runs, Strategies},
};

/// How many bars a read returns at a time.
const BATCH: usize = 4_096;

/// Makes stores in memory.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemoryHarness;

#[async_trait]
impl StoreHarness for MemoryHarness {
    async fn create(&self) -> Box<dyn StorePlace> {
        Box::new(MemoryPlace::default())
    }
}

/// The memory that handles share.
#[derive(Debug, Default)]
struct MemoryPlace {
    data: Arc<Mutex<Data>>,
}

#[async_trait]
impl StorePlace for MemoryPlace {
    async fn open(&self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Stores {
        MemoryStore {
            data: self.data.clone(),
            clock,
            ids,
        }
        .into_stores()
    }
}

#[derive(Debug, Default)]
struct Data {
    model: Model,
    imports: BTreeMap<ImportId, Import>,
    strategies: Strategies,
    runs: Runs,
}

/// A store that forgets everything with its last handle.
#[derive(Clone)]
pub struct MemoryStore {
    data: Arc<Mutex<Data>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            data: Arc::default(),
            clock,
            ids,
        }
    }

    /// Returns the store as its ports.
    pub fn into_stores(self) -> Stores {
        let store = Arc::new(self);
        Stores {
            prices: store.clone(),
            instruments: store.clone(),
            imports: store.clone(),
            strategies: store.clone(),
            backtests: store.clone(),
            sweeps: store.clone(),
            jobs: store,
        }
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes all batches of a write.
async fn collect(mut batches: BarStream<'_>) -> Result<Bars, StoreError> {
    let mut whole = Bars::default();
    while let Some(batch) = batches.try_next().await? {
        whole
            .append(&batch)
            .map_err(|error| StoreError::Invalid(error.to_string()))?;
    }
    Ok(whole)
}

#[async_trait]
impl PriceStore for MemoryStore {
    async fn list(&self, query: SeriesQuery) -> Result<Page<SeriesHead, SeriesPosition>, StoreError> {
        Ok(self.data().model.list(&query))
    }

    async fn head(&self, key: &SeriesKey) -> Result<Option<SeriesHead>, StoreError> {
        Ok(self.data().model.head(key))
    }

    async fn commit(&self, key: &SeriesKey, write: PriceWrite<'_>) -> Result<Written, StoreError> {
        let PriceWrite {
            kind,
            bars,
            expected,
            idempotency_key,
            meta,
        } = write;
        let write = ModelWrite {
            kind,
            bars: collect(bars).await?,
            expected,
            idempotency_key,
            meta,
        };
        let mut data = self.data();
        data.model.commit(key, &write, self.clock.now(), &*self.ids)
    }

    async fn replay(&self, key: &SeriesKey, replay: Replay<'_>) -> Result<Commit, StoreError> {
        let pieces: Vec<Changes> = replay.changes.try_collect().await?;
        let join = |pick: fn(&Changes) -> &Bars| {
            Bars::concat(pieces.iter().map(pick)).map_err(|error| StoreError::Invalid(error.to_string()))
        };
        let changes = Changes {
            inserted: join(|piece| &piece.inserted)?,
            before: join(|piece| &piece.before)?,
            after: join(|piece| &piece.after)?,
            deleted: join(|piece| &piece.deleted)?,
        };
        self.data()
            .model
            .replay(key, &replay.commit, &changes, &*self.ids)
    }

    fn bars(&self, query: BarsQuery) -> FrameStream<'_> {
        let frames = self.data().model.bars(&query).map(|frame| {
            let starts = (0..frame.len()).step_by(BATCH);
            starts
                .map(|start| Ok(frame.clone().slice(start..frame.len().min(start + BATCH))))
                .collect()
        });
        stream::iter(frames.unwrap_or_else(|error| vec![Err(error)])).boxed()
    }

    async fn commit_at(&self, key: &SeriesKey, as_of: AsOf) -> Result<Option<Commit>, StoreError> {
        self.data().model.commit_at(key, as_of)
    }

    async fn commits(&self, query: CommitsQuery) -> Result<Page<Commit, Version>, StoreError> {
        self.data().model.commits(&query)
    }

    fn diff(&self, key: &SeriesKey, from: Version, to: Version) -> ChangeStream<'_> {
        stream::iter([self.data().model.diff(key, from, to)]).boxed()
    }

    async fn revert(&self, key: &SeriesKey, revert: Revert) -> Result<Written, StoreError> {
        let mut data = self.data();
        data.model.revert(key, &revert, self.clock.now(), &*self.ids)
    }

    async fn purge(&self, key: &SeriesKey) -> Result<(), StoreError> {
        let mut data = self.data();
        data.runs.check_purge(key)?;
        data.model.purge(key)
    }

    async fn gaps(&self, query: GapsQuery) -> Result<Page<Gap, Timestamp>, StoreError> {
        self.data().model.gaps(&query)
    }

    async fn verify(&self, key: &SeriesKey) -> Result<SeriesCheck, StoreError> {
        let (versions, bars) = self.data().model.size(key)?;
        Ok(SeriesCheck {
            key: key.clone(),
            versions,
            chunks: versions,
            bars,
            damages: Vec::new(),
        })
    }
}

#[async_trait]
impl InstrumentStore for MemoryStore {
    async fn instrument(&self, venue: &Venue, symbol: &Symbol) -> Result<Option<Instrument>, StoreError> {
        Ok(self.data().model.instrument(venue, symbol))
    }

    async fn instruments(
        &self,
        query: InstrumentsQuery,
    ) -> Result<Page<Instrument, (Venue, Symbol)>, StoreError> {
        Ok(self.data().model.instruments(&query))
    }

    async fn put_instrument(&self, instrument: &Instrument) -> Result<(), StoreError> {
        self.data().model.put_instrument(instrument)
    }
}

#[async_trait]
impl ImportStore for MemoryStore {
    async fn put_import(&self, import: &Import) -> Result<(), StoreError> {
        self.data().imports.insert(import.id, import.clone());
        Ok(())
    }

    async fn import(&self, id: ImportId) -> Result<Option<Import>, StoreError> {
        Ok(self.data().imports.get(&id).cloned())
    }

    async fn imports(&self, query: ImportsQuery) -> Result<Page<Import, ImportId>, StoreError> {
        let data = self.data();
        let older = data
            .imports
            .values()
            .rev()
            .filter(|import| query.page.after.is_none_or(|after| import.id < after));
        Ok(Page::cut(older.cloned().collect(), query.page.limit, |import| {
            import.id
        }))
    }
}

#[async_trait]
impl StrategyStore for MemoryStore {
    async fn save_strategy(&self, save: SaveStrategy) -> Result<SavedStrategy, StoreError> {
        let now = self.clock.now();
        self.data().strategies.save(save, now)
    }

    async fn replay_strategy(&self, version: &StrategyVersion) -> Result<(), StoreError> {
        self.data().strategies.replay(version)
    }

    async fn strategy(
        &self,
        name: &StrategyName,
        version: Option<Version>,
    ) -> Result<Option<StrategyVersion>, StoreError> {
        Ok(self.data().strategies.find(name, version))
    }

    async fn strategies(
        &self,
        query: StrategiesQuery,
    ) -> Result<Page<StrategyVersion, StrategyName>, StoreError> {
        Ok(self.data().strategies.list(&query))
    }

    async fn damaged_strategies(&self) -> Result<Vec<DamagedStrategy>, StoreError> {
        Ok(Vec::new())
    }

    async fn strategy_versions(
        &self,
        query: StrategyVersionsQuery,
    ) -> Result<Page<StrategyVersion, Version>, StoreError> {
        self.data().strategies.versions(&query)
    }

    async fn remove_strategy(
        &self,
        name: &StrategyName,
        expected: Option<Version>,
    ) -> Result<(), StoreError> {
        self.data().strategies.remove(name, expected)
    }
}
