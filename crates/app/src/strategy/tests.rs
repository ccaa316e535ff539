use domain::{
    error::StoreError,
    market::{Column, Version},
    strategy::SavedStrategy,
};

use super::*;
use crate::fixture::{Fixture, author};

const CROSS: &str = r#"
name = "cross"
[parameters]
slow = { default = 50, min = 5, max = 400 }
[long]
enter = "crosses_above(close, sma(close, slow))"
exit = "volume < 1"
"#;

fn toml(text: &str) -> DocumentText {
    DocumentText {
        text: text.to_owned(),
        syntax: Syntax::Toml,
    }
}

fn asked(text: DocumentText) -> PutStrategy {
    PutStrategy {
        text,
        name: None,
        author: author(),
        note: None,
        expected: None,
    }
}

#[tokio::test]
async fn a_check_tells_warm_up_columns_and_what_would_be_stored() {
    let checked = check(toml(CROSS)).await.unwrap();
    assert_eq!(checked.warm_up, 50);
    assert_eq!(checked.columns, [Column::Close, Column::Volume]);
    assert!(
        checked
            .canonical
            .starts_with(r#"{"long":{"enter":"crosses_above("#)
    );
    let again = DocumentText {
        text: checked.canonical.clone(),
        syntax: Syntax::Json,
    };
    assert_eq!(check(again).await.unwrap(), checked);
}

#[tokio::test]
async fn every_mistake_is_told_and_placed_in_the_file() {
    let wrong = CROSS.replace("sma(", "smaa(").replace("volume <", "volum <");
    let Err(StrategyError::Mistakes(Mistakes(mistakes))) = check(toml(&wrong)).await else {
        panic!("the document is wrong");
    };
    let told: Vec<_> = mistakes
        .iter()
        .map(|mistake| {
            let place = mistake.place.as_ref().unwrap();
            (
                mistake.pointer.as_str(),
                place.line,
                place.column,
                mistake.nearest.as_deref(),
            )
        })
        .collect();
    let expected = [
        ("/long/enter", 6, 31, Some("sma")),
        ("/long/exit", 7, 9, Some("volume")),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_document_is_saved_once_and_a_changed_one_as_the_next_version() {
    let fixture = Fixture::new();
    let put = async |text: &str| put(&fixture.stores, asked(toml(text))).await.unwrap();
    assert!(matches!(put(CROSS).await, SavedStrategy::Saved(version) if version.version == Version(1)));
    let same = CROSS.replace("[long]", "# what it buys\n[long]");
    assert!(matches!(put(&same).await, SavedStrategy::Unchanged(version) if version.version == Version(1)));
    let changed = put(&CROSS.replace("volume < 1", "volume < 2")).await;
    assert_eq!(changed.version().version, Version(2));
    let long = changed.version().document.long.as_ref().unwrap();
    assert_eq!(long.exit.as_deref(), Some("volume < 2"));
}

#[tokio::test]
async fn what_is_wrong_is_not_saved() {
    let fixture = Fixture::new();
    let named = PutStrategy {
        name: Some("other".parse().unwrap()),
        ..asked(toml(CROSS))
    };
    let noted = PutStrategy {
        note: Some("two\nlines".to_owned()),
        ..asked(toml(CROSS))
    };
    let expecting = PutStrategy {
        expected: Some(Version(3)),
        ..asked(toml(CROSS))
    };
    let mut errors = Vec::new();
    for asked in [named, noted, expecting, asked(toml("name = 'cross'"))] {
        errors.push(put(&fixture.stores, asked).await.unwrap_err());
    }
    assert!(
        matches!(
            &errors[..],
            [
                StrategyError::OtherName { .. },
                StrategyError::Note,
                StrategyError::Store(StoreError::Conflict { .. }),
                StrategyError::Mistakes(_)
            ]
        ),
        "{errors:?}"
    );
    let name = "cross".parse().unwrap();
    let found = fixture.stores.strategies.strategy(&name, None).await.unwrap();
    assert_eq!(found, None);
}
