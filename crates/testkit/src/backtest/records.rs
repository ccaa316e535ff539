//! Storing backtests that have ended.

use domain::{
    backtest::{
        Backtest, BacktestResult, BacktestStoreExt, ExitReason, NewBacktest, Origin, RunStatus, TradesQuery,
    },
    id::BacktestId,
    page::PageRequest,
};
use futures::future::join_all;

use super::steps::{
    SERIES, add, bits, curve, ended, found, full, ids, input, listed, prepared, queued, strategy, trade,
    whole,
};
use crate::{
    harness::StoreHarness,
    market::steps::{assert_error, key},
};

pub async fn an_unknown_backtest_is_none_and_has_no_result(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    add(fixture.backtests(), &[ended(&fixture)]).await;
    let unknown = BacktestId::next(&*fixture.ids);
    let store = fixture.backtests();
    assert_eq!(store.backtest(unknown).await.unwrap(), None);
    assert_error!(store.all_trades(unknown).await.unwrap_err(), NotFound);
    assert_error!(store.equity(unknown).await.unwrap_err(), NotFound);
}

pub async fn a_backtest_is_kept_with_every_field_bit_for_bit(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let new = full(&fixture);
    add(fixture.backtests(), std::slice::from_ref(&new)).await;
    for _ in 0..2 {
        let kept = whole(fixture.backtests(), new.backtest.id).await;
        assert_eq!(kept, new);
        assert_eq!(bits(&kept.result), bits(&new.result));
        let names = |backtest: &Backtest| -> Vec<String> {
            let figures = backtest.metrics.iter();
            figures.map(|(name, _)| name.to_owned()).collect()
        };
        assert_eq!(
            names(&kept.backtest),
            names(&new.backtest),
            "figures keep their order"
        );
        fixture.restart().await;
    }
}

pub async fn a_list_brings_every_field_too(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let new = full(&fixture);
    add(fixture.backtests(), std::slice::from_ref(&new)).await;
    let page = fixture.backtests().backtests(listed(1)).await.unwrap();
    assert_eq!(page.items, [new.backtest]);
}

pub async fn a_backtest_may_have_next_to_nothing(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let mut bare = ended(&fixture);
    bare.backtest.strategy = None;
    bare.backtest.inputs.clear();
    bare.backtest.finished_at = None;
    bare.backtest.origin = Origin::Recorded {
        tool: String::new(),
        strategy: None,
    };
    add(fixture.backtests(), std::slice::from_ref(&bare)).await;
    for _ in 0..2 {
        assert_eq!(whole(fixture.backtests(), bare.backtest.id).await, bare);
        fixture.restart().await;
    }
}

pub async fn failed_and_cancelled_backtests_are_kept_without_a_result(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    for status in [RunStatus::Failed, RunStatus::Cancelled] {
        let mut new = ended(&fixture);
        new.backtest.status = status;
        new.backtest.failure = Some("there is no bar".to_owned());
        add(fixture.backtests(), std::slice::from_ref(&new)).await;
        assert_eq!(whole(fixture.backtests(), new.backtest.id).await, new);
    }
}

pub async fn thousands_of_trades_come_back_in_order(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let mut new = ended(&fixture);
    new.result.trades = (1..=12_345)
        .map(|number| trade(number, ExitReason::Rule))
        .collect();
    add(fixture.backtests(), std::slice::from_ref(&new)).await;
    let kept = whole(fixture.backtests(), new.backtest.id).await.result;
    assert!(kept == new.result, "every trade is as it was");
    assert!(bits(&kept) == bits(&new.result), "to the bit");
}

pub async fn trades_are_listed_in_pages(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let mut new = ended(&fixture);
    new.result.trades = (1..=7).map(|number| trade(number, ExitReason::Rule)).collect();
    let bare = ended(&fixture);
    add(fixture.backtests(), &[new.clone(), bare.clone()]).await;
    let page = async |backtest: &NewBacktest, limit, after| {
        let page = PageRequest {
            after,
            ..PageRequest::first(limit)
        };
        let backtest = backtest.backtest.id;
        let query = TradesQuery { backtest, page };
        fixture.backtests().trades(query).await.unwrap()
    };
    for limit in [1, 2, 3, 6, 7, 8, usize::MAX] {
        let (mut listed, mut next) = (Vec::new(), None);
        loop {
            let page = page(&new, limit, next).await;
            assert!(page.items.len() <= limit);
            listed.extend(page.items);
            assert!(listed.len() <= 7, "pages of {limit} don't end");
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(listed, new.result.trades, "pages of {limit}");
    }
    let from_the_middle = page(&new, 2, Some(4)).await;
    assert_eq!(from_the_middle.items, new.result.trades[4..6]);
    assert_eq!(from_the_middle.next, Some(6));
    for (backtest, after) in [(&new, 7), (&new, u32::MAX), (&bare, 1)] {
        let behind = page(backtest, 2, Some(after)).await;
        assert_eq!((behind.items, behind.next), (vec![], None));
    }
}

pub async fn an_equity_of_300_000_points_comes_back_whole(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let mut new = ended(&fixture);
    new.result.equity = curve(300_000);
    add(fixture.backtests(), std::slice::from_ref(&new)).await;
    let kept = whole(fixture.backtests(), new.backtest.id).await.result;
    assert!(kept == new.result, "every point is as it was");
    assert!(bits(&kept) == bits(&new.result), "to the bit");
}

pub async fn an_equal_backtest_again_is_left_as_it_is(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let (bare, whole_one) = (ended(&fixture), full(&fixture));
    for _ in 0..3 {
        add(fixture.backtests(), &[bare.clone(), whole_one.clone()]).await;
        fixture.restart().await;
    }
    assert_eq!(ids(fixture.backtests(), listed(1)).await.len(), 2);
    assert_eq!(whole(fixture.backtests(), whole_one.backtest.id).await, whole_one);
}

pub async fn another_backtest_of_the_id_conflicts(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let new = full(&fixture);
    add(fixture.backtests(), std::slice::from_ref(&new)).await;
    let other = |change: fn(&mut NewBacktest)| {
        let mut other = new.clone();
        change(&mut other);
        other
    };
    for other in [
        other(|new| new.backtest.title = None),
        other(|new| new.backtest.author = "local:eve".parse().unwrap()),
        other(|new| new.backtest.settings.cash = 1.0),
        other(|new| new.backtest.digest = None),
        other(|new| new.result.trades.truncate(3)),
        other(|new| new.result.trades[2].net = 0.25),
        other(|new| new.result.equity = curve(5)),
        other(|new| new.result = BacktestResult::default()),
    ] {
        let answer = fixture.backtests().add_backtest(&other).await;
        assert_error!(answer.unwrap_err(), Conflict);
    }
    assert_eq!(whole(fixture.backtests(), new.backtest.id).await, new);
}

pub async fn what_has_not_ended_is_invalid(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    for status in [RunStatus::Queued, RunStatus::Running] {
        let mut new = ended(&fixture);
        new.backtest.status = status;
        let answer = fixture.backtests().add_backtest(&new).await;
        assert_error!(answer.unwrap_err(), Invalid);
        assert_eq!(fixture.backtests().backtest(new.backtest.id).await.unwrap(), None);
    }
}

pub async fn what_contradicts_itself_is_invalid(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let spoiled = |change: fn(&mut NewBacktest)| {
        let mut new = full(&fixture);
        change(&mut new);
        new
    };
    for new in [
        spoiled(|new| new.backtest.status = RunStatus::Failed),
        spoiled(|new| new.result.trades.swap(0, 1)),
        spoiled(|new| new.result.trades[1].gross = f64::NAN),
        spoiled(|new| new.backtest.settings.risk_free = f64::INFINITY),
    ] {
        let answer = fixture.backtests().add_backtest(&new).await;
        assert_error!(answer.unwrap_err(), Invalid);
    }
    assert_eq!(ids(fixture.backtests(), listed(1)).await, []);
}

pub async fn what_it_refers_to_must_be_there(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let mut of = Vec::new();
    for missing in [
        strategy("sma-cross", 3),
        strategy("sma-cross", 0),
        strategy("none", 1),
    ] {
        let mut new = ended(&fixture);
        new.backtest.strategy = Some(missing);
        of.push(new);
    }
    for missing in [input(SERIES, 3), input(SERIES, 0), input("X:None/1m", 1)] {
        let mut new = ended(&fixture);
        new.backtest.inputs = vec![input(SERIES, 1), missing];
        of.push(new);
    }
    for new in of {
        let answer = fixture.backtests().add_backtest(&new).await;
        assert_error!(answer.unwrap_err(), NotFound);
        assert_eq!(fixture.backtests().backtest(new.backtest.id).await.unwrap(), None);
    }
    assert!(
        fixture.prices().purge(&key(SERIES)).await.is_ok(),
        "what was refused pins nothing"
    );
}

pub async fn a_removed_strategy_may_still_be_referred_to(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let named = strategy("sma-cross", 1).name;
    fixture.strategies().remove_strategy(&named, None).await.unwrap();
    let new = ended(&fixture);
    add(fixture.backtests(), std::slice::from_ref(&new)).await;
    assert_eq!(found(fixture.backtests(), new.backtest.id).await, new.backtest);
}

pub async fn of_many_that_store_one_id_all_agree_or_conflict(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let other = fixture.another_handle().await;
    let asked = queued(&fixture);
    let version = |number: u32| {
        let mut new = super::steps::done(asked.clone());
        new.backtest.title = Some((number % 2).to_string());
        new.result.equity = curve(3 + number as usize % 2);
        new
    };
    let versions: Vec<NewBacktest> = (0..8).map(version).collect();
    let adds = (0..).zip(&versions).map(|(number, new)| {
        let store = if number % 4 < 2 {
            fixture.backtests()
        } else {
            &*other.backtests
        };
        store.add_backtest(new)
    });
    let answers = join_all(adds).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.is_ok()).count(),
        4,
        "{answers:?}"
    );
    let kept = whole(fixture.backtests(), asked.id).await;
    for (new, answer) in versions.iter().zip(answers) {
        match answer {
            Ok(()) => assert_eq!(kept, *new),
            Err(error) => assert_error!(error, Conflict),
        }
    }
}

pub async fn another_handle_sees_a_backtest_at_once(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let other = fixture.another_handle().await;
    for count in 1..=3 {
        let new = full(&fixture);
        add(fixture.backtests(), std::slice::from_ref(&new)).await;
        assert_eq!(whole(&*other.backtests, new.backtest.id).await, new);
        assert_eq!(ids(&*other.backtests, listed(1)).await.len(), count);
    }
}
