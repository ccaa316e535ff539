//! Several servers that share the work of one database.

use std::time::{Duration, Instant};

use domain::{
    backtest::{Backtest, BacktestResult, BacktestStore, BacktestStoreExt, NewBacktest, RunStatus},
    error::StoreError,
    job::{Finished, JobProgress, JobStore, Renewal, Work},
};
use sqlx::Connection;
use store_postgres::PostgresStore;
use testkit::bars::minutes;

use crate::{
    asleep::wait_until_asleep,
    place::{Place, key, upsert},
    results::done,
};

const LEASE: Duration = Duration::from_secs(30);

/// Enqueues a backtest, and returns it as its worker will give it back.
async fn enqueued(store: &PostgresStore, number: u128) -> NewBacktest {
    let finished = done(store, number, "X:A/1m").await;
    let queued = Backtest {
        status: RunStatus::Queued,
        finished_at: None,
        engine: None,
        metrics: [].into_iter().collect(),
        ..finished.backtest.clone()
    };
    store.enqueue(&Work::Backtest(Box::new(queued))).await.unwrap();
    finished
}

async fn with_jobs(count: u128) -> (Place, [PostgresStore; 2], Vec<NewBacktest>) {
    let place = Place::new().await;
    let stores = [place.open().await, place.open().await];
    upsert(&stores[0], &key("X:A/1m"), &minutes(0..10, 1.0)).await;
    let mut jobs = Vec::new();
    for number in 1..=count {
        jobs.push(enqueued(&stores[0], number).await);
    }
    (place, stores, jobs)
}

#[tokio::test]
async fn a_job_that_somebody_is_taking_keeps_nobody_waiting() {
    let (place, [store, _], jobs) = with_jobs(2).await;
    let mut other = place.connect("chandlery_app").await;
    let taking = "begin; select id from chandlery.job order by id limit 1 for update";
    sqlx::raw_sql(taking).execute(&mut other).await.unwrap();
    let begin = Instant::now();
    let taken = store.take_job("a", LEASE).await.unwrap().unwrap();
    assert_eq!(taken.work.id(), jobs[1].backtest.id.into());
    assert!(store.take_job("a", LEASE).await.unwrap().is_none());
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    other.close().await.unwrap();
}

#[tokio::test]
async fn the_job_of_a_dead_worker_is_taken_over_and_the_dead_one_writes_nothing() {
    let (place, [first, second], jobs) = with_jobs(1).await;
    let id = jobs[0].backtest.id;
    let lost = first.take_job("first", LEASE).await.unwrap().unwrap();
    assert!(second.take_job("second", LEASE).await.unwrap().is_none());
    // Its connections are cut off, as when its process is killed.
    place
        .database
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity \
             where usename = 'chandlery_app' and datname = current_database()",
        )
        .await;
    place.clock.advance(31_000_000);
    let taken = loop {
        match second.take_job("second", LEASE).await {
            Ok(taken) => break taken.unwrap(),
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(taken.ticket.fence > lost.ticket.fence);
    let mut wrong = jobs[0].clone();
    wrong.result = BacktestResult::default();
    let dead = first
        .finish_job(lost.ticket, &Finished::Backtest(Box::new(wrong)))
        .await;
    assert!(!matches!(dead, Ok(()) | Err(StoreError::Invalid(_))), "{dead:?}");
    assert_eq!(
        second.backtest(id).await.unwrap().unwrap().status,
        RunStatus::Running
    );
    let progress = JobProgress { done: 1, total: 2 };
    let renewed = second.renew_job(taken.ticket, LEASE, progress).await.unwrap();
    assert_eq!(renewed, Renewal::GoOn);
    let finished = Finished::Backtest(Box::new(jobs[0].clone()));
    second.finish_job(taken.ticket, &finished).await.unwrap();
    let late = second.finish_job(lost.ticket, &finished).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    assert_eq!(second.backtest(id).await.unwrap().unwrap(), jobs[0].backtest);
    assert_eq!(second.all_trades(id).await.unwrap(), jobs[0].result.trades);
    assert_eq!(second.job(id.into()).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_is_stored_even_when_nobody_waits_for_it() {
    let (place, [store, other], jobs) = with_jobs(1).await;
    let id = jobs[0].backtest.id;
    let taken = store.take_job("a", LEASE).await.unwrap().unwrap();
    let mut held = place.connect("chandlery_app").await;
    sqlx::raw_sql("begin; select id from chandlery.job for update")
        .execute(&mut held)
        .await
        .unwrap();
    let finished = Finished::Backtest(Box::new(jobs[0].clone()));
    let call = tokio::spawn(async move { store.finish_job(taken.ticket, &finished).await });
    // It is in the middle of its transaction.
    wait_until_asleep(&place, 1).await;
    call.abort();
    assert!(call.await.is_err_and(|error| error.is_cancelled()));
    held.close().await.unwrap();
    let begin = Instant::now();
    while other.backtest(id).await.unwrap().unwrap().status != RunStatus::Done {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "the end was not stored"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(other.all_trades(id).await.unwrap(), jobs[0].result.trades);
    assert_eq!(other.equity(id).await.unwrap(), jobs[0].result.equity);
}
