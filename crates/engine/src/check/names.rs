//! The names that rules know by themselves.

use domain::market::Column;

use crate::{
    error::quoted,
    functions::{function, functions},
    graph::Field,
    rule::is_name,
};

/// Returns the column of that name.
pub(super) fn column(name: &str) -> Option<Column> {
    Column::ALL.into_iter().find(|column| column.as_str() == name)
}

/// Returns the part of the time of that name.
pub(super) fn field(name: &str) -> Option<Field> {
    let known = Field::NAMES.into_iter().find(|(known, _)| *known == name);
    known.map(|(_, field)| field)
}

/// Returns the names of columns and parts of the time.
pub(super) fn built_in() -> impl Iterator<Item = &'static str> {
    let columns = Column::ALL.into_iter().map(Column::as_str);
    columns.chain(Field::NAMES.into_iter().map(|(name, _)| name))
}

/// Returns the names of the functions.
pub(super) fn function_names() -> impl Iterator<Item = &'static str> {
    functions().map(|function| function.name.as_str())
}

/// Says why a name can't be that of a parameter or a `[let]`, if it can't.
pub(super) fn objection(name: &str) -> Option<String> {
    if !is_name(name) {
        let name = quoted(name);
        Some(format!(
            "{name} is no name: use a letter, then letters, digits and _, at most 64"
        ))
    } else if column(name).is_some() || field(name).is_some() {
        Some(format!("`{name}` is a column of the bars already"))
    } else if function(name).is_some() {
        Some(format!("`{name}` is a function already"))
    } else {
        None
    }
}
