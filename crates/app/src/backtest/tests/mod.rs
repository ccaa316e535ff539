//! Runs, sweeps, recordings and verifications on a store in memory.

mod attempts;
mod damaged;
mod fresh;
mod jobs;
mod leases;
mod recorded;
mod runs;
mod sweeps;
mod verified;
mod words;
mod worked;

use std::{collections::BTreeSet, sync::Arc};

use domain::market::{AsOf, Bar, Bars, PriceWrite, SeriesKey};
use testkit::{clock::FixedClock, ids::SeededIds, memory::MemoryStore};

use super::*;
use crate::{
    fixture::{author, key, time},
    stores::Stores,
    strategy::{DocumentText, PutStrategy, Syntax, put},
};

const DAY: i64 = 86_400_000_000;
const SERIES: &str = "X:A/1d";

const CROSS: &str = r#"
name = "cross"
[parameters]
fast = { default = 3, min = 2, max = 50 }
slow = { default = 8, min = 2, max = 100 }
[long]
enter = "crosses_above(sma(close, fast), sma(close, slow))"
exit = "crosses_below(sma(close, fast), sma(close, slow))"
[costs]
commission_bps = 10
"#;

/// A store with a strategy and a series of waves.
struct Desk {
    stores: Stores,
    clock: Arc<FixedClock>,
    ids: Arc<SeededIds>,
}

impl Desk {
    async fn new() -> Self {
        let clock = Arc::new(FixedClock::new(time("2024-06-01")));
        let ids = Arc::new(SeededIds::new(3));
        let stores = MemoryStore::new(clock.clone(), ids.clone()).into_stores();
        let desk = Self {
            stores: Stores {
                instruments: stores.instruments,
                prices: stores.prices,
                imports: stores.imports,
                strategies: stores.strategies,
                backtests: stores.backtests,
                sweeps: stores.sweeps,
                jobs: stores.jobs,
                files: None,
            },
            clock,
            ids,
        };
        desk.save(CROSS).await;
        desk.write(waves(300)).await;
        desk
    }

    async fn save(&self, text: &str) {
        let document = PutStrategy {
            text: DocumentText {
                text: text.to_owned(),
                syntax: Syntax::Toml,
            },
            name: None,
            author: author(),
            note: None,
            expected: None,
        };
        put(&self.stores, document).await.unwrap();
    }

    /// Writes bars a second later than what was written before.
    async fn write(&self, bars: Bars) {
        use domain::clock::Clock;
        let later = self.clock.now().micros() + 1_000_000;
        self.clock.set(domain::market::Timestamp::saturating(later));
        let write = PriceWrite::upsert(bars, author());
        self.stores.prices.commit(&key(SERIES), write).await.unwrap();
    }

    async fn run(&self, order: BacktestOrder) -> Result<domain::backtest::NewBacktest, BacktestError> {
        let progress = &crate::progress::Unobserved;
        run_here(&self.stores, &*self.clock, &*self.ids, order, progress).await
    }

    async fn verify(&self, id: domain::id::BacktestId) -> Verification {
        verify(&self.stores, id, &crate::progress::Unobserved)
            .await
            .unwrap()
    }
}

fn order() -> BacktestOrder {
    BacktestOrder {
        run: RunOrder::new("cross".parse().unwrap(), key(SERIES), author()),
        title: Some("First".to_owned()),
        notes: None,
        tags: BTreeSet::from(["waves".to_owned()]),
    }
}

/// Asks for a run over a period in which there is no bar, though there are some before and behind it.
fn between_two_bars() -> BacktestOrder {
    let mut order = order();
    (order.run.start, order.run.end) = (
        Some(time("2023-03-01T06:00:00Z")),
        Some(time("2023-03-01T12:00:00Z")),
    );
    order
}

/// Daily bars whose prices go up and down.
fn waves(count: usize) -> Bars {
    let first = time("2023-01-02").micros();
    let bars: Vec<Bar> = (0..count)
        .map(|day| bar(first + day as i64 * DAY, wave(day)))
        .collect();
    Bars::from_rows(&bars).unwrap()
}

fn wave(day: usize) -> f64 {
    100.0 + 20.0 * (day as f64 / 9.0).sin() + 0.05 * day as f64
}

fn bar(time: i64, price: f64) -> Bar {
    Bar {
        time,
        open: price,
        high: price + 1.0,
        low: price - 1.0,
        close: price,
        volume: 10.0,
    }
}

fn at_version(version: u64) -> AsOf {
    AsOf::Version(domain::market::Version(version))
}

fn series() -> SeriesKey {
    key(SERIES)
}
