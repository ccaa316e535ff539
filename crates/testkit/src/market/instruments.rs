//! What every store of instruments must do.

use domain::{
    market::{AssetClass, Instrument, InstrumentsQuery, Symbol, Venue},
    page::PageRequest,
};

use super::steps::{EVERYTHING, assert_error, commit, key, upsert};
use crate::{
    bars::minutes,
    harness::{Fixture, StoreHarness},
};

fn instrument(venue: &str, symbol: &str) -> Instrument {
    Instrument::new(venue.parse().unwrap(), symbol.parse().unwrap())
}

async fn put(fixture: &Fixture, instruments: &[Instrument]) {
    for instrument in instruments {
        fixture.instruments().put_instrument(instrument).await.unwrap();
    }
}

async fn walk(fixture: &Fixture, venue: Option<Venue>, limit: usize) -> Vec<Instrument> {
    let (mut found, mut page): (Vec<Instrument>, _) = (Vec::new(), PageRequest::first(limit));
    loop {
        let query = InstrumentsQuery {
            venue: venue.clone(),
            page: page.clone(),
        };
        let answer = fixture.instruments().instruments(query).await.unwrap();
        assert!(answer.items.len() <= limit);
        found.extend(answer.items);
        let Some(next) = answer.next else { return found };
        let last = found.last().expect("a page that has a next one is not empty");
        assert_eq!(
            next,
            (last.venue.clone(), last.symbol.clone()),
            "the cursor is the last item's place"
        );
        page = page.after(next);
    }
}

pub async fn an_unknown_instrument_is_none(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    put(&fixture, &[instrument("X", "A")]).await;
    for (venue, symbol) in [("X", "B"), ("Y", "A"), ("x", "A"), ("X", "a")] {
        let (venue, symbol): (Venue, Symbol) = (venue.parse().unwrap(), symbol.parse().unwrap());
        assert_eq!(
            fixture.instruments().instrument(&venue, &symbol).await.unwrap(),
            None
        );
    }
}

pub async fn every_field_is_kept(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let mut all = Vec::new();
    let zones = ["UTC", "America/New_York", "+05:30", "-03:00", "Asia/Kolkata"];
    for (index, asset_class) in AssetClass::ALL.into_iter().enumerate() {
        all.push(Instrument {
            asset_class,
            currency: (index % 2 == 0).then(|| "USDT".parse().unwrap()),
            zone: zones[index % zones.len()].parse().unwrap(),
            sessions_per_year: [0, 252, u16::MAX][index % 3],
            allows_nonpositive: index % 2 == 1,
            ..instrument("X", &format!("S{index}/é%"))
        });
    }
    put(&fixture, &all).await;
    for _ in 0..2 {
        for instrument in &all {
            let found = fixture
                .instruments()
                .instrument(&instrument.venue, &instrument.symbol)
                .await
                .unwrap();
            assert_eq!(found.as_ref(), Some(instrument));
        }
        assert_eq!(walk(&fixture, None, EVERYTHING).await, all);
        fixture.restart().await;
    }
}

pub async fn a_known_instrument_is_stored_in_its_place(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let before = Instrument {
        currency: Some("EUR".parse().unwrap()),
        ..instrument("X", "A")
    };
    let after = Instrument {
        asset_class: AssetClass::Etf,
        currency: None,
        ..before.clone()
    };
    put(&fixture, &[before, after.clone()]).await;
    fixture.restart().await;
    assert_eq!(walk(&fixture, None, EVERYTHING).await, [after]);
}

pub async fn instruments_are_listed_by_code_point_page_by_page(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let names = [
        ("X", "é"),
        ("X", "b"),
        ("X", "Z"),
        ("Y", "A"),
        ("W", "z"),
        ("X", "日"),
        ("X", "_"),
        ("X", "A-"),
        ("X", "A"),
        ("X-", "A"),
        ("X1", "A"),
        ("x.y", "A"),
        ("X", "🐎"),
        ("X", "\u{ff21}"),
    ];
    let mut all: Vec<Instrument> = names
        .iter()
        .map(|(venue, symbol)| instrument(venue, symbol))
        .collect();
    put(&fixture, &all).await;
    all.sort_by(|a, b| (&a.venue, &a.symbol).cmp(&(&b.venue, &b.symbol)));
    for limit in [1, 2, 5, 7, 14, 15] {
        assert_eq!(walk(&fixture, None, limit).await, all, "{limit} a page");
        let venue: Venue = "X".parse().unwrap();
        let of_venue: Vec<Instrument> = all
            .iter()
            .filter(|instrument| instrument.venue == venue)
            .cloned()
            .collect();
        assert_eq!(
            walk(&fixture, Some(venue), limit).await,
            of_venue,
            "{limit} a page"
        );
    }
    assert_eq!(walk(&fixture, Some("NONE".parse().unwrap()), 3).await, []);
}

pub async fn names_that_differ_by_case_alone_are_refused(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    put(&fixture, &[instrument("Nyse", "Ärgo")]).await;
    commit(fixture.prices(), &key("Y:Series/1m"), upsert(&minutes(0..3, 1.0))).await;
    for restarted in [false, true] {
        if restarted {
            fixture.restart().await;
        }
        for (venue, symbol) in [
            ("NYSE", "Ärgo"),
            ("Nyse", "ärgo"),
            ("nyse", "ÄRGO"),
            ("y", "Series"),
            ("Y", "SERIES"),
        ] {
            let error = fixture
                .instruments()
                .put_instrument(&instrument(venue, symbol))
                .await
                .unwrap_err();
            assert_error!(error, AlreadyExists);
        }
    }
    let refused = fixture
        .prices()
        .commit(&key("Nyse:ARGO/1m"), upsert(&minutes(0..3, 1.0)))
        .await;
    assert!(refused.is_ok(), "another letter is another name");
    let refused = fixture
        .prices()
        .commit(&key("Nyse:ÄRGO/1m"), upsert(&minutes(0..3, 1.0)))
        .await;
    assert_error!(refused.unwrap_err(), AlreadyExists);
    put(&fixture, &[instrument("Nyse", "Ärgo")]).await;
    assert_eq!(walk(&fixture, None, EVERYTHING).await.len(), 3);
}

pub async fn an_instrument_outlives_its_series(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let known = Instrument {
        sessions_per_year: 7,
        ..instrument("X", "A")
    };
    put(&fixture, std::slice::from_ref(&known)).await;
    commit(fixture.prices(), &key("X:A/1m"), upsert(&minutes(0..3, 1.0))).await;
    fixture.prices().purge(&key("X:A/1m")).await.unwrap();
    assert_eq!(walk(&fixture, None, EVERYTHING).await, [known]);
}

pub async fn another_handle_sees_an_instrument_at_once(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let other = fixture.another_handle().await;
    for sessions_per_year in [1, 2] {
        let known = Instrument {
            sessions_per_year,
            ..instrument("X", "A")
        };
        put(&fixture, std::slice::from_ref(&known)).await;
        let found = other
            .instruments
            .instrument(&known.venue, &known.symbol)
            .await
            .unwrap();
        assert_eq!(found, Some(known));
    }
}
