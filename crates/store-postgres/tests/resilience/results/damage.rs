//! Rows that can't be read.

use domain::{
    backtest::{
        BacktestSort, BacktestStore, BacktestStoreExt, BacktestsFilter, BacktestsQuery, SweepStore,
        SweepsQuery, TradesQuery,
    },
    error::StoreError,
    id::{BacktestId, SweepId},
    market::{Order, Version},
    page::PageRequest,
    strategy::{DamagedStrategy, StrategiesQuery, StrategyStore},
};
use store_postgres::PostgresStore;
use testkit::strategy::{document, save};
use uuid::Uuid;

use super::{done, with_backtest};
use crate::place::Place;

#[tokio::test]
async fn damage_of_what_a_backtest_gave_is_named() {
    let (place, store) = with_backtest(|options| options).await;
    let id = BacktestId::from_uuid(Uuid::from_u128(1));
    place
        .database
        .execute("delete from chandlery.trade where number = 1")
        .await;
    place
        .database
        .execute("update chandlery.equity_chunk set equity = set_byte(equity, 5, 255 - get_byte(equity, 5))")
        .await;
    let trades = store.all_trades(id).await.unwrap_err();
    let equity = store.equity(id).await.unwrap_err();
    for (error, named) in [(trades, "1 rows of 2"), (equity, "checksum")] {
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(named) && text.contains(&id.to_string()), "{text}");
    }
    // What is missing is missed on the pages that it belongs to.
    for (after, listed) in [(None, false), (Some(1), true)] {
        let query = TradesQuery {
            backtest: id,
            page: PageRequest {
                after,
                ..PageRequest::first(1)
            },
        };
        assert_eq!(store.trades(query).await.is_ok(), listed, "{after:?}");
    }
    place
        .database
        .execute("update chandlery.backtest set record = '{}'")
        .await;
    let record = store.backtest(id).await.unwrap_err().to_string();
    assert!(record.contains("column record"), "{record}");
}

/// Walks over a list in pages of two, and returns the numbers of the backtests.
async fn listed(store: &PostgresStore, sort: BacktestSort) -> Vec<u128> {
    let (mut found, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let query = BacktestsQuery {
            filter: BacktestsFilter::default(),
            sort,
            order: Order::Ascending,
            page,
        };
        let listed = store.backtests(query).await.unwrap();
        let ids = listed
            .items
            .iter()
            .map(|backtest| backtest.id.as_uuid().as_u128());
        found.extend(ids);
        let Some(next) = listed.next else {
            return found;
        };
        page = PageRequest::first(2).after(next);
    }
}

#[tokio::test]
async fn a_backtest_that_cannot_be_read_is_left_out_of_lists_and_named_when_it_is_asked_for() {
    let (place, store) = with_backtest(|options| options).await;
    for number in 2..=7 {
        let new = done(&store, number, "X:A/1m").await;
        store.add_backtest(&new).await.unwrap();
    }
    let [second, fourth] = [2, 4].map(|number| BacktestId::from_uuid(Uuid::from_u128(number)));
    let spoil = "update chandlery.backtest set record = '{}' where id in \
                 ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000004')";
    place.database.execute(spoil).await;
    for sort in [
        BacktestSort::Created,
        BacktestSort::Figure("total_return"),
        BacktestSort::Figure("sharpe"),
    ] {
        assert_eq!(listed(&store, sort).await, [1, 3, 5, 6, 7], "{}", sort.as_str());
    }
    assert_eq!(store.damaged_backtests().await.unwrap(), [second, fourth]);
    let named = store.backtest(fourth).await.unwrap_err();
    assert!(matches!(named, StoreError::Corrupt { .. }), "{named}");
}

#[tokio::test]
async fn a_sweep_that_cannot_be_read_is_left_out_of_lists_and_named_when_it_is_asked_for() {
    let (place, store) = with_backtest(|options| options).await;
    let damaged = SweepId::from_uuid(Uuid::from_u128(1));
    let add = "insert into chandlery.sweep (id, status, record) values \
               ('00000000-0000-0000-0000-000000000001', 'done', '{}')";
    place.database.execute(add).await;
    let page = PageRequest::first(1);
    let listed = store.sweeps(SweepsQuery { page }).await.unwrap();
    assert!(listed.items.is_empty() && listed.next.is_none());
    assert_eq!(store.damaged_sweeps().await.unwrap(), [damaged]);
    let named = store.sweep(damaged).await.unwrap_err();
    assert!(matches!(named, StoreError::Corrupt { .. }), "{named}");
}

#[tokio::test]
async fn a_strategy_that_cannot_be_read_is_left_out_of_lists_and_named_when_it_is_asked_for() {
    let place = Place::new().await;
    let store = place.open().await;
    for (name, number) in [("a", 1), ("b", 1), ("b", 2), ("c", 1), ("d", 1), ("e", 1)] {
        store.save_strategy(save(document(name, number))).await.unwrap();
    }
    let spoil = "update chandlery.strategy_version set document = '{}' where name in ('b', 'd') and version = \
                 (select version from chandlery.strategy s where s.name = strategy_version.name)";
    place.database.execute(spoil).await;
    let (mut found, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let query = StrategiesQuery {
            text: None,
            removed: false,
            page,
        };
        let listed = store.strategies(query).await.unwrap();
        found.extend(listed.items.iter().map(|item| item.name().to_string()));
        let Some(next) = listed.next else { break };
        page = PageRequest::first(2).after(next);
    }
    assert_eq!(found, ["a", "c", "e"]);
    let damaged = [("b", 2), ("d", 1)].map(|(name, newest)| DamagedStrategy {
        name: name.parse().unwrap(),
        newest: Version(newest),
    });
    assert_eq!(store.damaged_strategies().await.unwrap(), damaged);
    let named = store.strategy(&damaged[0].name, None).await.unwrap_err();
    assert!(
        named.to_string().contains("(name b, version 2), column document"),
        "{named}"
    );
    let first = store.strategy(&damaged[0].name, Some(Version(1))).await.unwrap();
    assert!(first.is_some());
}
