//! Hints of runs, told from one look to the next.

use serde_json::{Value, json};

use super::*;
use crate::testing::Desk;

/// Looks, and returns the hints as clients get them.
async fn told(seen: &mut SeenRuns, desk: &Desk) -> Vec<Value> {
    let look = seen.look(&desk.stores).await.unwrap();
    assert!(!look.missed, "{look:?}");
    let hints = look.hints.iter();
    hints.map(|hint| serde_json::to_value(hint).unwrap()).collect()
}

async fn has_missed(seen: &mut SeenRuns, desk: &Desk) -> bool {
    seen.look(&desk.stores).await.unwrap().missed
}

/// A store with so many queued backtests, and who has looked at it.
async fn with_queued(count: usize) -> (Desk, SeenRuns) {
    let (desk, mut seen) = (Desk::new().await, SeenRuns::default());
    for _ in 0..count {
        desk.backtest().await;
    }
    assert_eq!(told(&mut seen, &desk).await, [Value::Null; 0]);
    (desk, seen)
}

#[tokio::test]
async fn a_backtest_is_told_from_the_queue_to_its_end() {
    let (desk, mut seen) = with_queued(0).await;
    let id = desk.backtest().await.id.to_string();
    let hint = |state: &str| json!({"entity": "backtest", "id": id, "state": state});
    assert_eq!(told(&mut seen, &desk).await, [hint("queued")]);
    let job = desk.take().await;
    for done in [1, 2] {
        desk.progress(&job, done, 7).await;
        let mut running = hint("running");
        (running["done"], running["total"]) = (json!(done), json!(7));
        assert_eq!(told(&mut seen, &desk).await, [running]);
        assert_eq!(
            told(&mut seen, &desk).await,
            [Value::Null; 0],
            "nothing has changed"
        );
    }
    desk.finish(job).await;
    assert_eq!(told(&mut seen, &desk).await, [hint("done")]);
}

#[tokio::test]
async fn a_sweep_tells_how_far_it_is() {
    let (desk, mut seen) = with_queued(0).await;
    let id = desk.sweep().await.id.to_string();
    let job = desk.take().await;
    desk.progress(&job, 3, 4).await;
    let running = json!({"entity": "sweep", "id": id, "state": "running", "done": 3, "total": 4});
    assert_eq!(told(&mut seen, &desk).await, [running]);
    desk.finish(job).await;
    let done = json!({"entity": "sweep", "id": id, "state": "done"});
    assert_eq!(told(&mut seen, &desk).await, [done]);
}

#[tokio::test]
async fn the_oldest_backtest_is_told_behind_hundreds_of_newer_ones() {
    let (desk, mut seen) = with_queued(3 * NEWEST).await;
    for _ in 0..3 {
        let job = desk.take().await;
        let id = job.ticket.job.to_string();
        desk.progress(&job, 1, 2).await;
        let hints = told(&mut seen, &desk).await;
        assert_eq!(hints.len(), 1, "{hints:?}");
        let running = json!({"entity": "backtest", "id": id, "state": "running", "done": 1, "total": 2});
        assert_eq!(hints[0], running);
        desk.finish(job).await;
        let done = json!({"entity": "backtest", "id": id, "state": "done"});
        assert_eq!(told(&mut seen, &desk).await, [done]);
    }
}

#[tokio::test]
async fn runs_that_begin_and_end_between_two_looks_are_told() {
    let (desk, mut seen) = with_queued(3 * NEWEST).await;
    for _ in 1..NEWEST {
        let job = desk.take().await;
        desk.finish(job).await;
    }
    let hints = told(&mut seen, &desk).await;
    assert_eq!(hints.len(), NEWEST - 1);
    assert!(hints.iter().all(|hint| hint["state"] == "done"), "{hints:?}");
}

#[tokio::test]
async fn more_runs_than_are_looked_at_are_missed() {
    let (desk, mut seen) = with_queued(3 * NEWEST).await;
    for _ in 0..=NEWEST {
        let job = desk.take().await;
        desk.finish(job).await;
    }
    assert!(
        has_missed(&mut seen, &desk).await,
        "the last one was never looked at"
    );
    assert!(!has_missed(&mut seen, &desk).await);
    for _ in 0..=NEWEST {
        desk.backtest().await;
    }
    assert!(
        has_missed(&mut seen, &desk).await,
        "the first of them was not looked at"
    );
    assert!(!has_missed(&mut seen, &desk).await);
}
