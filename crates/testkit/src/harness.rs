//! How a store is set up for the cases, and what a case finds.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    backtest::{BacktestStore, SweepStore},
    clock::Clock,
    id::IdSource,
    job::JobStore,
    market::{ImportStore, InstrumentStore, PriceStore, Timestamp},
    strategy::StrategyStore,
};

use crate::{clock::SteppingClock, ids::SeededIds};

/// No case takes this long, unless it hangs.
const CASE_LIMIT: Duration = Duration::from_mins(3);

/// The ports of one store, opened.
#[derive(Clone)]
pub struct Stores {
    /// Price history.
    pub prices: Arc<dyn PriceStore>,
    /// Instruments.
    pub instruments: Arc<dyn InstrumentStore>,
    /// Imports.
    pub imports: Arc<dyn ImportStore>,
    /// Strategies.
    pub strategies: Arc<dyn StrategyStore>,
    /// Backtests.
    pub backtests: Arc<dyn BacktestStore>,
    /// Sweeps.
    pub sweeps: Arc<dyn SweepStore>,
    /// Jobs.
    pub jobs: Arc<dyn JobStore>,
}

/// Makes empty stores, any number of them, that know nothing of each other.
#[async_trait]
pub trait StoreHarness: Send + Sync {
    /// Makes the place of an empty store: a directory, a database. What lies there goes when it is dropped.
    async fn create(&self) -> Box<dyn StorePlace>;
}

/// Where the data of one store lie.
#[async_trait]
pub trait StorePlace: Send + Sync {
    /// Opens the store, as a process does that starts. Handles that are open already stay usable and share nothing
    /// with the new one but the data, as if they belonged to other processes.
    async fn open(&self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Stores;
}

/// A store in the hands of a case, with its clock and its source of ids.
pub struct Fixture {
    place: Box<dyn StorePlace>,
    /// The clock of every handle: it begins at 2025-01-01 and moves on by a second at each reading.
    pub clock: Arc<SteppingClock>,
    /// The ids of every handle.
    pub ids: Arc<SeededIds>,
    stores: Option<Stores>,
}

impl Fixture {
    /// Makes an empty store and opens it.
    pub async fn new(harness: &dyn StoreHarness) -> Self {
        let start = Timestamp::saturating(1_735_689_600_000_000);
        let place = harness.create().await;
        let clock = Arc::new(SteppingClock::new(start, 1_000_000));
        let mut fixture = Self {
            place,
            clock,
            ids: Arc::new(SeededIds::new(7)),
            stores: None,
        };
        fixture.restart().await;
        fixture
    }

    /// Closes the store and opens it again, as after a restart.
    pub async fn restart(&mut self) {
        self.stores = None;
        self.stores = Some(self.another_handle().await);
    }

    /// Opens a second handle on the same data, as from another process.
    pub async fn another_handle(&self) -> Stores {
        self.place.open(self.clock.clone(), self.ids.clone()).await
    }

    /// Returns the ports.
    ///
    /// # Panics
    /// Never: the store is open but while it restarts.
    pub fn stores(&self) -> &Stores {
        self.stores.as_ref().expect("the store is open")
    }

    /// Returns the port of price history.
    pub fn prices(&self) -> &dyn PriceStore {
        &*self.stores().prices
    }

    /// Returns the port of instruments.
    pub fn instruments(&self) -> &dyn InstrumentStore {
        &*self.stores().instruments
    }

    /// Returns the port of imports.
    pub fn imports(&self) -> &dyn ImportStore {
        &*self.stores().imports
    }

    /// Returns the port of strategies.
    pub fn strategies(&self) -> &dyn StrategyStore {
        &*self.stores().strategies
    }

    /// Returns the port of backtests.
    pub fn backtests(&self) -> &dyn BacktestStore {
        &*self.stores().backtests
    }

    /// Returns the port of sweeps.
    pub fn sweeps(&self) -> &dyn SweepStore {
        &*self.stores().sweeps
    }

    /// Returns the port of jobs.
    pub fn jobs(&self) -> &dyn JobStore {
        &*self.stores().jobs
    }
}

/// Runs one case on a runtime of its own with two workers; a case that hangs fails.
///
/// # Panics
/// When the case does, takes more than three minutes, or no runtime can be started.
pub fn run_case(harness: &dyn StoreHarness, case: impl AsyncFnOnce(&dyn StoreHarness)) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be started");
    runtime.block_on(async {
        let ended = tokio::time::timeout(CASE_LIMIT, case(harness)).await;
        assert!(ended.is_ok(), "the case did not end within {CASE_LIMIT:?}");
    });
}
