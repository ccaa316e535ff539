//! A store in memory with a strategy and a series, for the tests of this crate.

use std::{sync::Arc, time::Duration};

use app::{
    backtest::{Axis, BacktestOrder, Grid, RunOrder, SweepOrder},
    stores::Stores,
    strategy::{DocumentText, PutStrategy, Syntax, put},
};
use domain::{
    backtest::{Backtest, BacktestResult, NewBacktest, RunStatus, Sweep},
    job::{Finished, TakenJob, Work},
    market::{Author, Bar, Bars, PriceWrite, SeriesKey},
};
use testkit::{clock::FixedClock, ids::SeededIds, memory::MemoryStore};

/// Longer than any test takes.
const LEASE: Duration = Duration::from_hours(1);

/// A store with a strategy and a series.
pub(crate) struct Desk {
    pub(crate) stores: Stores,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) ids: Arc<SeededIds>,
}

pub(crate) fn author() -> Author {
    "local:ada".parse().unwrap()
}

fn run() -> RunOrder {
    let series: SeriesKey = "X:A/1d".parse().unwrap();
    RunOrder::new("rise".parse().unwrap(), series, author())
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(FixedClock::new("2024-06-01".parse().unwrap()));
        let ids = Arc::new(SeededIds::new(3));
        let ports = MemoryStore::new(clock.clone(), ids.clone()).into_stores();
        let stores = Stores {
            instruments: ports.instruments,
            prices: ports.prices,
            imports: ports.imports,
            strategies: ports.strategies,
            backtests: ports.backtests,
            sweeps: ports.sweeps,
            jobs: ports.jobs,
            files: None,
        };
        let document = r#"
            name = "rise"
            parameters = { fast = { default = 5, min = 2 } }
            [long]
            enter = "close > sma(close, fast)"
        "#;
        let document = PutStrategy {
            text: DocumentText {
                text: document.to_owned(),
                syntax: Syntax::Toml,
            },
            name: None,
            author: author(),
            note: None,
            expected: None,
        };
        put(&stores, document).await.unwrap();
        let desk = Self { stores, clock, ids };
        desk.write(1.0).await;
        desk
    }

    /// Writes the one bar of the series, at a price.
    pub(crate) async fn write(&self, price: f64) {
        let bar = Bar {
            time: 0,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 1.0,
        };
        let write = PriceWrite::upsert(Bars::from_rows(&[bar]).unwrap(), author());
        self.stores.prices.commit(&run().series, write).await.unwrap();
    }

    /// Queues a backtest.
    pub(crate) async fn backtest(&self) -> Backtest {
        let order = BacktestOrder {
            run: run(),
            title: None,
            notes: None,
            tags: [].into(),
        };
        let prepared = order.prepare(&self.stores, &*self.clock, &*self.ids).await;
        let backtest = prepared.unwrap();
        let work = Work::Backtest(Box::new(backtest.clone()));
        self.stores.jobs.enqueue(&work).await.unwrap();
        backtest
    }

    /// Queues a sweep.
    pub(crate) async fn sweep(&self) -> Sweep {
        let order = SweepOrder {
            run: run(),
            grid: Grid::new(vec![Axis::list("fast", [2.0, 3.0]).unwrap()]).unwrap(),
            by: "sharpe".to_owned(),
            top: 1,
            title: None,
        };
        let prepared = order.prepare(&self.stores, &*self.clock, &*self.ids).await;
        let sweep = prepared.unwrap();
        let work = Work::Sweep(Box::new(sweep.clone()));
        self.stores.jobs.enqueue(&work).await.unwrap();
        sweep
    }

    /// Takes the oldest job.
    pub(crate) async fn take(&self) -> TakenJob {
        let taken = self.stores.jobs.take_job("a", LEASE).await.unwrap();
        taken.expect("a job waits")
    }

    /// Tells how far a worker is.
    pub(crate) async fn progress(&self, job: &TakenJob, done: u64, total: u64) {
        let progress = domain::job::JobProgress { done, total };
        let renewed = self.stores.jobs.renew_job(job.ticket, LEASE, progress).await;
        renewed.unwrap();
    }

    /// Ends a job.
    pub(crate) async fn finish(&self, job: TakenJob) {
        let finished = finished(job.work);
        self.stores.jobs.finish_job(job.ticket, &finished).await.unwrap();
    }
}

/// What a worker says that has run something without any trades.
pub(crate) fn finished(work: Work) -> Finished {
    let finished_at = Some("2024-06-02".parse().unwrap());
    match work {
        Work::Backtest(backtest) => Finished::Backtest(Box::new(NewBacktest {
            backtest: Backtest {
                status: RunStatus::Done,
                finished_at,
                ..*backtest
            },
            result: BacktestResult::default(),
        })),
        Work::Sweep(sweep) => {
            let sweep = Sweep {
                status: RunStatus::Done,
                finished_at,
                ..*sweep
            };
            Finished::Sweep(Box::new(sweep), Vec::new())
        }
    }
}
