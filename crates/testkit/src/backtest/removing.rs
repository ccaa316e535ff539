//! Removing backtests.

use domain::{
    backtest::{BacktestStoreExt, RunStatus},
    id::BacktestId,
    job::Work,
};

use super::steps::{add, ended, found, full, ids, listed, prepared, queued, whole};
use crate::{harness::StoreHarness, job::steps::LEASE, market::steps::assert_error};

pub async fn a_removed_backtest_is_gone_with_its_result(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let other = fixture.another_handle().await;
    let (gone, stays) = (full(&fixture), full(&fixture));
    add(fixture.backtests(), &[gone.clone(), stays.clone()]).await;
    assert_eq!(ids(&*other.backtests, listed(1)).await.len(), 2);
    let id = gone.backtest.id;
    fixture.backtests().remove_backtest(id).await.unwrap();
    assert_eq!(ids(&*other.backtests, listed(1)).await, [stays.backtest.id]);
    for _ in 0..2 {
        let store = fixture.backtests();
        assert_eq!(store.backtest(id).await.unwrap(), None);
        assert_error!(store.all_trades(id).await.unwrap_err(), NotFound);
        assert_error!(store.equity(id).await.unwrap_err(), NotFound);
        assert_error!(store.remove_backtest(id).await.unwrap_err(), NotFound);
        assert_eq!(ids(store, listed(1)).await, [stays.backtest.id]);
        assert_eq!(whole(store, stays.backtest.id).await, stays);
        fixture.restart().await;
    }
}

pub async fn a_removed_id_can_be_used_again(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let (first, mut second) = (full(&fixture), ended(&fixture));
    second.backtest.id = first.backtest.id;
    add(fixture.backtests(), std::slice::from_ref(&first)).await;
    fixture
        .backtests()
        .remove_backtest(first.backtest.id)
        .await
        .unwrap();
    add(fixture.backtests(), std::slice::from_ref(&second)).await;
    assert_eq!(whole(fixture.backtests(), first.backtest.id).await, second);
}

pub async fn an_unknown_backtest_is_not_removed(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let unknown = BacktestId::next(&*fixture.ids);
    let answer = fixture.backtests().remove_backtest(unknown).await;
    assert_error!(answer.unwrap_err(), NotFound);
}

pub async fn a_queued_or_running_backtest_is_not_removed(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let backtest = queued(&fixture);
    fixture
        .jobs()
        .enqueue(&Work::Backtest(Box::new(backtest.clone())))
        .await
        .unwrap();
    for status in [RunStatus::Queued, RunStatus::Running] {
        let answer = fixture.backtests().remove_backtest(backtest.id).await;
        assert_error!(answer.unwrap_err(), Conflict);
        assert_eq!(found(fixture.backtests(), backtest.id).await.status, status);
        fixture.jobs().take_job("a", LEASE).await.unwrap();
    }
}
