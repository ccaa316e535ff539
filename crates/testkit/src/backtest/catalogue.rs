//! Lists of backtests.

use domain::{
    backtest::{
        BacktestPosition, BacktestSort, BacktestStore, BacktestsFilter, BacktestsQuery, NewBacktest,
        RunStatus,
    },
    id::{BacktestId, SweepId},
    job::Work,
    market::{Order, Version},
    page::PageRequest,
};

use super::steps::{SERIES, add, ended, ended_with, ids, input, listed, page, prepared, queued, strategy};
use crate::{
    harness::{Fixture, StoreHarness},
    job::steps::LEASE,
    market::steps::key,
};

pub async fn an_empty_store_has_no_backtests(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let page = page(fixture.backtests(), listed(1)).await;
    assert_eq!((page.items, page.next), (vec![], None));
}

/// Walks through all pages.
async fn walk(store: &dyn BacktestStore, query: &BacktestsQuery) -> Vec<BacktestId> {
    let (mut found, mut next): (Vec<BacktestId>, Option<BacktestPosition>) = (Vec::new(), None);
    loop {
        let mut query = query.clone();
        query.page.after = next;
        let limit = query.page.limit.get();
        let answer = page(store, query).await;
        assert!(answer.items.len() <= limit);
        found.extend(answer.items.iter().map(|item| item.id));
        next = answer.next;
        if next.is_none() {
            return found;
        }
    }
}

fn filtered(filter: BacktestsFilter) -> BacktestsQuery {
    BacktestsQuery { filter, ..listed(1) }
}

/// Backtests of every kind, of which each filter finds some.
async fn mixed(fixture: &Fixture) -> Vec<NewBacktest> {
    let mut all: Vec<NewBacktest> = (0..6).map(|_| ended(fixture)).collect();
    let sweep = SweepId::next(&*fixture.ids);
    all[1].backtest.strategy = Some(strategy("sma-cross", 2));
    all[2].backtest.strategy = Some(strategy("rsi", 2));
    all[3].backtest.strategy = None;
    all[1].backtest.inputs = vec![input("X:B/1d", 1), input(SERIES, 2)];
    all[4].backtest.inputs = vec![input("X:B/1d", 2)];
    all[5].backtest.inputs.clear();
    all[2].backtest.status = RunStatus::Failed;
    all[4].backtest.status = RunStatus::Cancelled;
    all[0].backtest.tags = ["good".to_owned(), "new".to_owned()].into();
    all[4].backtest.tags = ["good".to_owned()].into();
    all[5].backtest.author = "user:eve".parse().expect("a valid author");
    for index in [1, 4] {
        all[index].backtest.sweep = Some(sweep);
    }
    all[0].backtest.title = Some("Ärger mit 100% CROSS_over".to_owned());
    all[5].backtest.notes = Some("see the\ncross-check".to_owned());
    add(fixture.backtests(), &all).await;
    all
}

/// A filter with one field set.
fn only(set: impl FnOnce(&mut BacktestsFilter)) -> BacktestsFilter {
    let mut filter = BacktestsFilter::default();
    set(&mut filter);
    filter
}

fn by_strategy(named: &str) -> BacktestsFilter {
    only(|filter| filter.strategy = Some(strategy(named, 1).name))
}

fn by_series(text: &str) -> BacktestsFilter {
    only(|filter| filter.series = Some(key(text)))
}

fn by_status(status: RunStatus) -> BacktestsFilter {
    only(|filter| filter.status = Some(status))
}

fn by_tag(tag: &str) -> BacktestsFilter {
    only(|filter| filter.tag = Some(tag.to_owned()))
}

fn by_text(text: &str) -> BacktestsFilter {
    only(|filter| filter.text = Some(text.to_owned()))
}

pub async fn each_filter_narrows_the_list(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let all = mixed(&fixture).await;
    let unknown = SweepId::next(&*fixture.ids);
    let filters: [(BacktestsFilter, &[usize]); 15] = [
        (BacktestsFilter::default(), &[0, 1, 2, 3, 4, 5]),
        (by_strategy("sma-cross"), &[0, 1, 4, 5]),
        (by_strategy("none"), &[]),
        (only(|filter| filter.version = Some(Version(2))), &[1, 2]),
        (by_series(SERIES), &[0, 1, 2, 3]),
        (by_series("X:B/1d"), &[1, 4]),
        (by_series("X:B/1m"), &[]),
        (by_status(RunStatus::Done), &[0, 1, 3, 5]),
        (by_status(RunStatus::Failed), &[2]),
        (by_status(RunStatus::Queued), &[]),
        (by_tag("good"), &[0, 4]),
        (by_tag("goo"), &[]),
        (
            only(|filter| filter.author = Some(all[5].backtest.author.clone())),
            &[5],
        ),
        (only(|filter| filter.sweep = all[1].backtest.sweep), &[1, 4]),
        (only(|filter| filter.sweep = Some(unknown)), &[]),
    ];
    for _ in 0..2 {
        for (filter, expected) in &filters {
            let expected: Vec<BacktestId> = expected.iter().map(|index| all[*index].backtest.id).collect();
            let found = ids(fixture.backtests(), filtered(filter.clone())).await;
            assert_eq!(found, expected, "{filter:?}");
        }
        fixture.restart().await;
    }
}

pub async fn filters_narrow_the_list_together(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let all = mixed(&fixture).await;
    let filter = BacktestsFilter {
        strategy: Some(strategy("sma-cross", 1).name),
        version: Some(Version(2)),
        series: Some(key(SERIES)),
        status: Some(RunStatus::Done),
        tag: None,
        author: Some(all[1].backtest.author.clone()),
        sweep: all[1].backtest.sweep,
        text: Some("SMA".to_owned()),
    };
    let found = ids(fixture.backtests(), filtered(filter.clone())).await;
    assert_eq!(found, [all[1].backtest.id]);
    let nothing = BacktestsFilter {
        tag: Some("good".to_owned()),
        ..filter
    };
    assert_eq!(ids(fixture.backtests(), filtered(nothing)).await, []);
    let two = BacktestsFilter {
        tag: Some("good".to_owned()),
        series: Some(key("X:B/1d")),
        ..BacktestsFilter::default()
    };
    assert_eq!(
        ids(fixture.backtests(), filtered(two)).await,
        [all[4].backtest.id]
    );
}

pub async fn text_is_searched_whatever_its_case_and_taken_literally(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let all = mixed(&fixture).await;
    let texts: [(&str, &[usize]); 9] = [
        ("cross", &[0, 1, 4, 5]),
        ("CROSS_", &[0]),
        ("cross-CHECK", &[5]),
        ("ärger", &[0]),
        ("ÄRGER MIT", &[0]),
        ("100%", &[0]),
        ("%", &[0]),
        ("\\", &[]),
        ("sma-cross", &[0, 1, 4, 5]),
    ];
    for (text, expected) in texts {
        let found = ids(fixture.backtests(), filtered(by_text(text))).await;
        let expected: Vec<BacktestId> = expected.iter().map(|index| all[*index].backtest.id).collect();
        assert_eq!(found, expected, "{text}");
    }
}

/// Values with ties, negative ones and missing ones, in the order in which backtests are made.
const VALUES: [Option<f64>; 9] = [
    Some(1.5),
    None,
    Some(-2.0),
    Some(1.5),
    Some(1e300),
    None,
    Some(5e-324),
    Some(1.5),
    Some(-0.25),
];

/// The places in [`VALUES`], by value.
const ASCENDING: [usize; 7] = [2, 8, 6, 0, 3, 7, 4];

pub async fn every_sort_runs_both_ways_with_missing_figures_last(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    for (place, figure) in BacktestSort::FIGURES.into_iter().enumerate() {
        let tag = figure.to_owned();
        let make = |value: &Option<f64>| {
            let mut new = ended_with(&fixture, figure, *value);
            new.backtest.tags = [tag.clone()].into();
            new
        };
        let mut all: Vec<NewBacktest> = VALUES.iter().map(make).collect();
        // A figure that was never computed is as good as one that is undefined.
        all[5].backtest.metrics = domain::backtest::Metrics::default();
        add(fixture.backtests(), &all).await;
        for (order, known, missing) in [
            (Order::Ascending, ASCENDING, [1, 5]),
            (Order::Descending, [4, 7, 3, 0, 6, 8, 2], [5, 1]),
        ] {
            let expected: Vec<BacktestId> = known
                .into_iter()
                .chain(missing)
                .map(|index| all[index].backtest.id)
                .collect();
            let query = BacktestsQuery {
                sort: BacktestSort::Figure(figure),
                order,
                filter: by_tag(&tag),
                page: PageRequest::first(if place == 0 { 1 } else { 4 }),
            };
            assert_eq!(
                walk(fixture.backtests(), &query).await,
                expected,
                "{figure} {order:?}"
            );
        }
    }
}

pub async fn backtests_are_listed_as_they_were_made_page_by_page(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let mut all: Vec<NewBacktest> = (0..8).map(|_| ended(&fixture)).collect();
    let made: Vec<BacktestId> = all.iter().map(|new| new.backtest.id).collect();
    all.reverse();
    all.swap(1, 5);
    add(fixture.backtests(), &all).await;
    for order in [Order::Ascending, Order::Descending] {
        let mut expected = made.clone();
        if order == Order::Descending {
            expected.reverse();
        }
        for limit in [1, 3, 4, 8, 9] {
            let query = BacktestsQuery {
                order,
                ..listed(limit)
            };
            assert_eq!(
                walk(fixture.backtests(), &query).await,
                expected,
                "{limit} a page"
            );
            fixture.restart().await;
        }
    }
}

pub async fn pages_go_on_where_they_were_though_backtests_come_and_go(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let make = |value: f64| ended_with(&fixture, "sharpe", Some(value));
    let all: Vec<NewBacktest> = [1.0, 2.0, 2.0, 2.0, 3.0].into_iter().map(make).collect();
    let id = |index: usize| all[index].backtest.id;
    add(fixture.backtests(), &all).await;
    let query = BacktestsQuery {
        sort: BacktestSort::Figure("sharpe"),
        ..listed(2)
    };
    let first = page(fixture.backtests(), query.clone()).await;
    assert_eq!(
        first.items.iter().map(|item| item.id).collect::<Vec<_>>(),
        [id(0), id(1)]
    );
    let position = first.next.unwrap();
    assert_eq!(
        position,
        BacktestPosition {
            rank: Some(2.0),
            id: id(1)
        }
    );
    // The one that the page goes on behind goes away; one comes before it, one behind it.
    fixture.backtests().remove_backtest(id(1)).await.unwrap();
    let (before, behind) = (make(0.5), make(2.0));
    add(fixture.backtests(), &[before, behind.clone()]).await;
    let rest = BacktestsQuery {
        page: PageRequest::first(9).after(position),
        ..query
    };
    let rest = page(fixture.backtests(), rest).await;
    let found: Vec<BacktestId> = rest.items.iter().map(|item| item.id).collect();
    assert_eq!(found, [id(2), id(3), behind.backtest.id, id(4)]);
    assert_eq!(rest.next, None);
}

pub async fn a_list_shows_how_far_each_backtest_is(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let other = fixture.another_handle().await;
    let backtest = queued(&fixture);
    let of = |status: RunStatus| filtered(by_status(status));
    fixture
        .jobs()
        .enqueue(&Work::Backtest(Box::new(backtest.clone())))
        .await
        .unwrap();
    for store in [fixture.backtests(), &*other.backtests] {
        assert_eq!(ids(store, of(RunStatus::Queued)).await, [backtest.id]);
    }
    let taken = fixture.jobs().take_job("a", LEASE).await.unwrap().unwrap();
    for store in [fixture.backtests(), &*other.backtests] {
        assert_eq!(ids(store, of(RunStatus::Queued)).await, []);
        assert_eq!(ids(store, of(RunStatus::Running)).await, [backtest.id]);
    }
    let new = super::steps::done(backtest.clone());
    let finished = domain::job::Finished::Backtest(Box::new(new));
    fixture.jobs().finish_job(taken.ticket, &finished).await.unwrap();
    for store in [fixture.backtests(), &*other.backtests] {
        assert_eq!(ids(store, of(RunStatus::Running)).await, []);
        assert_eq!(ids(store, of(RunStatus::Done)).await, [backtest.id]);
        assert_eq!(ids(store, listed(1)).await, [backtest.id]);
    }
}
