//! `chandlery backtest edit`

use std::io::{self, Write};

use app::backtest::describe;
use clap::{ArgGroup, Args};
use domain::backtest::BacktestEdit;
use serde::Serialize;

use super::{resolve, view::BacktestView};
use crate::{
    output::{Report, table::Table},
    session::Session,
};

/// What can be changed; at least one of them must be.
const CHANGES: [&str; 4] = ["title", "notes", "tags", "no_tags"];

/// The arguments of `backtest edit`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("changes").args(CHANGES).required(true).multiple(true))]
pub(crate) struct EditArguments {
    /// The backtest's id, or `last`
    #[arg(value_name = "ID")]
    id: String,
    /// What it is called; an empty text takes the title away
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What there is to say about it; an empty text takes the notes away
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// What it is found by, in place of all tags that it has. Can be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Take all tags away
    #[arg(long, conflicts_with = "tags")]
    no_tags: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
struct EditReport(BacktestView);

pub(super) async fn run(session: &Session, arguments: EditArguments) -> anyhow::Result<()> {
    let id = resolve(session, &arguments.id).await?;
    let edited = describe(&session.stores, id, arguments.edit()).await?;
    session.print(&EditReport(edited.into()))
}

impl EditArguments {
    fn edit(self) -> BacktestEdit {
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        let changes_tags = self.no_tags || !self.tags.is_empty();
        BacktestEdit {
            title: self.title.map(text),
            notes: self.notes.map(text),
            tags: changes_tags.then(|| self.tags.into_iter().collect()),
        }
    }
}

impl Report for EditReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        let tags: Vec<&str> = self.0.tags.iter().map(String::as_str).collect();
        let facts = [
            ("backtest", self.0.id.to_string()),
            ("title", said(&self.0.title)),
            ("notes", said(&self.0.notes)),
            ("tags", tags.join(", ")),
        ];
        write!(out, "{}", Table::of_pairs(facts))
    }

    fn is_summary(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_takes_away_and_what_is_not_named_stays() {
        let arguments = EditArguments {
            id: "last".to_owned(),
            title: Some(String::new()),
            notes: None,
            tags: vec!["b".to_owned(), "a".to_owned()],
            no_tags: false,
        };
        let edit = arguments.edit();
        assert_eq!((edit.title, edit.notes), (Some(None), None));
        assert_eq!(edit.tags.unwrap().into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
