//! Lists of many backtests.

use std::time::{Duration, Instant};

use domain::{
    backtest::{BacktestSort, BacktestStore, BacktestsFilter, BacktestsQuery, Metric},
    market::Order,
    page::PageRequest,
};
use sqlx::AssertSqlSafe;
use store_postgres::PostgresStore;

use super::{done, with_backtest};
use crate::place::Place;

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

/// How soon the first page is there.
const LIMIT: Duration = Duration::from_millis(20);

/// Reads the first page, and returns how long that took.
async fn first_page(store: &PostgresStore, sort: BacktestSort, filter: &BacktestsFilter) -> Duration {
    let begin = Instant::now();
    let query = BacktestsQuery {
        filter: filter.clone(),
        sort,
        order: Order::Descending,
        page: PageRequest::first(50),
    };
    let page = store.backtests(query).await.unwrap();
    let took = begin.elapsed();
    assert_eq!(page.items.len(), 50);
    let places: Vec<_> = page
        .items
        .iter()
        .map(|backtest| sort.position(backtest))
        .collect();
    assert!(places.is_sorted_by(|a, b| BacktestSort::compare(Order::Descending, a, b).is_lt()));
    took
}

/// The shortest times that a page takes of a few backtests and of many.
#[derive(Debug, Clone, Copy)]
struct Shortest {
    few: Duration,
    many: Duration,
}

impl Shortest {
    /// Measures, in turns, until the times are as they should be; others that use the machine make times longer, and for
    /// no more than a minute.
    async fn measure(few: &PostgresStore, many: &PostgresStore, sort: BacktestSort) -> Self {
        let (all, begin) = (BacktestsFilter::default(), Instant::now());
        let mut shortest = Self {
            few: Duration::MAX,
            many: Duration::MAX,
        };
        loop {
            for _ in 0..15 {
                shortest.few = shortest.few.min(first_page(few, sort, &all).await);
                shortest.many = shortest.many.min(first_page(many, sort, &all).await);
            }
            if shortest.many < (4 * shortest.few + Duration::from_millis(2)).min(LIMIT) {
                return shortest;
            }
            let name = sort.as_str();
            assert!(
                begin.elapsed() < Duration::from_mins(1),
                "sorted by {name}: {shortest:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_first_page_of_ten_thousand_takes_about_as_long_as_that_of_a_hundred() {
    let ((few, few_store), (many, many_store)) = (
        with_backtest(|options| options).await,
        with_backtest(|options| options).await,
    );
    multiply(&few, 100).await;
    multiply(&many, 10_000).await;
    let mut longest = Duration::ZERO;
    let sorts = BacktestSort::FIGURES.map(BacktestSort::Figure);
    for sort in sorts.into_iter().chain([BacktestSort::Created]) {
        let shortest = Shortest::measure(&few_store, &many_store, sort).await;
        longest = longest.max(shortest.many);
    }
    println!("first page of 10,000 backtests: at most {longest:?}");
    let found = BacktestsFilter {
        text: Some("NUMBER 9".to_owned()),
        ..BacktestsFilter::default()
    };
    let (begin, mut by_text) = (Instant::now(), Duration::MAX);
    while by_text >= LIMIT {
        assert!(
            begin.elapsed() < Duration::from_mins(1),
            "with a search: {by_text:?}"
        );
        by_text = first_page(&many_store, BacktestSort::Figure("cagr"), &found).await;
    }
    println!("with a search: {by_text:?}");
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
