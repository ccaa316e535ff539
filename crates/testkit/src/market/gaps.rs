//! Bars that a series lacks by its own calendar.

use domain::{
    market::{
        Bars, Gap, GapsQuery, Instrument, PriceStore, SeriesKey, TimeRange, TradingCalendar, Zone, grid_runs,
    },
    page::PageRequest,
};

use super::steps::{all_gaps, assert_error, at, commit, delete, head, key, read, revert_to, upsert};
use crate::{
    bars::{DAY, MINUTE, MONDAY, days, priced},
    harness::{Fixture, StoreHarness},
};

/// Checks the head's count and the list against the calendar, and returns the gaps.
async fn assert_gaps(prices: &dyn PriceStore, key: &SeriesKey, zone: &Zone) -> Vec<Gap> {
    let bars = read(prices, key).await;
    let runs = grid_runs(bars.time(), key.timeframe);
    let expected = TradingCalendar::learn(key.timeframe, zone, &runs).gaps(&runs);
    let page = prices.gaps(all_gaps(key)).await.unwrap();
    assert_eq!((&page.items, page.next), (&expected, None));
    let missing: u64 = expected.iter().map(|gap| gap.missing).sum();
    assert_eq!(head(prices, key).await.gaps, missing);
    expected
}

fn weekdays_without(missing: &[i64]) -> Bars {
    days((0..56).filter(|day| day % 7 < 5 && !missing.contains(day)), 1.0)
}

fn gap(first: i64, last: i64, missing: u64) -> Gap {
    Gap {
        first: at(MONDAY + first * DAY),
        last: at(MONDAY + last * DAY),
        missing,
    }
}

pub async fn a_missing_day_is_a_gap_and_a_weekend_is_none(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1d"));
    // A Wednesday, and from a Thursday over the weekend to the Monday.
    commit(prices, &key, upsert(&weekdays_without(&[16, 24, 25, 28]))).await;
    let found = assert_gaps(prices, &key, &Zone::UTC).await;
    assert_eq!(found, [gap(16, 16, 1), gap(24, 28, 3)]);
    assert_eq!(head(prices, &key).await.gaps, 4);
}

pub async fn gaps_follow_every_commit(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let (key, day) = (key("X:A/1d"), |day: i64| at(MONDAY + day * DAY));
    commit(fixture.prices(), &key, upsert(&weekdays_without(&[16, 24, 25]))).await;
    assert_eq!(
        assert_gaps(fixture.prices(), &key, &Zone::UTC).await,
        [gap(16, 16, 1), gap(24, 25, 2)]
    );
    commit(fixture.prices(), &key, upsert(&days([16], 2.0))).await;
    assert_eq!(
        assert_gaps(fixture.prices(), &key, &Zone::UTC).await,
        [gap(24, 25, 2)]
    );
    let range = TimeRange::new(Some(day(30)), Some(day(32)));
    commit(fixture.prices(), &key, delete(range)).await;
    assert_eq!(assert_gaps(fixture.prices(), &key, &Zone::UTC).await.len(), 2);
    fixture.restart().await;
    assert_eq!(assert_gaps(fixture.prices(), &key, &Zone::UTC).await.len(), 2);
    fixture.prices().revert(&key, revert_to(1)).await.unwrap();
    assert_eq!(
        assert_gaps(fixture.prices(), &key, &Zone::UTC).await,
        [gap(16, 16, 1), gap(24, 25, 2)]
    );
    commit(fixture.prices(), &key, delete(TimeRange::ALL)).await;
    assert_eq!(assert_gaps(fixture.prices(), &key, &Zone::UTC).await, []);
}

pub async fn gaps_far_from_the_head_follow_a_commit(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let all: Vec<i64> = (0..40_320).filter(|minute| minute % 5_000 != 4_999).collect();
    commit(prices, &key, upsert(&crate::bars::minutes(all, 1.0))).await;
    assert_gaps(prices, &key, &Zone::UTC).await;
    for minute in [-1, 4_999, 40_320, 60_000] {
        commit(prices, &key, upsert(&crate::bars::minutes([minute], 2.0))).await;
        assert_gaps(prices, &key, &Zone::UTC).await;
    }
    commit(prices, &key, delete(super::steps::span(20_010, 20_030))).await;
    let found = assert_gaps(prices, &key, &Zone::UTC).await;
    // Seven of the eight that were left out, what was deleted, and what lies between the last two bars.
    assert_eq!(found.len(), 9, "{found:?}");
}

pub async fn gaps_follow_the_zone_of_the_instrument(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let (key, new_york): (_, Zone) = (key("X:A/1h"), "America/New_York".parse().unwrap());
    // Sixteen weeks of sessions of seven hours from 10:00 in New York; summer time begins on 2024-03-10.
    let mut times = Vec::new();
    for day in (0..112).filter(|day| day % 7 < 5 && *day != 38 && *day != 88) {
        let opening = if day < 69 { 15 } else { 14 };
        times.extend((opening..opening + 7).map(|hour| MONDAY + day * DAY + hour * 60 * MINUTE));
    }
    commit(
        fixture.prices(),
        &key,
        upsert(&priced(times.into_iter().map(|time| (time, 1.0)))),
    )
    .await;
    let in_utc = assert_gaps(fixture.prices(), &key, &Zone::UTC).await;
    let instrument = Instrument {
        zone: new_york.clone(),
        ..Instrument::new(key.venue.clone(), key.symbol.clone())
    };
    fixture.instruments().put_instrument(&instrument).await.unwrap();
    let in_new_york = assert_gaps(fixture.prices(), &key, &new_york).await;
    assert_ne!(in_utc, in_new_york, "the two zones tell different calendars");
    assert_eq!(in_new_york.iter().map(|gap| gap.missing).sum::<u64>(), 14);
    assert_eq!(
        fixture.prices().head(&key).await.unwrap().unwrap().version.0,
        1,
        "no version came of it"
    );
    fixture.restart().await;
    assert_eq!(assert_gaps(fixture.prices(), &key, &new_york).await, in_new_york);
    commit(fixture.prices(), &key, upsert(&days([130], 1.0))).await;
    assert_gaps(fixture.prices(), &key, &new_york).await;
}

pub async fn gaps_are_listed_page_by_page_within_a_range(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1d"));
    commit(
        prices,
        &key,
        upsert(&weekdays_without(&[9, 15, 16, 22, 31, 37, 44])),
    )
    .await;
    let all = assert_gaps(prices, &key, &Zone::UTC).await;
    assert_eq!(
        all.iter().map(|gap| gap.missing).collect::<Vec<_>>(),
        [1, 2, 1, 1, 1, 1]
    );
    let day = |day: i64| Some(at(MONDAY + day * DAY));
    // The range holds the gaps that begin in it: 15 to 16 does not begin at 16.
    let ranges = [
        (TimeRange::ALL, 0..6),
        (TimeRange::new(day(15), day(31)), 1..3),
        (TimeRange::new(day(16), day(32)), 2..4),
        (TimeRange::new(day(40), None), 5..6),
        (TimeRange::new(None, day(9)), 0..0),
        (TimeRange::new(day(20), day(10)), 0..0),
    ];
    for (range, expected) in ranges {
        for limit in [1, 2, 3, 6, 7] {
            let (mut found, mut page) = (Vec::new(), PageRequest::first(limit));
            loop {
                let answer = prices
                    .gaps(GapsQuery {
                        key: key.clone(),
                        range,
                        page: page.clone(),
                    })
                    .await
                    .unwrap();
                assert!(answer.items.len() <= limit);
                found.extend(answer.items);
                let Some(next) = answer.next else { break };
                assert_eq!(
                    Some(next),
                    found.last().map(|gap| gap.first),
                    "the cursor is the last item's place"
                );
                page = page.after(next);
            }
            assert_eq!(found, all[expected.clone()], "{range:?}, {limit} a page");
        }
    }
}

pub async fn months_have_gaps_by_the_calendar(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1M"));
    let month = |text: &str| text.parse::<domain::market::Timestamp>().unwrap();
    let months =
        ["2023-11-01", "2023-12-01", "2024-01-01", "2024-04-01"].map(|text| (month(text).micros(), 1.0));
    commit(prices, &key, upsert(&priced(months))).await;
    let found = assert_gaps(prices, &key, &Zone::UTC).await;
    assert_eq!(
        found,
        [Gap {
            first: month("2024-02-01"),
            last: month("2024-03-01"),
            missing: 2
        }]
    );
}

pub async fn an_unknown_series_has_no_gaps_to_list(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    assert_error!(
        fixture.prices().gaps(all_gaps(&key("X:A/1d"))).await.unwrap_err(),
        NotFound
    );
}
