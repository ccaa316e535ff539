//! Commits that were made in one store and are stored in another.

use domain::{
    error::StoreError,
    id::ImportId,
    market::{
        Changes, Commit, PriceStore, PriceWrite, Replay, SeriesKey, TimeRange, Version, WriteMeta, Written,
    },
};
use futures::{StreamExt, stream};

use super::steps::{
    all_series, assert_error, commit, commits, delete, difference, head, key, read_version, replace,
    revert_to, span, under, upsert,
};
use crate::{
    bars::{batches, minutes, synthetic_minutes},
    harness::{Fixture, StoreHarness},
};

/// Makes a series of five versions with all kinds of commits, and returns them, the oldest first.
async fn source(fixture: &Fixture) -> Vec<Commit> {
    let (prices, key) = (fixture.prices(), key("X:A/1m"));
    let meta = WriteMeta {
        author: "user:Žofie".parse().unwrap(),
        reason: Some("because".to_owned()),
        import_id: Some(ImportId::next(&*fixture.ids)),
        source_name: Some("a.csv".to_owned()),
        source_sha256: Some("0f".repeat(32).parse().unwrap()),
    };
    commit(
        prices,
        &key,
        PriceWrite {
            meta,
            ..under(upsert(&minutes(0..10, 1.0)), "k")
        },
    )
    .await;
    commit(
        prices,
        &key,
        replace(span(2, 8), &minutes(4..12, 2.0).within(&span(2, 8))),
    )
    .await;
    commit(prices, &key, delete(TimeRange::ALL)).await;
    prices.revert(&key, revert_to(2)).await.unwrap();
    commit(prices, &key, upsert(&synthetic_minutes(1, 9_000))).await;
    let mut made = commits(prices, &key).await;
    made.reverse();
    made
}

/// Copies one commit; the difference comes in batches, as from a stream of a store.
async fn copy(
    from: &dyn PriceStore,
    to: &dyn PriceStore,
    key: &SeriesKey,
    made: &Commit,
) -> Result<Commit, StoreError> {
    let changes = from.diff(key, Version(made.version.0 - 1), made.version);
    to.replay(
        key,
        Replay {
            commit: made.clone(),
            changes,
        },
    )
    .await
}

fn replay(commit: Commit, changes: Changes) -> Replay<'static> {
    Replay {
        commit,
        changes: stream::iter([Ok(changes)]).boxed(),
    }
}

pub async fn a_replayed_history_is_the_same(harness: &dyn StoreHarness) {
    let (from, mut to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    let (key, made) = (key("X:A/1m"), source(&from).await);
    // Another clock, another time: a replayed commit keeps its own.
    to.clock.advance(987_654_321);
    for commit in &made {
        assert_eq!(
            &copy(from.prices(), to.prices(), &key, commit).await.unwrap(),
            commit
        );
    }
    for _ in 0..2 {
        let mut found = commits(to.prices(), &key).await;
        found.reverse();
        assert_eq!(found, made);
        for version in 0..=made.len() as u64 {
            let expected = read_version(from.prices(), &key, version).await;
            assert_eq!(
                read_version(to.prices(), &key, version).await,
                expected,
                "version {version}"
            );
        }
        let (there, here) = (head(from.prices(), &key).await, head(to.prices(), &key).await);
        assert_eq!(
            (there.version, there.bars, there.digest),
            (here.version, here.bars, here.digest)
        );
        assert_eq!(
            (there.first, there.last, there.gaps),
            (here.first, here.last, here.gaps)
        );
        assert_eq!(there.updated_at, here.updated_at);
        to.restart().await;
    }
    let instrument = to
        .instruments()
        .instrument(&key.venue, &key.symbol)
        .await
        .unwrap();
    assert!(instrument.is_some(), "the instrument appears with the series");
}

pub async fn a_replayed_key_still_answers_its_repeated_write(harness: &dyn StoreHarness) {
    let (from, to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    let (key, made) = (key("X:A/1m"), source(&from).await);
    for commit in &made {
        copy(from.prices(), to.prices(), &key, commit).await.unwrap();
    }
    let again = under(upsert(&minutes(0..10, 1.0)), "k");
    assert_eq!(
        to.prices().commit(&key, again).await.unwrap(),
        Written::Repeated(made[0].clone())
    );
}

pub async fn a_repeated_replay_changes_nothing(harness: &dyn StoreHarness) {
    let (from, to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    let (key, made) = (key("X:A/1m"), source(&from).await);
    for (index, commit) in made.iter().enumerate() {
        for commit in made[..=index].iter().rev().chain([commit]) {
            assert_eq!(
                &copy(from.prices(), to.prices(), &key, commit).await.unwrap(),
                commit
            );
        }
    }
    assert_eq!(commits(to.prices(), &key).await.len(), made.len());
}

pub async fn a_replay_must_follow_the_head(harness: &dyn StoreHarness) {
    let (from, to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    let (key, made) = (key("X:A/1m"), source(&from).await);
    assert_error!(
        copy(from.prices(), to.prices(), &key, &made[1])
            .await
            .unwrap_err(),
        Conflict
    );
    assert_eq!(to.prices().head(&key).await.unwrap(), None);
    copy(from.prices(), to.prices(), &key, &made[0]).await.unwrap();
    assert_error!(
        copy(from.prices(), to.prices(), &key, &made[2])
            .await
            .unwrap_err(),
        Conflict
    );
    assert_eq!(head(to.prices(), &key).await.version, Version(1));
}

pub async fn a_version_that_is_another_commit_conflicts(harness: &dyn StoreHarness) {
    let (from, to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    let (key, made) = (key("X:A/1m"), source(&from).await);
    let own = commit(to.prices(), &key, upsert(&minutes(0..10, 9.0))).await;
    assert_error!(
        copy(from.prices(), to.prices(), &key, &made[0])
            .await
            .unwrap_err(),
        Conflict
    );
    assert_eq!(commits(to.prices(), &key).await, [own]);
}

pub async fn changes_must_lead_to_the_digest(harness: &dyn StoreHarness) {
    let (from, to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    let (key, made) = (key("X:A/1m"), source(&from).await);
    let changes = difference(from.prices(), &key, 0, 1).await.unwrap();
    let short = Changes {
        inserted: changes.inserted.slice(0..9),
        ..Changes::default()
    };
    let other = Changes {
        inserted: minutes(0..10, 1.5),
        ..Changes::default()
    };
    for wrong in [short, other, Changes::default()] {
        assert_error!(
            to.prices()
                .replay(&key, replay(made[0].clone(), wrong))
                .await
                .unwrap_err(),
            Invalid
        );
    }
    assert_eq!(to.prices().list(all_series()).await.unwrap().items, []);
    to.prices()
        .replay(&key, replay(made[0].clone(), changes))
        .await
        .unwrap();
    let second = difference(from.prices(), &key, 1, 2).await.unwrap();
    let wrong = Changes {
        deleted: second.deleted.slice(1..second.deleted.len()),
        ..second
    };
    assert_error!(
        to.prices()
            .replay(&key, replay(made[1].clone(), wrong))
            .await
            .unwrap_err(),
        Invalid
    );
    assert_eq!(commits(to.prices(), &key).await, made[..1]);
    assert_eq!(read_version(to.prices(), &key, 1).await, minutes(0..10, 1.0));
}

pub async fn a_replay_whose_input_fails_stores_nothing(harness: &dyn StoreHarness) {
    let (from, to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    let (key, made) = (key("X:A/1m"), source(&from).await);
    let part = Changes {
        inserted: minutes(0..5, 1.0),
        ..Changes::default()
    };
    let broken = Err(StoreError::Input("the line went dead".into()));
    let changes = stream::iter([Ok(part), broken]).boxed();
    let error = to
        .prices()
        .replay(
            &key,
            Replay {
                commit: made[0].clone(),
                changes,
            },
        )
        .await
        .unwrap_err();
    assert_error!(error, Input);
    assert_eq!(to.prices().list(all_series()).await.unwrap().items, []);
    copy(from.prices(), to.prices(), &key, &made[0]).await.unwrap();
}

pub async fn a_large_replay_comes_in_batches(harness: &dyn StoreHarness) {
    let (from, to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    let (key, bars) = (key("X:A/1m"), synthetic_minutes(1, 50_000));
    let made = commit(from.prices(), &key, upsert(&bars)).await;
    let pieces = batches(&bars, 4_000).into_iter().map(|inserted| {
        Ok(Changes {
            inserted,
            ..Changes::default()
        })
    });
    let changes = stream::iter(pieces.collect::<Vec<_>>()).boxed();
    to.prices()
        .replay(
            &key,
            Replay {
                commit: made.clone(),
                changes,
            },
        )
        .await
        .unwrap();
    assert_eq!(commits(to.prices(), &key).await, [made]);
    assert_eq!(read_version(to.prices(), &key, 1).await, bars);
}

pub async fn writes_go_on_after_a_replay_and_later_than_it(harness: &dyn StoreHarness) {
    let (from, to) = (Fixture::new(harness).await, Fixture::new(harness).await);
    from.clock.advance(86_400_000_000);
    let (key, made) = (key("X:A/1m"), source(&from).await);
    for commit in &made {
        copy(from.prices(), to.prices(), &key, commit).await.unwrap();
    }
    // The clock of the second store is a day behind the commits that it took.
    let next = commit(to.prices(), &key, upsert(&minutes([-5], 1.0))).await;
    assert_eq!(next.version, Version(6));
    assert!(next.committed_at > made[4].committed_at);
}
