//! Aligned columns of text.

use std::fmt;

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};

/// A column: its head and the side that its cells lean to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column<'a> {
    /// Text.
    Left(&'a str),
    /// Numbers.
    Right(&'a str),
}

impl<'a> Column<'a> {
    fn head(self) -> &'a str {
        match self {
            Self::Left(head) | Self::Right(head) => head,
        }
    }
}

/// Rows of cells under a head, in aligned columns without lines.
pub(crate) struct Table(Grid);

impl Table {
    pub(crate) fn new(columns: &[Column<'_>]) -> Self {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(columns.iter().map(|column| printable(column.head())));
        for (index, column) in columns.iter().enumerate() {
            if let Some(cells) = grid.column_mut(index) {
                cells.set_padding((0, 2));
                if matches!(column, Column::Right(_)) {
                    cells.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        Self(grid)
    }

    /// Makes a table of names and values without a head.
    pub(crate) fn of_pairs(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        for (name, value) in pairs {
            grid.add_row([name.to_owned(), printable(&value)]);
        }
        for column in grid.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self(grid)
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.add_row(cells.into_iter().map(|cell| printable(&cell)));
    }
}

/// A cell is one line, and no text from a file may steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.0.lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lean_right_and_text_left() {
        let mut table = Table::new(&[Column::Left("series"), Column::Right("bars")]);
        table.row(["X:A/1d".to_owned(), "7".to_owned()]);
        table.row(["X:LONGER/1d".to_owned(), "1,234".to_owned()]);
        assert_eq!(
            table.to_string(),
            "series        bars\nX:A/1d           7\nX:LONGER/1d  1,234\n"
        );
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }
}
