//! What commits and heads tell about themselves.

use domain::{
    id::ImportId,
    market::{Instrument, PriceWrite, Timestamp, Version, WriteMeta},
};

use super::steps::{at, commit, commits, delete, head, key, read, span, upsert};
use crate::{
    bars::minutes,
    harness::{Fixture, StoreHarness},
};

pub async fn the_head_tells_what_the_series_holds(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let mut ids = Vec::new();
    let writes = [
        upsert(&minutes(5..9, 1.0)),
        upsert(&minutes(0..3, 2.0)),
        delete(span(0, 2)),
        upsert(&minutes([99], 3.0)),
    ];
    for (index, write) in writes.into_iter().enumerate() {
        let commit = commit(prices, &key, write).await;
        let (head, bars) = (head(prices, &key).await, read(prices, &key).await);
        assert_eq!(head.key, key);
        assert_eq!(
            (head.version, commit.version),
            (Version(index as u64 + 1), head.version)
        );
        assert_eq!((head.bars, commit.bars), (bars.len() as u64, head.bars));
        assert_eq!(head.first.map(Timestamp::micros), bars.first_time());
        assert_eq!(head.last.map(Timestamp::micros), bars.last_time());
        assert_eq!((head.digest, commit.digest), (bars.digest(), head.digest));
        assert_eq!(head.updated_at, commit.committed_at);
        assert!(head.bytes > 0, "bars take room");
        ids.push(head.id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "a series keeps its identity");
}

pub async fn a_commit_keeps_who_why_and_where_from(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    let meta = WriteMeta {
        author: "user:Žofie Ω, \"quoted\"".parse().unwrap(),
        reason: Some("a split, 2:1\nconfirmed — see 'notice' \\ 7 🐎".to_owned()),
        import_id: Some(ImportId::next(&*fixture.ids)),
        source_name: Some("år/prices 2024.csv.gz".to_owned()),
        source_sha256: Some("0123456789abcdef".repeat(4).parse().unwrap()),
    };
    let write = PriceWrite {
        meta: meta.clone(),
        ..upsert(&minutes(0..3, 1.0))
    };
    let made = commit(
        fixture.prices(),
        &key,
        PriceWrite {
            idempotency_key: Some("k/1".to_owned()),
            ..write
        },
    )
    .await;
    assert_eq!(made.idempotency_key.as_deref(), Some("k/1"));
    assert!(
        made.payload.is_some(),
        "what was written under a key is remembered"
    );
    let told = made.clone();
    let told = WriteMeta {
        author: told.author,
        reason: told.reason,
        import_id: told.import_id,
        source_name: told.source_name,
        source_sha256: told.source_sha256,
    };
    assert_eq!(told, meta);
    assert_eq!(commits(fixture.prices(), &key).await, std::slice::from_ref(&made));
    fixture.restart().await;
    assert_eq!(commits(fixture.prices(), &key).await, [made]);
}

pub async fn commit_times_rise_though_the_clock_stands_still_or_goes_back(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    fixture.clock.set_step(0);
    for number in 0..4 {
        if number == 2 {
            fixture.clock.advance(-3_600_000_000);
        }
        if number == 3 {
            fixture.restart().await;
        }
        commit(fixture.prices(), &key, upsert(&minutes([number], 1.0))).await;
    }
    let commits = commits(fixture.prices(), &key).await;
    let times: Vec<i64> = commits
        .iter()
        .rev()
        .map(|commit| commit.committed_at.micros())
        .collect();
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    assert_eq!(head(fixture.prices(), &key).await.updated_at.micros(), times[3]);
}

pub async fn a_commit_carries_the_time_of_the_clock(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    fixture.clock.set_step(0);
    fixture.clock.set(at(1_750_000_000_123_457));
    let commit = commit(fixture.prices(), &key("X:A/1m"), upsert(&minutes(0..3, 1.0))).await;
    assert_eq!(commit.committed_at, at(1_750_000_000_123_457));
}

pub async fn the_instrument_appears_with_the_first_commit(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    commit(fixture.prices(), &key, upsert(&minutes(0..3, 1.0))).await;
    let instrument = fixture
        .instruments()
        .instrument(&key.venue, &key.symbol)
        .await
        .unwrap();
    assert_eq!(instrument, Some(Instrument::new(key.venue, key.symbol)));
}

pub async fn a_known_instrument_stays_as_it_is(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let key = key("X:A/1m");
    let mut instrument = Instrument::new(key.venue.clone(), key.symbol.clone());
    instrument.zone = "America/New_York".parse().unwrap();
    instrument.sessions_per_year = 365;
    fixture.instruments().put_instrument(&instrument).await.unwrap();
    commit(fixture.prices(), &key, upsert(&minutes(0..3, 1.0))).await;
    let found = fixture
        .instruments()
        .instrument(&key.venue, &key.symbol)
        .await
        .unwrap();
    assert_eq!(found, Some(instrument));
}
