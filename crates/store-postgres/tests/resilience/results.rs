//! What backtests gave: who reads it, who changes it, what it holds back, and how it is listed.

use std::time::{Duration, Instant};

use domain::{
    backtest::{
        Backtest, BacktestInput, BacktestResult, BacktestSettings, BacktestSort, BacktestStore,
        BacktestsFilter, BacktestsQuery, Costs, EquityCurve, ExitReason, Metric, Metrics, NewBacktest,
        Origin, RunStatus, Side, Trade,
    },
    error::StoreError,
    id::BacktestId,
    market::{AsOf, Order, PriceStore, PriceStoreExt, Timestamp, Version, Zone},
    page::PageRequest,
};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::bars::{MINUTE, MONDAY, minutes};
use uuid::Uuid;

use crate::{
    outage::{hold_heads, wait_until_asleep},
    place::{Place, attempt, author, key, upsert, version},
};

/// Describes a backtest that is done, over version 1 of a series.
pub(crate) async fn done(store: &PostgresStore, number: u128, series: &str) -> NewBacktest {
    let key = key(series);
    let first = store.commit_at(&key, AsOf::Version(Version(1))).await;
    let digest = first.unwrap().unwrap().digest;
    let metric = |value, reason: Option<&str>| Metric {
        value,
        basis: "daily returns, N = 252".to_owned(),
        reason: reason.map(str::to_owned),
    };
    let metrics = Metrics::from_iter([
        ("total_return".to_owned(), metric(Some(0.25), None)),
        ("sharpe".to_owned(), metric(None, Some("there is one day"))),
        ("another".to_owned(), metric(Some(1e300), None)),
    ]);
    let backtest = Backtest {
        id: BacktestId::from_uuid(Uuid::from_u128(number)),
        status: RunStatus::Done,
        origin: Origin::Engine,
        strategy: None,
        inputs: vec![BacktestInput {
            series: key,
            version: Version(1),
            digest,
        }],
        settings: BacktestSettings {
            start: None,
            end: None,
            parameters: [("fast".to_owned(), 10.0)].into(),
            cash: 100.0,
            costs: Costs::default(),
            sessions_per_year: 252.0,
            zone: Zone::UTC,
            risk_free: 0.0,
        },
        title: Some("a title".to_owned()),
        notes: None,
        tags: ["kept".to_owned()].into(),
        author: author(),
        created_at: Timestamp::saturating(MONDAY),
        finished_at: Some(Timestamp::saturating(MONDAY + 1)),
        sweep: None,
        engine: Some("1.0.0".to_owned()),
        digest: None,
        span: None,
        metrics,
        failure: None,
    };
    let day = 24 * 60 * MINUTE;
    let result = BacktestResult {
        trades: vec![trade(1), trade(2)],
        equity: EquityCurve::new(
            vec![MONDAY, MONDAY + MINUTE, MONDAY + day],
            vec![150.0, 120.0, 200.0],
        )
        .unwrap(),
    };
    NewBacktest { backtest, result }
}

fn trade(number: u32) -> Trade {
    Trade {
        number,
        side: Side::Short,
        units: 2.0,
        entry_time: Timestamp::saturating(MONDAY),
        entry_price: 10.0,
        exit_time: Timestamp::saturating(MONDAY + i64::from(number) * MINUTE),
        exit_price: 9.0,
        exit_reason: ExitReason::TrailingStop,
        gross: 2.0,
        costs: 0.5,
        net: 1.5,
        net_return: 0.075,
    }
}

/// Makes a place with a series in two versions and a backtest of the first one.
async fn with_backtest(options: impl FnOnce(PostgresOptions) -> PostgresOptions) -> (Place, PostgresStore) {
    let place = Place::new().await;
    let store = place.open_with(options(place.options())).await;
    upsert(&store, &key("X:A/1m"), &minutes(0..10, 1.0)).await;
    store
        .add_backtest(&done(&store, 1, "X:A/1m").await)
        .await
        .unwrap();
    upsert(&store, &key("X:A/1m"), &minutes(0..10, 2.0)).await;
    (place, store)
}

async fn text(connection: &mut PgConnection, sql: &'static str) -> String {
    let row: String = sqlx::query_scalar(sql).fetch_one(connection).await.unwrap();
    row
}

#[tokio::test]
async fn a_reader_reads_backtests_figures_trades_and_equity() {
    let (place, _store) = with_backtest(|options| options).await;
    let mut reader = place.connect("chandlery_reader").await;
    let figures = "select string_agg(concat_ws(' ', name, value, basis, reason), '; ' order by position)
        from reporting.backtest_metrics";
    assert_eq!(
        text(&mut reader, figures).await,
        "total_return 0.25 daily returns, N = 252; sharpe daily returns, N = 252 there is one day; \
         another 1e+300 daily returns, N = 252"
    );
    let backtest = "select concat_ws(' ', status, title, array_to_string(tags, ','), author, created_at at time zone 'UTC', \
                    engine, total_return, inputs -> 0 ->> 'series') from reporting.backtests where sharpe is null";
    assert_eq!(
        text(&mut reader, backtest).await,
        "done a title kept local:ada 2024-01-01 00:00:00 1.0.0 0.25 X:A/1m"
    );
    let trades = "select string_agg(concat_ws(' ', number, side, exit_time at time zone 'UTC', exit_reason, net), '; ' order by number)
        from reporting.trades";
    assert_eq!(
        text(&mut reader, trades).await,
        "1 short 2024-01-01 00:01:00 trailing_stop 1.5; 2 short 2024-01-01 00:02:00 trailing_stop 1.5"
    );
    let equity =
        "select string_agg(concat_ws(' ', day, equity, round(drawdown::numeric, 6)), '; ' order by day)
        from reporting.equity";
    assert_eq!(
        text(&mut reader, equity).await,
        "2024-01-01 120 -0.200000; 2024-01-02 200 0.000000"
    );
}

#[tokio::test]
async fn the_program_neither_changes_nor_takes_away_what_a_backtest_gave() {
    let (place, store) = with_backtest(|options| options).await;
    let mut app = place.connect("chandlery_app").await;
    for sql in [
        "update chandlery.trade set net = 0",
        "delete from chandlery.trade",
        "truncate chandlery.trade",
        "update chandlery.equity_chunk set equity = equity",
        "delete from chandlery.equity_chunk",
        "update reporting.equity set equity = 0",
        "delete from reporting.equity",
        "update chandlery.backtest_input set version = 2",
        "delete from chandlery.backtest_input",
        "update chandlery.backtest set author = 'local:eve'",
        "update chandlery.backtest set created_at = 0",
        "update chandlery.backtest set strategy = 'other', strategy_version = 1",
        "delete from chandlery.backtest",
        "delete from chandlery.sweep",
        "update chandlery.sweep_rows set rows = '[]'",
        "delete from chandlery.sweep_rows",
        "update chandlery.series_pin set version = 2",
        "alter table chandlery.job add column more int",
    ] {
        assert_eq!(attempt(&mut app, sql).await, Err("42501".to_owned()), "{sql}");
    }
    let new = done(&store, 1, "X:A/1m").await;
    assert_eq!(store.trades(new.backtest.id).await.unwrap(), new.result.trades);
    assert_eq!(store.equity(new.backtest.id).await.unwrap(), new.result.equity);
}

#[tokio::test]
async fn a_reader_removes_nothing_and_nobody_removes_what_has_not_ended() {
    let (place, _store) = with_backtest(|options| options).await;
    place
        .database
        .execute("update chandlery.backtest set status = 'running'")
        .await;
    let remove = "select chandlery.remove_backtest('00000000-0000-0000-0000-000000000001')";
    let mut app = place.connect("chandlery_app").await;
    assert_eq!(attempt(&mut app, remove).await, Err("55006".to_owned()));
    let mut reader = place.connect("chandlery_reader").await;
    assert_eq!(attempt(&mut reader, remove).await, Err("42501".to_owned()));
}

#[tokio::test]
async fn a_version_that_a_backtest_reads_is_neither_pruned_nor_purged_until_the_backtest_goes() {
    let retention = |options| PostgresOptions {
        retention: Some(Duration::from_mins(1)),
        ..options
    };
    let (place, store) = with_backtest(retention).await;
    let (key, id) = (key("X:A/1m"), BacktestId::from_uuid(Uuid::from_u128(1)));
    let second = store.commit_at(&key, AsOf::Version(Version(2))).await;
    let second = second.unwrap().unwrap().digest;
    for price in [3.0, 4.0] {
        place.clock.advance(86_400_000_000);
        upsert(&store, &key, &minutes(0..10, price)).await;
    }
    let begin = Instant::now();
    while !matches!(store.read_all(version(&key, 2)).await, Err(StoreError::Gone(_))) {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "version 2 is still there"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(
        store.read_all(version(&key, 1)).await.unwrap(),
        minutes(0..10, 1.0)
    );
    let refused = store.purge(&key).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    // The version is kept already, so that another backtest may read it too; one that is gone stays gone.
    let mut another = done(&store, 2, "X:A/1m").await;
    store.add_backtest(&another).await.unwrap();
    another.backtest.id = BacktestId::from_uuid(Uuid::from_u128(3));
    another.backtest.inputs[0].version = Version(2);
    another.backtest.inputs[0].digest = second;
    let gone = store.add_backtest(&another).await;
    assert!(matches!(gone, Err(StoreError::Gone(_))), "{gone:?}");
    store.remove_backtest(id).await.unwrap();
    assert!(store.purge(&key).await.is_err(), "the other one still reads it");
    let other = BacktestId::from_uuid(Uuid::from_u128(2));
    store.remove_backtest(other).await.unwrap();
    store.purge(&key).await.unwrap();
    assert_eq!(store.backtest(id).await.unwrap(), None);
}

#[tokio::test]
async fn who_reads_a_version_waits_for_who_prunes_it_and_finds_it_gone() {
    let (place, store) = with_backtest(|options| options).await;
    let new = done(&store, 2, "X:A/1m").await;
    let mut pruner = hold_heads(&place).await;
    let call = tokio::spawn(async move { store.add_backtest(&new).await });
    wait_until_asleep(&place, 1).await;
    let prune = "delete from chandlery.series_pin; update chandlery.series_head set kept_from = 2; commit";
    sqlx::raw_sql(prune).execute(&mut pruner).await.unwrap();
    let added = call.await.unwrap();
    assert!(matches!(added, Err(StoreError::Gone(_))), "{added:?}");
}

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
    let trades = store.trades(id).await.unwrap_err();
    let equity = store.equity(id).await.unwrap_err();
    for (error, named) in [(trades, "1 rows of 2"), (equity, "checksum")] {
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(named) && text.contains(&id.to_string()), "{text}");
    }
    place
        .database
        .execute("update chandlery.backtest set record = '{}'")
        .await;
    let record = store.backtest(id).await.unwrap_err().to_string();
    assert!(record.contains("column record"), "{record}");
}

/// Multiplies a backtest until there are `count`, each with other figures.
async fn multiply(place: &Place, count: u32) {
    let columns = BacktestSort::FIGURES.join(", ");
    let values = BacktestSort::FIGURES
        .map(|_| "x.n * 7919 % 9973 + 0.5")
        .join(", ");
    let metrics = BacktestSort::FIGURES.map(|name| {
        format!(
            "'{name}', json_build_object('value', x.n * 7919 % 9973 + 0.5, 'basis', repeat('a basis ', 20))"
        )
    });
    let sql = format!(
        "insert into chandlery.backtest (id, status, author, created_at, title, tags, folded, record, {columns})
         select x.id, 'done', b.author, 0, 'number ' || x.n, '{{}}', array['number ' || x.n],
                ((b.record::jsonb || jsonb_build_object('id', x.id)) ||
                 jsonb_build_object('metrics', json_build_object({metrics})))::json, {values}
         from chandlery.backtest b,
              lateral (select n, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id
                       from generate_series(1, {count}) n) x
         where b.title = 'a title'",
        metrics = metrics.join(", ")
    );
    let mut admin = place.admin().await;
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::raw_sql("analyze chandlery.backtest")
        .execute(&mut admin)
        .await
        .unwrap();
}

/// Returns the shortest of many times that the first page takes.
async fn first_page(store: &PostgresStore, sort: BacktestSort, filter: &BacktestsFilter) -> Duration {
    let mut shortest = Duration::MAX;
    for _ in 0..15 {
        let begin = Instant::now();
        let query = BacktestsQuery {
            filter: filter.clone(),
            sort,
            order: Order::Descending,
            page: PageRequest::first(50),
        };
        let page = store.backtests(query).await.unwrap();
        shortest = shortest.min(begin.elapsed());
        assert_eq!(page.items.len(), 50);
        let places: Vec<_> = page
            .items
            .iter()
            .map(|backtest| sort.position(backtest))
            .collect();
        assert!(places.is_sorted_by(|a, b| BacktestSort::compare(Order::Descending, a, b).is_lt()));
    }
    shortest
}

#[tokio::test]
async fn the_first_page_of_ten_thousand_takes_about_as_long_as_that_of_a_hundred() {
    let ((few, few_store), (many, many_store)) = (
        with_backtest(|options| options).await,
        with_backtest(|options| options).await,
    );
    multiply(&few, 100).await;
    multiply(&many, 10_000).await;
    let (all, mut longest) = (BacktestsFilter::default(), Duration::ZERO);
    let sorts = BacktestSort::FIGURES.map(BacktestSort::Figure);
    for sort in sorts.into_iter().chain([BacktestSort::Created]) {
        let small = first_page(&few_store, sort, &all).await;
        let large = first_page(&many_store, sort, &all).await;
        longest = longest.max(large);
        assert!(
            large < 4 * small + Duration::from_millis(2),
            "sorted by {}: {small:?} of 100, {large:?} of 10,000",
            sort.as_str()
        );
    }
    println!("first page of 10,000 backtests: at most {longest:?}");
    let found = BacktestsFilter {
        text: Some("NUMBER 9".to_owned()),
        ..all
    };
    let by_text = first_page(&many_store, BacktestSort::Figure("cagr"), &found).await;
    println!("with a search: {by_text:?}");
    assert!(longest.max(by_text) < Duration::from_millis(20));
}

#[tokio::test]
async fn zeros_of_both_signs_are_told_apart_in_lists() {
    let (_place, store) = with_backtest(|options| options).await;
    for (number, value) in [
        (11, 0.0),
        (12, -0.0),
        (13, 0.0),
        (14, -0.0),
        (15, -1.0),
        (16, 1.0),
    ] {
        let mut new = done(&store, number, "X:A/1m").await;
        let metric = Metric {
            value: Some(value),
            basis: "equity".to_owned(),
            reason: None,
        };
        new.backtest.metrics.set("calmar", metric);
        store.add_backtest(&new).await.unwrap();
    }
    for (order, expected) in [
        (Order::Ascending, [15, 12, 14, 11, 13, 16, 1]),
        (Order::Descending, [16, 13, 11, 14, 12, 15, 1]),
    ] {
        let mut page = PageRequest::first(1);
        let mut found = Vec::new();
        loop {
            let query = BacktestsQuery {
                filter: BacktestsFilter::default(),
                sort: BacktestSort::Figure("calmar"),
                order,
                page: page.clone(),
            };
            let listed = store.backtests(query).await.unwrap();
            found.extend(
                listed
                    .items
                    .iter()
                    .map(|backtest| backtest.id.as_uuid().as_u128()),
            );
            let Some(next) = listed.next else { break };
            page = PageRequest::first(1).after(next);
        }
        assert_eq!(found, expected, "{order:?}");
    }
}

#[tokio::test]
async fn a_million_points_and_a_hundred_thousand_trades_come_back_as_they_were() {
    let (place, store) = with_backtest(|options| options).await;
    let mut new = done(&store, 2, "X:A/1m").await;
    let time = (0..1_000_000).map(|minute| MONDAY + minute * MINUTE).collect();
    let equity = (0..1_000_000)
        .map(|minute| 10_000.0 + f64::from(minute).sqrt() / 3.0)
        .collect();
    new.result.equity = EquityCurve::new(time, equity).unwrap();
    new.result.trades = (1..=100_000).map(trade).collect();
    let begin = Instant::now();
    store.add_backtest(&new).await.unwrap();
    let written = begin.elapsed();
    assert_eq!(store.equity(new.backtest.id).await.unwrap(), new.result.equity);
    assert_eq!(store.trades(new.backtest.id).await.unwrap(), new.result.trades);
    println!(
        "written in {written:?}, written and read in {:?}",
        begin.elapsed()
    );
    let mut admin = place.admin().await;
    let row = sqlx::query(
        "select count(*), max(octet_length(equity)) from chandlery.equity_chunk where points > 3",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert_eq!(row.get::<i64, _>(0), 16);
    store.remove_backtest(new.backtest.id).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from chandlery.trade")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(left, 2, "those of the other backtest");
}

#[tokio::test]
async fn a_text_that_could_never_be_reported_is_refused() {
    let (_place, store) = with_backtest(|options| options).await;
    for (number, in_title) in [(2, true), (3, false)] {
        let mut new = done(&store, number, "X:A/1m").await;
        let nul = Some("a\0b".to_owned());
        if in_title {
            new.backtest.title = nul;
        } else {
            new.backtest.failure = nul;
        }
        let refused = store.add_backtest(&new).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
}
