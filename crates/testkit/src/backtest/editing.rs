//! What people write about backtests.

use std::collections::BTreeSet;

use domain::{
    backtest::{Backtest, BacktestEdit, BacktestsFilter, BacktestsQuery},
    id::BacktestId,
};

use super::steps::{add, ended, found, full, ids, listed, prepared, whole};
use crate::{harness::StoreHarness, market::steps::assert_error};

fn tags(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|tag| (*tag).to_owned()).collect()
}

pub async fn title_notes_and_tags_change_each_alone(harness: &dyn StoreHarness) {
    let mut fixture = prepared(harness).await;
    let mut expected = full(&fixture);
    let id = expected.backtest.id;
    add(fixture.backtests(), &[expected.clone(), ended(&fixture)]).await;
    let title = BacktestEdit {
        title: Some(Some("neu – \"é\" 🐎".to_owned())),
        ..BacktestEdit::default()
    };
    let notes = BacktestEdit {
        notes: Some(Some("a\nb".to_owned())),
        ..BacktestEdit::default()
    };
    let others = BacktestEdit {
        tags: Some(tags(&["x", "y z"])),
        ..BacktestEdit::default()
    };
    for edit in [title, notes, others, BacktestEdit::default()] {
        edit.clone().apply(&mut expected.backtest);
        let answer = fixture.backtests().edit_backtest(id, edit).await.unwrap();
        assert_eq!(answer, expected.backtest);
        fixture.restart().await;
        assert_eq!(whole(fixture.backtests(), id).await, expected);
    }
}

pub async fn title_notes_and_tags_can_be_cleared(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let new = full(&fixture);
    add(fixture.backtests(), std::slice::from_ref(&new)).await;
    let clear = BacktestEdit {
        title: Some(None),
        notes: Some(None),
        tags: Some(tags(&[])),
    };
    let store = fixture.backtests();
    let cleared = store.edit_backtest(new.backtest.id, clear).await.unwrap();
    let expected = Backtest {
        title: None,
        notes: None,
        tags: tags(&[]),
        ..new.backtest
    };
    assert_eq!(cleared, expected);
    assert_eq!(found(store, expected.id).await, expected);
}

pub async fn lists_follow_an_edit_through_every_handle(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let other = fixture.another_handle().await;
    let (new, unchanged) = (ended(&fixture), ended(&fixture));
    add(fixture.backtests(), &[new.clone(), unchanged]).await;
    let tagged = |tag: &str| BacktestsQuery {
        filter: BacktestsFilter {
            tag: Some(tag.to_owned()),
            ..BacktestsFilter::default()
        },
        ..listed(1)
    };
    for (tag, before) in [("a", "b"), ("b", "a"), ("a", "b")] {
        let edit = BacktestEdit {
            tags: Some(tags(&[tag])),
            ..BacktestEdit::default()
        };
        fixture
            .backtests()
            .edit_backtest(new.backtest.id, edit)
            .await
            .unwrap();
        for store in [fixture.backtests(), &*other.backtests] {
            assert_eq!(ids(store, tagged(tag)).await, [new.backtest.id]);
            assert_eq!(ids(store, tagged(before)).await, []);
        }
    }
}

pub async fn an_unknown_backtest_is_not_edited(harness: &dyn StoreHarness) {
    let fixture = prepared(harness).await;
    let unknown = BacktestId::next(&*fixture.ids);
    let answer = fixture
        .backtests()
        .edit_backtest(unknown, BacktestEdit::default())
        .await;
    assert_error!(answer.unwrap_err(), NotFound);
    assert_eq!(fixture.backtests().backtest(unknown).await.unwrap(), None);
}
