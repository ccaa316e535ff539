//! Backtests, sweeps and jobs: a short life of them, and what must be found after each step.

mod crashes;
mod damage;
mod failures;

use std::{collections::BTreeMap, time::Duration};

use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestInput, BacktestResult, BacktestSettings, BacktestSort, BacktestStore,
        BacktestStoreExt, BacktestsFilter, BacktestsQuery, Costs, EquityCurve, ExitReason, Metric, Metrics,
        NewBacktest, Origin, RunStatus, Side, StrategyRef, Sweep, SweepStore, SweepsQuery, Trade,
    },
    error::StoreError,
    id::{BacktestId, IdSource, SweepId},
    job::{Finished, Handback, JobProgress, JobState, JobStore, Ticket, Work},
    market::{Order, PriceStore, PriceWrite, Timestamp, Version},
    page::PageRequest,
    strategy::StrategyStore,
};
use store_file::FileStore;
use testkit::{
    ids::SeededIds,
    strategy::{document, save},
};

use crate::history::{author, key, minutes};

const LEASE: Duration = Duration::from_hours(1);

/// One step of the life; numbers stand for backtests and sweeps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Prepare,
    Add(u64),
    Edit(u64),
    Remove(u64),
    AddSweep(u64),
    RemoveSweep(u64),
    Enqueue(u64),
    EnqueueSweep(u64),
    Take,
    Renew(u64),
    Release(u64),
    Finish(u64),
    FinishSweep(u64),
    Cancel(u64),
    Purge,
}

/// Steps that touch every kind of write.
pub(super) fn steps() -> Vec<Step> {
    use Step::*;
    vec![
        Prepare,
        Add(1),
        Edit(1),
        Enqueue(10),
        Edit(10),
        Take,
        Renew(10),
        Finish(10),
        Enqueue(11),
        Take,
        Release(11),
        Cancel(11),
        AddSweep(20),
        EnqueueSweep(30),
        Take,
        FinishSweep(30),
        Remove(10),
        RemoveSweep(30),
        Remove(11),
        RemoveSweep(20),
        Remove(31),
        Remove(32),
        Remove(21),
        Remove(22),
        Remove(1),
        Purge,
    ]
}

fn uuid(number: u64) -> uuid::Uuid {
    SeededIds::new(number).next_uuid()
}

pub(super) fn id(number: u64) -> BacktestId {
    BacktestId::from_uuid(uuid(number))
}

fn sweep_id(number: u64) -> SweepId {
    SweepId::from_uuid(uuid(number))
}

fn ticket(number: u64) -> Ticket {
    Ticket {
        job: id(number).into(),
        fence: 1,
    }
}

fn settings() -> BacktestSettings {
    BacktestSettings {
        start: None,
        end: None,
        parameters: BTreeMap::new(),
        cash: 1_000.0,
        costs: Costs::default(),
        sessions_per_year: 252.0,
        zone: "UTC".parse().unwrap(),
        risk_free: 0.0,
    }
}

fn strategy() -> StrategyRef {
    StrategyRef {
        name: "sma".parse().unwrap(),
        version: Version(1),
        digest: None,
    }
}

fn inputs() -> Vec<BacktestInput> {
    vec![BacktestInput {
        series: key("X:A/1m"),
        version: Version(1),
        digest: minutes(0, 3, 1.0).digest(),
    }]
}

fn queued(number: u64) -> Backtest {
    Backtest {
        id: id(number),
        status: RunStatus::Queued,
        origin: Origin::Engine,
        strategy: Some(strategy()),
        inputs: inputs(),
        settings: settings(),
        title: None,
        notes: None,
        tags: [].into(),
        author: author(),
        created_at: Timestamp::EPOCH,
        finished_at: None,
        sweep: None,
        engine: None,
        digest: None,
        span: None,
        metrics: Metrics::default(),
        failure: None,
    }
}

pub(super) fn done(number: u64) -> NewBacktest {
    let mut backtest = Backtest {
        status: RunStatus::Done,
        ..queued(number)
    };
    let metric = Metric {
        value: Some(number as f64),
        basis: "trades".to_owned(),
        reason: None,
    };
    backtest.metrics.set("sharpe", metric);
    let trade = Trade {
        number: 1,
        side: Side::Short,
        units: 1.0,
        entry_time: Timestamp::EPOCH,
        entry_price: 1.5,
        exit_time: Timestamp::EPOCH,
        exit_price: 2.5,
        exit_reason: ExitReason::EndOfData,
        gross: 1.0,
        costs: 0.25,
        net: 0.75,
        net_return: number as f64,
    };
    NewBacktest {
        backtest,
        result: BacktestResult {
            trades: vec![trade],
            equity: EquityCurve::new(vec![0, 60_000_000], vec![1_000.0, number as f64]).unwrap(),
        },
    }
}

fn queued_sweep(number: u64) -> Sweep {
    Sweep {
        id: sweep_id(number),
        status: RunStatus::Queued,
        strategy: strategy(),
        inputs: inputs(),
        settings: settings(),
        axes: Vec::new(),
        by: "sharpe".to_owned(),
        top: 2,
        title: None,
        author: author(),
        created_at: Timestamp::EPOCH,
        finished_at: None,
        engine: None,
        figures: Vec::new(),
        rows: Vec::new(),
        failure: None,
    }
}

fn ended_sweep(number: u64) -> (Sweep, Vec<NewBacktest>) {
    let sweep = Sweep {
        status: RunStatus::Done,
        ..queued_sweep(number)
    };
    (sweep, vec![done(number + 1), done(number + 2)])
}

async fn prepare(store: &FileStore) -> Result<(), StoreError> {
    let document = document(strategy().name.as_str(), 1);
    store.save_strategy(save(document)).await?;
    let write = PriceWrite::upsert(minutes(0, 3, 1.0), author());
    store.commit(&key("X:A/1m"), write).await.map(drop)
}

/// Takes one step.
pub(super) async fn take(store: &FileStore, step: Step) -> Result<(), StoreError> {
    match step {
        Step::Prepare => prepare(store).await,
        Step::Add(number) => store.add_backtest(&done(number)).await,
        Step::Edit(number) => {
            let edit = BacktestEdit {
                title: Some(Some("edited".to_owned())),
                ..BacktestEdit::default()
            };
            store.edit_backtest(id(number), edit).await.map(drop)
        }
        Step::Remove(number) => store.remove_backtest(id(number)).await,
        Step::AddSweep(number) => {
            let (sweep, best) = ended_sweep(number);
            store.add_sweep(&sweep, &best).await
        }
        Step::RemoveSweep(number) => store.remove_sweep(sweep_id(number)).await,
        Step::Enqueue(number) => store.enqueue(&Work::Backtest(Box::new(queued(number)))).await,
        Step::EnqueueSweep(number) => store.enqueue(&Work::Sweep(Box::new(queued_sweep(number)))).await,
        Step::Take => store.take_job("worker", LEASE).await.map(drop),
        Step::Renew(number) => {
            let progress = JobProgress { done: 1, total: 2 };
            store.renew_job(ticket(number), LEASE, progress).await.map(drop)
        }
        Step::Release(number) => store.release_job(ticket(number), Handback::Stopped).await,
        Step::Finish(number) => {
            let finished = Finished::Backtest(Box::new(done(number)));
            store.finish_job(ticket(number), &finished).await
        }
        Step::FinishSweep(number) => {
            let (sweep, best) = ended_sweep(number);
            let finished = Finished::Sweep(Box::new(sweep), best);
            store.finish_job(ticket(number), &finished).await
        }
        Step::Cancel(number) => store.cancel_job(id(number).into()).await,
        Step::Purge => store.purge(&key("X:A/1m")).await,
    }
}

/// What a store holds.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    backtests: Vec<NewBacktest>,
    sweeps: Vec<Sweep>,
    jobs: Vec<JobState>,
    has_strategy: bool,
    has_series: bool,
}

pub(super) fn everything() -> BacktestsQuery {
    BacktestsQuery {
        filter: BacktestsFilter::default(),
        sort: BacktestSort::Created,
        order: Order::Ascending,
        page: PageRequest::first(100),
    }
}

/// Reads everything back; lists must agree with what is read one by one.
pub(super) async fn look(store: &FileStore) -> Result<Seen, StoreError> {
    let mut backtests = Vec::new();
    let listed = store.backtests(everything()).await?.items;
    for number in 0..40 {
        let Some(backtest) = store.backtest(id(number)).await? else {
            continue;
        };
        assert!(listed.contains(&backtest), "{number} is there and must be listed");
        let result = BacktestResult {
            trades: store.all_trades(backtest.id).await?,
            equity: store.equity(backtest.id).await?,
        };
        // When something was cancelled depends on how often it was tried.
        let backtest = Backtest {
            finished_at: None,
            ..backtest
        };
        backtests.push(NewBacktest { backtest, result });
    }
    assert_eq!(listed.len(), backtests.len());
    let query = SweepsQuery {
        page: PageRequest::first(100),
    };
    let sweeps = store.sweeps(query).await?.items;
    let mut jobs = Vec::new();
    for number in 0..40 {
        let whole = store.sweep(sweep_id(number)).await?;
        assert_eq!(
            whole.is_some(),
            sweeps.iter().any(|sweep| sweep.id == sweep_id(number))
        );
        jobs.extend(store.job(id(number).into()).await?);
    }
    let series = store.head(&key("X:A/1m")).await?;
    Ok(Seen {
        backtests,
        sweeps,
        jobs,
        has_strategy: store.strategy(&strategy().name, None).await?.is_some(),
        has_series: series.is_some(),
    })
}
