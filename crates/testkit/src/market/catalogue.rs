//! The list of series: order, pages and filters.

use domain::{
    market::{Order, PriceStore, SeriesFilter, SeriesHead, SeriesKey, SeriesQuery, SeriesSort, TimeRange},
    page::PageRequest,
};

use super::steps::{all_series, commit, delete, head, key, upsert};
use crate::{
    bars::{days, minutes},
    harness::{Fixture, StoreHarness},
};

const SORTS: [SeriesSort; 6] = [
    SeriesSort::Key,
    SeriesSort::Bars,
    SeriesSort::First,
    SeriesSort::Last,
    SeriesSort::Gaps,
    SeriesSort::Updated,
];

/// Walks over all pages of a list.
async fn walk(prices: &dyn PriceStore, query: SeriesQuery) -> Vec<SeriesHead> {
    let (mut found, mut query) = (Vec::new(), query);
    loop {
        let page = prices.list(query.clone()).await.unwrap();
        assert!(page.items.len() <= query.page.limit.get());
        found.extend(page.items);
        let Some(next) = page.next else { return found };
        let last = found.last().expect("a page that has a next one is not empty");
        assert_eq!(
            next,
            query.sort.position(last),
            "the cursor is the last item's place"
        );
        query.page = query.page.after(next);
    }
}

async fn names(prices: &dyn PriceStore, filter: SeriesFilter) -> Vec<String> {
    let heads = walk(
        prices,
        SeriesQuery {
            filter,
            page: PageRequest::first(2),
            ..all_series()
        },
    )
    .await;
    heads.into_iter().map(|head| head.key.to_string()).collect()
}

/// Makes series that share figures, among them some without bars and some with gaps.
async fn varied(fixture: &Fixture) -> Vec<SeriesHead> {
    let prices = fixture.prices();
    let keys = [
        "X:a/1d", "X:B/1d", "X:ä/1d", "Y:A/1m", "X:C/1d", "W:Z/1M", "X:é/1m", "X:Z/1d", "X:~/1d", "x:!/1d",
    ]
    .map(key);
    for (index, key) in keys.iter().enumerate() {
        // Weekdays, on some of which a day is missing.
        let missing = (index % 3) as i64 * 7;
        let days = days(
            (0..35).filter(|day| *day < 7 || *day > missing || day % 7 != 0),
            1.0,
        );
        commit(
            prices,
            key,
            upsert(&days.slice(0..if index % 4 == 1 { days.len() } else { 4 })),
        )
        .await;
        if index % 3 == 2 {
            commit(prices, key, delete(TimeRange::ALL)).await;
        }
    }
    let mut heads = Vec::new();
    for key in &keys {
        heads.push(head(prices, key).await);
    }
    heads
}

pub async fn an_empty_store_lists_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    for sort in SORTS {
        let page = fixture
            .prices()
            .list(SeriesQuery { sort, ..all_series() })
            .await
            .unwrap();
        assert_eq!((page.items, page.next), (vec![], None));
    }
}

pub async fn keys_are_sorted_by_code_point(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let keys = [
        "X:é/1m",
        "X:b/1m",
        "X:Z/1m",
        "X:A/1d",
        "X:A/15m",
        "X:A/1m",
        "X:A-/1m",
        "X:AB/1m",
        "X:_/1m",
        "X:日/1m",
        "X:🐎/1m",
        "X:\u{ff21}/1m",
        "x.y:A/1m",
        "W:z/1m",
        "X-:A/1m",
        "X1:A/1m",
    ];
    for text in keys {
        commit(fixture.prices(), &key(text), upsert(&minutes(0..2, 1.0))).await;
    }
    let mut sorted: Vec<SeriesKey> = keys.map(key).to_vec();
    sorted.sort();
    let sorted: Vec<String> = sorted.iter().map(ToString::to_string).collect();
    assert_eq!(names(fixture.prices(), SeriesFilter::default()).await, sorted);
}

pub async fn three_pages_of_equal_rank_skip_and_repeat_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let prices = fixture.prices();
    let mut keys: Vec<SeriesKey> = ["e", "B", "g", "C", "ä", "f", "D", "a"]
        .iter()
        .map(|s| key(&format!("X:{s}/1m")))
        .collect();
    for key in &keys {
        commit(prices, key, upsert(&minutes(0..5, 1.0))).await;
    }
    keys.sort();
    for order in [Order::Ascending, Order::Descending] {
        for sort in [
            SeriesSort::Bars,
            SeriesSort::First,
            SeriesSort::Last,
            SeriesSort::Gaps,
        ] {
            let query = SeriesQuery {
                sort,
                order,
                page: PageRequest::first(3),
                ..all_series()
            };
            let found: Vec<SeriesKey> = walk(prices, query)
                .await
                .into_iter()
                .map(|head| head.key)
                .collect();
            assert_eq!(found, keys, "{sort:?} {order:?}");
        }
        keys.reverse();
    }
}

pub async fn every_sort_runs_both_ways_with_missing_figures_last(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let heads = varied(&fixture).await;
    assert!(heads.iter().any(|head| head.gaps > 0), "some series has gaps");
    for sort in SORTS {
        for order in [Order::Ascending, Order::Descending] {
            let mut expected = heads.clone();
            expected.sort_by(|a, b| SeriesSort::compare(order, &sort.position(a), &sort.position(b)));
            for limit in [1, 3, 5, 100] {
                let query = SeriesQuery {
                    sort,
                    order,
                    page: PageRequest::first(limit),
                    ..all_series()
                };
                assert_eq!(
                    walk(fixture.prices(), query).await,
                    expected,
                    "{sort:?} {order:?}, {limit} a page"
                );
            }
            if matches!(sort, SeriesSort::First | SeriesSort::Last) {
                assert!(
                    expected[7..].iter().all(|head| head.bars == 0),
                    "series without bars come last"
                );
            }
        }
    }
}

pub async fn a_page_goes_on_behind_a_series_that_went_away(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let prices = fixture.prices();
    for name in ["A", "B", "C", "D"] {
        commit(prices, &key(&format!("X:{name}/1m")), upsert(&minutes(0..5, 1.0))).await;
    }
    let query = SeriesQuery {
        sort: SeriesSort::Bars,
        page: PageRequest::first(2),
        ..all_series()
    };
    let first = prices.list(query.clone()).await.unwrap();
    prices.purge(&key("X:B/1m")).await.unwrap();
    let page = query.page.clone().after(first.next.unwrap());
    let second = prices.list(SeriesQuery { page, ..query }).await.unwrap();
    let found: Vec<String> = second.items.iter().map(|head| head.key.to_string()).collect();
    assert_eq!(
        (found, second.next),
        (vec!["X:C/1m".to_owned(), "X:D/1m".to_owned()], None)
    );
}

pub async fn filters_narrow_the_list(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    for text in ["X:A/1m", "X:A/1h", "X:B/1m", "Y:A/1m", "XX:A/1m"] {
        commit(fixture.prices(), &key(text), upsert(&minutes(0..2, 1.0))).await;
    }
    let a = key("X:A/1m");
    let by_venue = SeriesFilter {
        venue: Some(a.venue.clone()),
        ..SeriesFilter::default()
    };
    assert_eq!(
        names(fixture.prices(), by_venue.clone()).await,
        ["X:A/1m", "X:A/1h", "X:B/1m"]
    );
    let by_symbol = SeriesFilter {
        symbol: Some(a.symbol.clone()),
        ..SeriesFilter::default()
    };
    assert_eq!(
        names(fixture.prices(), by_symbol).await,
        ["X:A/1m", "X:A/1h", "XX:A/1m", "Y:A/1m"]
    );
    let by_timeframe = SeriesFilter {
        timeframe: Some(a.timeframe),
        ..SeriesFilter::default()
    };
    assert_eq!(
        names(fixture.prices(), by_timeframe).await,
        ["X:A/1m", "X:B/1m", "XX:A/1m", "Y:A/1m"]
    );
    let text = Some("b".to_owned());
    assert_eq!(
        names(fixture.prices(), SeriesFilter { text, ..by_venue }).await,
        ["X:B/1m"]
    );
    let all = SeriesFilter {
        venue: Some(a.venue),
        symbol: Some(a.symbol),
        timeframe: Some(a.timeframe),
        text: None,
    };
    assert_eq!(names(fixture.prices(), all).await, ["X:A/1m"]);
}

pub async fn text_is_searched_whatever_its_case_and_taken_literally(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let keys = [
        "NYSE:Ärgo/1m",
        "NYSE:AA_B/1m",
        "NYSE:AAxB/1m",
        "NYSE:50%/1d",
        "KRAKEN:BTC/USD/1m",
        "X:a\\b/1m",
        "X:[ab]/1m",
    ];
    for text in keys {
        commit(fixture.prices(), &key(text), upsert(&minutes(0..2, 1.0))).await;
    }
    let found = [
        ("äRG", vec!["NYSE:Ärgo/1m"]),
        ("a_b", vec!["NYSE:AA_B/1m"]),
        ("%", vec!["NYSE:50%/1d"]),
        ("0%/1D", vec!["NYSE:50%/1d"]),
        ("btc/usd/1M", vec!["KRAKEN:BTC/USD/1m"]),
        ("\\", vec!["X:a\\b/1m"]),
        ("[AB]", vec!["X:[ab]/1m"]),
        ("kraken:", vec!["KRAKEN:BTC/USD/1m"]),
        (".*", vec![]),
        ("'", vec![]),
    ];
    for (text, expected) in found {
        let filter = SeriesFilter {
            text: Some(text.to_owned()),
            ..SeriesFilter::default()
        };
        assert_eq!(names(fixture.prices(), filter).await, expected, "{text}");
    }
    let filter = SeriesFilter {
        text: Some(String::new()),
        ..SeriesFilter::default()
    };
    assert_eq!(names(fixture.prices(), filter).await.len(), keys.len());
}
