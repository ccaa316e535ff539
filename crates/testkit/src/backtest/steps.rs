//! The steps that cases are made of.

use std::collections::BTreeMap;

use domain::{
    backtest::{
        Backtest, BacktestInput, BacktestPosition, BacktestResult, BacktestSettings, BacktestSort,
        BacktestStore, BacktestStoreExt, BacktestsFilter, BacktestsQuery, Costs, EquityCurve, ExitReason,
        Metric, Metrics, NewBacktest, Origin, ResultDigest, RunStatus, Side, Span, StrategyRef, Sweep,
        SweepAxis, SweepRow, SweepsQuery, Trade,
    },
    id::{BacktestId, SweepId},
    market::{Order, Version},
    page::{Page, PageRequest},
};

use crate::{
    bars::{MINUTE, MONDAY, minutes},
    harness::{Fixture, StoreHarness},
    market::steps::{EVERYTHING, at, author, commit, key, upsert},
    strategy::steps::{digest, document, name, saved},
};

/// The series that inputs name, in the versions 1 and 2.
pub(crate) const SERIES: &str = "X:A/1m";

/// Makes a store that has what backtests refer to: two series in two versions, two strategies in two versions.
pub(crate) async fn prepared(harness: &dyn StoreHarness) -> Fixture {
    let fixture = Fixture::new(harness).await;
    for series in [SERIES, "X:B/1d"] {
        for price in [1.0, 2.0] {
            commit(fixture.prices(), &key(series), upsert(&minutes(0..3, price))).await;
        }
    }
    for number in [1, 2] {
        saved(fixture.strategies(), document("sma-cross", number)).await;
        saved(fixture.strategies(), document("rsi", number)).await;
    }
    fixture
}

/// Names a version of a series as an input, with the contents that [`prepared`] gives each.
pub(crate) fn input(series: &str, version: u64) -> BacktestInput {
    BacktestInput {
        series: key(series),
        version: Version(version),
        digest: minutes(0..3, version as f64).digest(),
    }
}

/// Names a version of a strategy, with the document that [`prepared`] gives each.
pub(crate) fn strategy(named: &str, version: u64) -> StrategyRef {
    StrategyRef {
        name: name(named),
        version: Version(version),
        digest: Some(digest(&document(named, version as u32))),
    }
}

fn settings() -> BacktestSettings {
    BacktestSettings {
        start: None,
        end: None,
        parameters: BTreeMap::new(),
        cash: 10_000.0,
        costs: Costs::default(),
        sessions_per_year: 252.0,
        zone: "UTC".parse().expect("a known zone"),
        risk_free: 0.0,
    }
}

/// A backtest that waits to be run.
pub(crate) fn queued(fixture: &Fixture) -> Backtest {
    Backtest {
        id: BacktestId::next(&*fixture.ids),
        status: RunStatus::Queued,
        origin: Origin::Engine,
        strategy: Some(strategy("sma-cross", 1)),
        inputs: vec![input(SERIES, 1)],
        settings: settings(),
        title: None,
        notes: None,
        tags: [].into(),
        author: author(),
        created_at: at(MONDAY),
        finished_at: None,
        sweep: None,
        engine: None,
        digest: None,
        span: None,
        metrics: Metrics::default(),
        failure: None,
    }
}

/// A backtest that has ended, with nothing that need not be there.
pub(crate) fn ended(fixture: &Fixture) -> NewBacktest {
    done(queued(fixture))
}

/// Ends a backtest without trades.
pub(crate) fn done(backtest: Backtest) -> NewBacktest {
    NewBacktest {
        backtest: Backtest {
            status: RunStatus::Done,
            finished_at: Some(at(MONDAY + 1)),
            ..backtest
        },
        result: BacktestResult::default(),
    }
}

/// A backtest that has ended with one figure.
pub(crate) fn ended_with(fixture: &Fixture, figure: &str, value: Option<f64>) -> NewBacktest {
    let mut new = ended(fixture);
    let metric = Metric {
        value,
        basis: "trades".to_owned(),
        reason: value.is_none().then(|| "there were none".to_owned()),
    };
    new.backtest.metrics.set(figure, metric);
    new
}

/// Numbers that a careless store changes.
pub(crate) const ODD: [f64; 6] = [
    5e-324,
    1e300,
    123_456_789.123_456_78,
    0.1 + 0.2,
    -f64::MIN_POSITIVE,
    1.0 / 3.0,
];

/// A backtest that has something in every field.
pub(crate) fn full(fixture: &Fixture) -> NewBacktest {
    let metric = |value: Option<f64>| Metric {
        value,
        basis: "tägliche Renditen, N = 252".to_owned(),
        reason: value.is_none().then(|| "\"σ\" = 0 🐎\n".to_owned()),
    };
    // Out of the order of the alphabet, which is not the order of the figures.
    let figures = [
        ("total_return", Some(ODD[3])),
        ("sharpe", None),
        ("cagr", Some(ODD[0])),
        ("volatility", Some(ODD[1])),
        ("another", Some(ODD[2])),
        ("trades", Some(3.0)),
    ];
    let metrics = figures.map(|(name, value)| (name.to_owned(), metric(value)));
    let asked = queued(fixture);
    let backtest = Backtest {
        origin: Origin::Recorded {
            tool: "vectorbt 0.26 – \"é\"".to_owned(),
            strategy: Some("Kreuzung\\2".to_owned()),
        },
        inputs: vec![input(SERIES, 2), input("X:B/1d", 1)],
        settings: BacktestSettings {
            start: Some(at(-1)),
            end: Some(at(MONDAY + 1)),
            parameters: [("fast".to_owned(), ODD[0]), ("slow".to_owned(), ODD[1])].into(),
            cash: ODD[2],
            costs: Costs {
                commission_bps: ODD[5],
                commission_per_trade: ODD[3],
                slippage_bps: ODD[0],
            },
            sessions_per_year: 365.25,
            zone: "America/New_York".parse().expect("a known zone"),
            risk_free: ODD[4],
        },
        title: Some("première é 🐎 'x'".to_owned()),
        notes: Some("two\nlines\t\"and\" more \\ %".to_owned()),
        tags: ["a", "ü", "two words"].map(str::to_owned).into(),
        sweep: Some(SweepId::next(&*fixture.ids)),
        engine: Some("1.2.3".to_owned()),
        digest: Some(ResultDigest::from_bytes(std::array::from_fn(|index| {
            index as u8 * 7
        }))),
        span: Some(Span {
            first: at(-7),
            last: at(MONDAY),
            bars: u64::from(u32::MAX) + 1,
            warm_up: 9,
            final_equity: ODD[3],
        }),
        metrics: metrics.into_iter().collect::<Metrics>(),
        failure: Some("not quite".to_owned()),
        ..done(asked).backtest
    };
    let reasons = [
        ExitReason::Rule,
        ExitReason::Reversal,
        ExitReason::StopLoss,
        ExitReason::TakeProfit,
        ExitReason::TrailingStop,
        ExitReason::MaxBars,
        ExitReason::Ruin,
        ExitReason::EndOfData,
    ];
    let trades = (1..)
        .zip(reasons)
        .map(|(number, reason)| trade(number, reason))
        .collect();
    NewBacktest {
        backtest,
        result: BacktestResult {
            trades,
            equity: curve(6),
        },
    }
}

/// A trade of odd numbers that differs from others by its number.
pub(crate) fn trade(number: u32, exit_reason: ExitReason) -> Trade {
    let odd = |place: u32| ODD[(number + place) as usize % ODD.len()];
    Trade {
        number,
        side: if number.is_multiple_of(2) {
            Side::Long
        } else {
            Side::Short
        },
        units: odd(0),
        entry_time: at(MONDAY + i64::from(number)),
        entry_price: odd(1),
        exit_time: at(MONDAY + i64::from(number) * MINUTE),
        exit_price: odd(2),
        exit_reason,
        gross: odd(3),
        costs: odd(4),
        net: odd(5),
        net_return: odd(0) / 7.0,
    }
}

/// An equity curve of so many points, of odd numbers, that begins before 1970.
pub(crate) fn curve(points: usize) -> EquityCurve {
    let time = (0..points as i64).map(|point| point * MINUTE - 3).collect();
    let equity = (0..points)
        .map(|point| ODD[point % ODD.len()] * (1.0 + point as f64 / 7.0))
        .collect();
    EquityCurve::new(time, equity).expect("the times ascend")
}

/// A sweep that waits to be run.
pub(crate) fn queued_sweep(fixture: &Fixture) -> Sweep {
    Sweep {
        id: SweepId::next(&*fixture.ids),
        status: RunStatus::Queued,
        strategy: strategy("sma-cross", 2),
        inputs: vec![input(SERIES, 2)],
        settings: settings(),
        axes: vec![SweepAxis {
            name: "fast".to_owned(),
            values: vec![1.0, 2.0, ODD[0]],
        }],
        by: "sharpe".to_owned(),
        top: 2,
        title: Some("fast – é".to_owned()),
        author: author(),
        created_at: at(MONDAY),
        finished_at: None,
        engine: None,
        figures: Vec::new(),
        rows: Vec::new(),
        failure: None,
    }
}

/// Ends a sweep with two rows, of which the first one's run is `best`.
pub(crate) fn done_sweep(sweep: Sweep, best: &NewBacktest) -> Sweep {
    let row = SweepRow {
        parameters: vec![ODD[0]],
        figures: vec![Some(ODD[2]), None],
        refused: None,
        backtest: Some(best.backtest.id),
    };
    let refused = SweepRow {
        parameters: vec![2.0],
        figures: Vec::new(),
        refused: Some("`fast` must be below \"slow\"".to_owned()),
        backtest: None,
    };
    Sweep {
        status: RunStatus::Done,
        finished_at: Some(at(MONDAY + 5)),
        engine: Some("1.2.3".to_owned()),
        figures: vec!["sharpe".to_owned(), "cagr".to_owned()],
        rows: vec![row, refused],
        ..sweep
    }
}

/// A sweep that has ended, with its best run.
pub(crate) fn ended_sweep(fixture: &Fixture) -> (Sweep, Vec<NewBacktest>) {
    let sweep = queued_sweep(fixture);
    let mut best = full(fixture);
    best.backtest.sweep = Some(sweep.id);
    (done_sweep(sweep, &best), vec![best])
}

/// Stores backtests, one after another.
pub(crate) async fn add(store: &dyn BacktestStore, all: &[NewBacktest]) {
    for new in all {
        store.add_backtest(new).await.expect("it can be stored");
    }
}

/// Returns a backtest that is there.
pub(crate) async fn found(store: &dyn BacktestStore, id: BacktestId) -> Backtest {
    let found = store.backtest(id).await.expect("it can be read");
    found.expect("the backtest is there")
}

/// Returns a backtest that is there, with what it gave.
pub(crate) async fn whole(store: &dyn BacktestStore, id: BacktestId) -> NewBacktest {
    NewBacktest {
        backtest: found(store, id).await,
        result: BacktestResult {
            trades: store.all_trades(id).await.expect("its trades"),
            equity: store.equity(id).await.expect("its equity"),
        },
    }
}

/// Asks for a page of all backtests in the order in which they were made.
pub(crate) fn listed(limit: usize) -> BacktestsQuery {
    BacktestsQuery {
        filter: BacktestsFilter::default(),
        sort: BacktestSort::Created,
        order: Order::Ascending,
        page: PageRequest::first(limit),
    }
}

/// Lists the ids that a query asks for, on one page.
pub(crate) async fn ids(store: &dyn BacktestStore, query: BacktestsQuery) -> Vec<BacktestId> {
    let page = page(
        store,
        BacktestsQuery {
            page: PageRequest::first(EVERYTHING),
            ..query
        },
    )
    .await;
    assert_eq!(page.next, None, "everything fits on one page");
    page.items.iter().map(|item| item.id).collect()
}

/// Lists a page.
pub(crate) async fn page(
    store: &dyn BacktestStore,
    query: BacktestsQuery,
) -> Page<Backtest, BacktestPosition> {
    store.backtests(query).await.expect("a list")
}

/// Lists all sweeps, the newest first.
pub(crate) async fn all_sweeps(fixture: &Fixture) -> Vec<Sweep> {
    let query = SweepsQuery {
        page: PageRequest::first(EVERYTHING),
    };
    fixture.sweeps().sweeps(query).await.expect("a list").items
}

/// The bits of all numbers of a result: equal numbers can differ by them.
pub(crate) fn bits(result: &BacktestResult) -> Vec<u64> {
    let in_trades = result.trades.iter().flat_map(|trade| {
        [
            trade.units,
            trade.entry_price,
            trade.exit_price,
            trade.gross,
            trade.costs,
            trade.net,
            trade.net_return,
        ]
    });
    let numbers = in_trades.chain(result.equity.equity().iter().copied());
    numbers.map(f64::to_bits).collect()
}
