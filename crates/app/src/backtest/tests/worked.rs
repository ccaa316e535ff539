//! Workers.

use std::time::Duration;

use domain::{
    backtest::{Backtest, BacktestStoreExt, RunStatus, Sweep},
    clock::Clock,
    id::{BacktestId, SweepId},
    job::{JobProgress, Work},
    market::Timestamp,
};

use super::{
    jobs::{Act, Watched},
    *,
};

pub(super) fn settings(name: &str) -> WorkerSettings {
    WorkerSettings {
        renewal: Duration::from_millis(20),
        poll: Duration::from_millis(20),
        ..WorkerSettings::new(name)
    }
}

impl Desk {
    pub(super) fn workers(&self, name: &str) -> Arc<Workers> {
        self.workers_on(&self.stores, settings(name))
    }

    pub(super) fn workers_on(&self, stores: &Stores, settings: WorkerSettings) -> Arc<Workers> {
        Workers::start(stores.clone(), self.clock.clone(), self.ids.clone(), settings)
    }

    /// Lets time pass, as the stores see it.
    pub(super) fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.clock
            .set(Timestamp::saturating(self.clock.now().micros() + micros));
    }

    pub(super) async fn queue_sweep(&self, axes: &[&str], top: u32) -> SweepId {
        let axes = axes.iter().map(|axis| axis.parse().unwrap()).collect();
        let order = SweepOrder {
            run: order().run,
            grid: Grid::new(axes).unwrap(),
            by: "sharpe".to_owned(),
            top,
            title: None,
        };
        let sweep = order
            .prepare(&self.stores, &*self.clock, &*self.ids)
            .await
            .unwrap();
        let id = sweep.id;
        self.stores
            .jobs
            .enqueue(&Work::Sweep(Box::new(sweep)))
            .await
            .unwrap();
        id
    }

    pub(super) async fn ended_sweep(&self, id: SweepId) -> Sweep {
        let ended = async {
            loop {
                let sweep = self.stores.sweeps.sweep(id).await.unwrap().unwrap();
                if sweep.status.has_ended() {
                    return sweep;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), ended).await.unwrap()
    }

    pub(super) async fn queue(&self, order: BacktestOrder) -> BacktestId {
        let backtest = order
            .prepare(&self.stores, &*self.clock, &*self.ids)
            .await
            .unwrap();
        let id = backtest.id;
        self.stores
            .jobs
            .enqueue(&Work::Backtest(Box::new(backtest)))
            .await
            .unwrap();
        id
    }

    pub(super) async fn ended(&self, id: BacktestId) -> Backtest {
        let ended = async {
            loop {
                let backtest = self.stores.backtests.backtest(id).await.unwrap().unwrap();
                if backtest.status.has_ended() {
                    return backtest;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), ended).await.unwrap()
    }
}

#[tokio::test]
async fn workers_of_several_processes_run_every_job_once_and_give_what_a_run_here_gives() {
    let desk = Desk::new().await;
    let here = desk.run(order()).await.unwrap().backtest;
    let mut queued = Vec::new();
    for _ in 0..20 {
        queued.push(desk.queue(order()).await);
    }
    let (stores, jobs) = Watched::over(&desk.stores);
    let workers = ["a", "b", "c"].map(|name| {
        let settings = WorkerSettings {
            count: 2,
            ..settings(name)
        };
        desk.workers_on(&stores, settings)
    });
    for id in queued {
        let backtest = desk.ended(id).await;
        assert_eq!(backtest.status, RunStatus::Done, "{:?}", backtest.failure);
        assert_eq!(backtest.digest, here.digest);
        assert_eq!(desk.stores.jobs.job(id.into()).await.unwrap(), None);
        jobs.until(id, Act::Finished, 1).await;
        let done = [Act::Took, Act::Offered, Act::Finished].map(|act| jobs.count(id, act));
        assert_eq!(done, [1, 1, 1]);
    }
    for workers in workers {
        workers.close(Duration::from_secs(10)).await;
    }
}

#[tokio::test]
async fn a_sweep_is_run_by_a_worker_with_its_best_runs() {
    let desk = Desk::new().await;
    let id = desk.queue_sweep(&["fast=2..4"], 2).await;
    let workers = desk.workers("a");
    let done = desk.ended_sweep(id).await;
    assert_eq!((done.status, done.rows.len()), (RunStatus::Done, 3));
    let best: Vec<BacktestId> = done.rows.iter().filter_map(|row| row.backtest).collect();
    assert_eq!(best.len(), 2);
    for id in best {
        assert!(desk.stores.backtests.backtest(id).await.unwrap().is_some());
    }
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_job_that_can_not_be_run_fails_with_its_reason() {
    let desk = Desk::new().await;
    let id = desk.queue(between_two_bars()).await;
    let workers = desk.workers("a");
    let backtest = desk.ended(id).await;
    assert_eq!(backtest.status, RunStatus::Failed);
    assert_eq!(
        backtest.failure.as_deref(),
        Some("X:A/1d has no bars in that period")
    );
    assert!(backtest.finished_at.is_some() && backtest.digest.is_none());
    workers.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_job_that_was_cancelled_before_it_was_taken_is_not_run() {
    let desk = Desk::new().await;
    let id = desk.queue(order()).await;
    desk.stores.jobs.cancel_job(id.into()).await.unwrap();
    let workers = desk.workers("a");
    let backtest = desk.ended(id).await;
    assert_eq!(backtest.status, RunStatus::Cancelled);
    workers.close(Duration::from_secs(10)).await;
    assert!(desk.stores.backtests.all_trades(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dead_workers_job_is_taken_over_when_its_lease_ends() {
    let desk = Desk::new().await;
    let id = desk.queue(order()).await;
    // This worker is never heard of again.
    let lease = Duration::from_secs(30);
    let dead = desk.stores.jobs.take_job("dead", lease).await.unwrap().unwrap();
    let workers = desk.workers("a");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let waiting = desk.stores.backtests.backtest(id).await.unwrap().unwrap();
    assert_eq!(waiting.status, RunStatus::Running);
    desk.clock.set(time("2024-07-01"));
    assert_eq!(desk.ended(id).await.status, RunStatus::Done);
    let late = desk
        .stores
        .jobs
        .renew_job(dead.ticket, lease, JobProgress::default())
        .await;
    assert!(late.is_err());
    workers.close(Duration::from_secs(10)).await;
}
