//! Runs in this process.

use domain::{
    backtest::{BacktestStoreExt, Origin, RunStatus},
    error::StoreError,
};

use super::*;

#[tokio::test]
async fn a_run_is_stored_whole_and_says_what_it_read() {
    let desk = Desk::new().await;
    let new = desk.run(order()).await.unwrap();
    let stored = desk
        .stores
        .backtests
        .backtest(new.backtest.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored, new.backtest);
    assert_eq!(stored.status, RunStatus::Done);
    assert_eq!(stored.origin, Origin::Engine);
    assert_eq!(stored.engine.as_deref(), Some(engine::ENGINE_VERSION));
    let head = desk.stores.prices.head(&series()).await.unwrap().unwrap();
    assert_eq!(stored.inputs.len(), 1);
    assert_eq!(
        (stored.inputs[0].version, stored.inputs[0].digest),
        (head.version, head.digest)
    );
    // Defaults are written down, too: another default would not change the run.
    assert_eq!(stored.settings.parameters.get("fast"), Some(&3.0));
    assert_eq!(Some(stored.settings.costs.commission_bps), Some(10.0));
    assert!(!new.result.trades.is_empty());
    assert_eq!(
        desk.stores.backtests.all_trades(stored.id).await.unwrap(),
        new.result.trades
    );
    assert_eq!(
        desk.stores.backtests.equity(stored.id).await.unwrap(),
        new.result.equity
    );
    let span = stored.span.unwrap();
    assert_eq!((span.bars, span.warm_up), (300, 8));
    assert_eq!(Some(&span.final_equity), new.result.equity.equity().last());
}

#[tokio::test]
async fn equal_orders_give_equal_digests_and_another_parameter_gives_another() {
    let desk = Desk::new().await;
    let first = desk.run(order()).await.unwrap().backtest;
    let again = desk.run(order()).await.unwrap().backtest;
    assert_ne!(first.id, again.id);
    assert_eq!(first.digest, again.digest);
    let mut other = order();
    other.run.parameters.insert("fast".to_owned(), 4.0);
    assert_ne!(desk.run(other).await.unwrap().backtest.digest, first.digest);
}

#[tokio::test]
async fn an_earlier_state_of_the_series_can_be_run() {
    let desk = Desk::new().await;
    let before = desk.run(order()).await.unwrap().backtest;
    desk.write(waves(400)).await;
    let newest = desk.run(order()).await.unwrap().backtest;
    let mut earlier = order();
    earlier.run.as_of = at_version(1);
    let earlier = desk.run(earlier).await.unwrap().backtest;
    assert_eq!(earlier.digest, before.digest);
    assert_ne!(newest.digest, before.digest);
}

#[tokio::test]
async fn a_period_bounds_what_is_read() {
    let desk = Desk::new().await;
    let mut part = order();
    (part.run.start, part.run.end) = (Some(time("2023-03-01")), Some(time("2023-06-01")));
    let span = desk.run(part).await.unwrap().backtest.span.unwrap();
    assert_eq!((span.first, span.last), (time("2023-03-01"), time("2023-05-31")));
    let empty = between_two_bars();
    assert!(matches!(desk.run(empty).await, Err(BacktestError::NoBars(_))));
    let mut behind = order();
    behind.run.start = Some(time("2030-01-01"));
    let told = desk.run(behind).await.unwrap_err();
    assert!(
        matches!(told, BacktestError::Beside { key: "start", .. }),
        "{told}"
    );
    let mut before = order();
    before.run.end = Some(time("2000-01-01"));
    let told = desk.run(before).await.unwrap_err();
    assert!(matches!(told, BacktestError::Beside { key: "end", .. }), "{told}");
}

#[tokio::test]
async fn what_is_wrong_with_an_order_is_told_before_anything_is_read() {
    let desk = Desk::new().await;
    let broken = |change: fn(&mut RunOrder)| {
        let mut order = order();
        change(&mut order.run);
        order
    };
    let unknown = broken(|run| run.strategy = "cros".parse().unwrap());
    let told = desk.run(unknown).await.unwrap_err();
    assert!(
        matches!(told, BacktestError::Store(StoreError::NotFound(_))),
        "{told}"
    );
    let version = broken(|run| run.version = Some(domain::market::Version(9)));
    assert_eq!(
        desk.run(version).await.unwrap_err().to_string(),
        "version 9 of strategy cross does not exist"
    );
    let absent = broken(|run| run.series = key("X:B/1d"));
    assert!(matches!(
        desk.run(absent).await.unwrap_err(),
        BacktestError::Store(StoreError::NotFound(_))
    ));
    let parameter = broken(|run| {
        run.parameters.insert("fats".to_owned(), 3.0);
    });
    let told = desk.run(parameter).await.unwrap_err().to_string();
    assert!(told.contains("did you mean `fast`?"), "{told}");
    let range = broken(|run| {
        run.parameters.insert("fast".to_owned(), 1.0);
    });
    assert!(matches!(
        desk.run(range).await.unwrap_err(),
        BacktestError::Rules(_)
    ));
    let cash = broken(|run| run.cash = 0.0);
    assert_eq!(
        desk.run(cash).await.unwrap_err().to_string(),
        "`cash` must be above 0"
    );
}

#[tokio::test]
async fn a_run_that_is_told_to_stop_stores_nothing() {
    struct Stop;
    impl crate::progress::Progress for Stop {
        fn begin(&self, _stage: &crate::progress::Stage, _total: Option<u64>) {}
        fn advance(&self, _units: u64, _rows: u64) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let desk = Desk::new().await;
    let ended = run_here(&desk.stores, &*desk.clock, &*desk.ids, order(), &Stop).await;
    assert!(matches!(ended, Err(BacktestError::Cancelled(_))));
    let listed = crate::transfer::RunPins::all(&desk.stores).await.unwrap();
    assert_eq!(listed.counts(), (0, 0));
}

#[tokio::test]
async fn backtests_are_put_side_by_side() {
    let desk = Desk::new().await;
    let first = desk.run(order()).await.unwrap().backtest;
    let mut other = order();
    other.run.parameters.insert("fast".to_owned(), 5.0);
    let second = desk.run(other).await.unwrap().backtest;
    let comparison = compare(&desk.stores, &[second.id, first.id]).await.unwrap();
    assert!(comparison.same_data);
    assert_eq!(
        comparison.parameters,
        [("fast".to_owned(), vec![Some(5.0), Some(3.0)])]
    );
    let figure = comparison
        .figures
        .iter()
        .find(|figure| figure.name == "total_return")
        .unwrap();
    let values = [second, first].map(|backtest| backtest.metrics.value("total_return"));
    assert_eq!(figure.values, values);
    assert_eq!(figure.best, [usize::from(values[1] > values[0])]);
    assert!(compare(&desk.stores, &[]).await.is_err());
}
