//! Jobs that can't be read keep nobody from those behind them.

use std::time::Duration;

use domain::{
    backtest::{Backtest, BacktestStore, Metrics, Origin, RunStatus},
    error::StoreError,
    id::{BacktestId, JobId},
    job::{JobStore, Work},
};
use testkit::bars::minutes;

use crate::{
    place::{Place, attempt, key, upsert},
    results::done,
};

const LEASE: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_job_that_cannot_be_read_is_passed_over_and_taken_when_it_is_mended() {
    let place = Place::new().await;
    let store = place.open().await;
    upsert(&store, &key("X:A/1m"), &minutes(0..10, 1.0)).await;
    let mut jobs = Vec::new();
    for number in 1..=3 {
        let backtest = Backtest {
            status: RunStatus::Queued,
            origin: Origin::Engine,
            finished_at: None,
            engine: None,
            metrics: Metrics::default(),
            ..done(&store, number, "X:A/1m").await.backtest
        };
        jobs.push(JobId::from(backtest.id));
        store.enqueue(&Work::Backtest(Box::new(backtest))).await.unwrap();
    }
    let mut admin = place.admin().await;
    let spoil = format!(
        "update chandlery.backtest set record = '{{}}' where id = '{}'",
        jobs[0]
    );
    assert_eq!(
        attempt(
            &mut admin,
            "create table kept as select * from chandlery.backtest"
        )
        .await,
        Ok(3)
    );
    assert_eq!(attempt(&mut admin, &spoil).await, Ok(1));
    let took = store.take_job("a", LEASE).await.unwrap().unwrap();
    assert_eq!(took.ticket.job, jobs[1]);
    let took = store.take_job("a", LEASE).await.unwrap().unwrap();
    assert_eq!(took.ticket.job, jobs[2]);
    assert_eq!(store.take_job("a", LEASE).await.unwrap(), None);
    // Nobody has it, and whoever asks for it is told what is wrong.
    let state = store.job(jobs[0]).await.unwrap().unwrap();
    assert_eq!(state.worker, None);
    let id = BacktestId::from_uuid(jobs[0].as_uuid());
    let told = store.backtest(id).await;
    assert!(matches!(told, Err(StoreError::Corrupt { .. })), "{told:?}");
    let mend = "update chandlery.backtest b set record = k.record from kept k where k.id = b.id";
    assert_eq!(attempt(&mut admin, mend).await, Ok(3));
    let took = store.take_job("a", LEASE).await.unwrap().unwrap();
    assert_eq!(took.ticket.job, jobs[0]);
}
