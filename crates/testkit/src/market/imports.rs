//! What every store of imports must do.

use std::collections::BTreeMap;

use domain::{
    id::ImportId,
    market::{
        Import, ImportSource, ImportState, ImportedSeries, ImportsQuery, RejectedRow, RuleCount, Version,
    },
    page::PageRequest,
};

use super::steps::{at, author, key};
use crate::harness::{Fixture, StoreHarness};

fn started(fixture: &Fixture) -> Import {
    Import {
        id: ImportId::next(&*fixture.ids),
        state: ImportState::Running,
        author: author(),
        started_at: at(1_735_000_000_000_001),
        finished_at: None,
        sources: Vec::new(),
        options: BTreeMap::new(),
        series: Vec::new(),
        rules: Vec::new(),
        rejected: Vec::new(),
        error: None,
    }
}

fn finished(import: &Import) -> Import {
    let source = ImportSource {
        name: "år/prices.zip/BTC 2024.csv".to_owned(),
        sha256: "ab".repeat(32).parse().unwrap(),
        bytes: 1 << 40,
        dialect: "binance".to_owned(),
        zone: "America/New_York".to_owned(),
        rows: 1_000_000,
        rejected: 1_000,
    };
    let made = ImportedSeries {
        key: key("X:BTC/USD/1M"),
        before: Version(3),
        version: Some(Version(4)),
        bars: 999,
        inserted: 1,
        changed: 2,
        unchanged: 996,
        duplicates: 5,
    };
    let row = |line| RejectedRow {
        file: source.name.clone(),
        line,
        column: "Close/Last".to_owned(),
        rule: "nan".to_owned(),
        message: "`n/a` is not a number\nat all".to_owned(),
        text: "\"2024-01-01\";n/a;\t\u{fffd}🐎\\".to_owned(),
    };
    Import {
        state: ImportState::Done,
        finished_at: Some(at(1_735_000_000_999_999)),
        options: [
            ("zone".to_owned(), "UTC".to_owned()),
            (String::new(), "é=\"".to_owned()),
        ]
        .into(),
        series: vec![
            made.clone(),
            ImportedSeries {
                key: key("X:B/1d"),
                version: None,
                ..made
            },
        ],
        rules: vec![RuleCount {
            rule: "nan".to_owned(),
            rows: 1_000,
        }],
        rejected: (1..=1_000).map(row).collect(),
        sources: vec![source.clone(), source],
        error: Some("one part failed: é".to_owned()),
        ..import.clone()
    }
}

async fn put(fixture: &Fixture, import: &Import) {
    fixture.imports().put_import(import).await.unwrap();
}

pub async fn an_unknown_import_is_none(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    put(&fixture, &started(&fixture)).await;
    let other = ImportId::next(&*fixture.ids);
    assert_eq!(fixture.imports().import(other).await.unwrap(), None);
}

pub async fn an_import_is_stored_in_the_place_of_its_earlier_state(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let import = started(&fixture);
    for state in [
        ImportState::Running,
        ImportState::Done,
        ImportState::Failed,
        ImportState::Undone,
    ] {
        let import = Import {
            state,
            ..import.clone()
        };
        put(&fixture, &import).await;
        assert_eq!(
            fixture.imports().import(import.id).await.unwrap(),
            Some(import.clone())
        );
        let page = fixture
            .imports()
            .imports(ImportsQuery {
                page: PageRequest::first(9),
            })
            .await
            .unwrap();
        assert_eq!((page.items, page.next), (vec![import], None));
    }
}

pub async fn a_report_is_kept_with_every_field(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let import = started(&fixture);
    put(&fixture, &import).await;
    let import = finished(&import);
    put(&fixture, &import).await;
    for _ in 0..2 {
        assert_eq!(
            fixture.imports().import(import.id).await.unwrap(),
            Some(import.clone())
        );
        fixture.restart().await;
    }
}

pub async fn imports_are_listed_newest_first_page_by_page(harness: &dyn StoreHarness) {
    let mut fixture = Fixture::new(harness).await;
    let imports: Vec<Import> = (0..9).map(|_| started(&fixture)).collect();
    // Stored out of order: the place of an import is its id's.
    for index in [3, 0, 8, 1, 7, 2, 6, 4, 5] {
        put(&fixture, &imports[index]).await;
    }
    let expected: Vec<ImportId> = imports.iter().rev().map(|import| import.id).collect();
    for limit in [1, 3, 4, 9, 10] {
        let (mut found, mut page) = (Vec::new(), PageRequest::first(limit));
        loop {
            let answer = fixture
                .imports()
                .imports(ImportsQuery { page: page.clone() })
                .await
                .unwrap();
            assert!(answer.items.len() <= limit);
            found.extend(answer.items.iter().map(|import| import.id));
            let Some(next) = answer.next else { break };
            assert_eq!(
                Some(next),
                found.last().copied(),
                "the cursor is the last item's place"
            );
            page = page.after(next);
        }
        assert_eq!(found, expected, "{limit} a page");
        fixture.restart().await;
    }
}

pub async fn an_empty_store_has_no_imports(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let page = fixture
        .imports()
        .imports(ImportsQuery {
            page: PageRequest::first(1),
        })
        .await
        .unwrap();
    assert_eq!((page.items, page.next), (vec![], None));
}

pub async fn another_handle_sees_an_import_at_once(harness: &dyn StoreHarness) {
    let fixture = Fixture::new(harness).await;
    let other = fixture.another_handle().await;
    let import = started(&fixture);
    for import in [import.clone(), finished(&import)] {
        put(&fixture, &import).await;
        assert_eq!(other.imports.import(import.id).await.unwrap(), Some(import));
    }
}
