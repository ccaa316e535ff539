//! Names of series that file systems, URLs and databases trip over.

use domain::market::{SeriesFilter, SeriesKey, SeriesQuery, Version};

use super::steps::{all_series, assert_error, commit, head, key, read, refusal, upsert};
use crate::{
    bars::{MONDAY, minutes, priced},
    harness::{Fixture, StoreHarness},
};

fn odd_keys() -> Vec<SeriesKey> {
    let symbols = [
        "BTC/USD",
        "BTC:USD",
        "BTC%USD",
        "BTC%2FUSD",
        "BTC%252FUSD",
        "..",
        ".",
        "../../etc/passwd",
        "/",
        "//",
        "\\",
        "a\\b",
        "-rf",
        "~",
        "CON",
        "x.",
        ".hidden",
        "*",
        "?",
        "\"quoted\"",
        "it's",
        "$HOME",
        "a;b",
        "a|b",
        "<a>",
        "#1",
        "&",
        "+",
        "=",
        "日経225",
        "Ω",
        "é",
        "e\u{301}",
        "🐎",
        "\u{200d}",
        "null",
        "NaN",
        "1m",
        "1d/1m",
        "journal",
        "series",
        "_",
        "__",
    ];
    let mut keys: Vec<_> = symbols
        .iter()
        .map(|symbol| key(&format!("X:{symbol}/1m")))
        .collect();
    // The longest names: 64 characters of four bytes, each of which a percent-encoding triples.
    keys.push(key(&format!("X:{}/1m", "🐎".repeat(64))));
    keys.push(key(&format!("X:{}🐴/1m", "🐎".repeat(63))));
    keys.push(key(&format!("X:{}/1m", "A".repeat(64))));
    keys.push(key(&format!("{}:A/1m", "V".repeat(32))));
    keys.extend(["..:A/1m", ".:A/1m", "-:A/1m", "_:..:../1m"].map(key));
    keys
}

pub async fn keys_with_odd_characters_are_told_apart(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let keys = odd_keys();
    let bars = |index: usize| priced([(MONDAY + index as i64, index as f64 + 1.0)]);
    for (index, key) in keys.iter().enumerate() {
        let made = commit(fixture.prices(), key, upsert(&bars(index))).await;
        assert_eq!(made.version, Version(1), "{key} is new");
    }
    fixture.restart().await;
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(read(fixture.prices(), key).await, bars(index), "{key}");
        assert_eq!(&head(fixture.prices(), key).await.key, key);
    }
    let mut sorted = keys;
    sorted.sort();
    let listed = fixture.prices().list(all_series()).await.unwrap().items;
    assert_eq!(
        listed.into_iter().map(|head| head.key).collect::<Vec<_>>(),
        sorted
    );
}

pub async fn odd_keys_are_purged_alone(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let prices = fixture.prices();
    let keys = ["X:BTC/USD/1m", "X:BTC%2FUSD/1m", "X:BTC/1m", "X:../1m", "X:A/1m"].map(key);
    for key in &keys {
        commit(prices, key, upsert(&minutes(0..3, 1.0))).await;
    }
    for (index, key) in keys.iter().enumerate() {
        prices.purge(key).await.unwrap();
        let left = prices.list(all_series()).await.unwrap().items;
        assert_eq!(left.len(), keys.len() - index - 1, "{key} is gone alone");
    }
}

pub async fn months_and_minutes_are_apart(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let (minute, month) = (key("X:A/1m"), key("X:A/1M"));
    commit(fixture.prices(), &minute, upsert(&minutes(0..3, 1.0))).await;
    commit(fixture.prices(), &month, upsert(&priced([(MONDAY, 2.0)]))).await;
    fixture.restart().await;
    assert_eq!(read(fixture.prices(), &minute).await, minutes(0..3, 1.0));
    assert_eq!(read(fixture.prices(), &month).await, priced([(MONDAY, 2.0)]));
    let listed = fixture.prices().list(all_series()).await.unwrap().items;
    assert_eq!(
        listed.iter().map(|head| head.key.to_string()).collect::<Vec<_>>(),
        ["X:A/1m", "X:A/1M"]
    );
    let filter = SeriesFilter {
        timeframe: Some(month.timeframe),
        ..SeriesFilter::default()
    };
    let months = fixture
        .prices()
        .list(SeriesQuery {
            filter,
            ..all_series()
        })
        .await
        .unwrap()
        .items;
    assert_eq!(
        months.into_iter().map(|head| head.key).collect::<Vec<_>>(),
        [month]
    );
}

pub async fn keys_that_differ_by_case_alone_are_refused(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    commit(
        fixture.prices(),
        &key("Nyse:Ärgo/1m"),
        upsert(&minutes(0..3, 1.0)),
    )
    .await;
    for restarted in [false, true] {
        if restarted {
            fixture.restart().await;
        }
        for other in ["NYSE:Ärgo/1m", "Nyse:ÄRGO/1m", "Nyse:ärgo/1m", "nyse:ÄrGo/1d"] {
            let write = upsert(&minutes(0..3, 1.0));
            assert_error!(refusal(fixture.prices(), &key(other), write).await, AlreadyExists);
            assert_eq!(fixture.prices().head(&key(other)).await.unwrap(), None, "{other}");
        }
    }
    let (same, apart) = (key("Nyse:Ärgo/1d"), key("Nyse:Argo/1m"));
    commit(fixture.prices(), &same, upsert(&minutes(0..3, 1.0))).await;
    commit(fixture.prices(), &apart, upsert(&minutes(0..3, 1.0))).await;
}

pub async fn a_name_in_another_case_finds_nothing(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let prices = fixture.prices();
    commit(prices, &key("X:Aapl/1m"), upsert(&minutes(0..3, 1.0))).await;
    for other in ["X:AAPL/1m", "x:Aapl/1m"] {
        assert_eq!(prices.head(&key(other)).await.unwrap(), None);
        assert_error!(prices.purge(&key(other)).await.unwrap_err(), NotFound);
    }
    assert_eq!(read(prices, &key("X:Aapl/1m")).await, minutes(0..3, 1.0));
}
