//! A map of a figure over two parameters, drawn in shades.

use std::{collections::HashMap, iter::repeat_n};

use domain::backtest::SweepAxis;
use engine::{Better, metric_definition};

use super::view::SweepView;
use crate::output::{
    chart::{bounds, shade},
    figures::{figure, label},
    numbers::shortest,
};

/// How wide the map may be before its columns lose their labels.
const WIDTH: usize = 100;
/// What stands for a run without the figure.
const UNDEFINED: char = '·';

/// Draws a sweep of two parameters, the first one downwards and the second one across; the darkest run is the best.
/// `None` when there are not two parameters, or no run has the figure.
pub(super) fn heat_map(sweep: &SweepView) -> Option<String> {
    let [down, across] = sweep.axes.as_slice() else {
        return None;
    };
    let rows = sweep.rows.as_deref()?;
    let at = |row: &super::view::RowView, axis: &SweepAxis| {
        row.parameters.get(&axis.name).map(|value| value.to_bits())
    };
    let points = rows.iter().filter_map(|row| {
        let place = (at(row, down)?, at(row, across)?);
        Some((place, row.value(&sweep.by)?))
    });
    let points: HashMap<_, f64> = points.collect();
    if points.is_empty() {
        return None;
    }
    let (least, greatest) = bounds(points.values().copied());
    let lower_is_better = metric_definition(&sweep.by).is_some_and(|by| by.better == Better::Lower);
    let (worst, best) = if lower_is_better {
        (greatest, least)
    } else {
        (least, greatest)
    };
    let tone = |down: f64, across: f64| {
        let value = points.get(&(down.to_bits(), across.to_bits()));
        value.map_or(UNDEFINED, |value| shade(*value, worst, best))
    };
    let title = format!(
        "{} by {} (down) and {} (across)",
        label(&sweep.by),
        down.name,
        across.name
    );
    let [worst, best] = [worst, best].map(|value| figure(&sweep.by, Some(value)));
    let undefined = if points.len() < rows.len() {
        format!("  {UNDEFINED} undefined")
    } else {
        String::new()
    };
    let legend = format!("░ {worst}  ▒  ▓  █ {best}{undefined}\n");
    let lines = std::iter::once(title)
        .chain(lines(down, across, tone))
        .chain([legend]);
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn lines(down: &SweepAxis, across: &SweepAxis, tone: impl Fn(f64, f64) -> char) -> Vec<String> {
    let named = |axis: &SweepAxis| -> Vec<String> {
        let names = axis.values.iter().map(|value| shortest(*value, 6));
        names.collect()
    };
    let width = |names: &[String]| names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let (rows, columns) = (named(down), named(across));
    let (room, cell) = (width(&rows), width(&columns).max(2));
    let labelled = room + columns.len() * (cell + 1) <= WIDTH;
    // Without labels, two characters make a cell about as wide as it is high.
    let (cell, gap) = if labelled { (cell, " ") } else { (2, "") };
    let head = if labelled {
        let header: Vec<String> = columns.iter().map(|name| format!(" {name:>cell$}")).collect();
        header.concat()
    } else {
        let ends = columns.first().zip(columns.last());
        ends.map_or_else(String::new, |(first, last)| format!(" {first} … {last}"))
    };
    let mut lines = vec![format!("{}{head}", " ".repeat(room))];
    for (name, row) in rows.iter().zip(&down.values) {
        let cells = across.values.iter().flat_map(|column| {
            let tones = repeat_n(tone(*row, *column), cell);
            gap.chars().chain(tones)
        });
        let space = if labelled { "" } else { " " };
        lines.push(format!("{name:>room$}{space}{}", cells.collect::<String>()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(name: &str, values: impl IntoIterator<Item = f64>) -> SweepAxis {
        SweepAxis {
            name: name.to_owned(),
            values: values.into_iter().collect(),
        }
    }

    #[test]
    fn rows_and_columns_are_labelled_while_there_is_room() {
        let (down, across) = (axis("fast", [5.0, 10.0]), axis("slow", [20.0, 100.0]));
        let tone = |down: f64, across: f64| shade(down * across, 100.0, 1000.0);
        assert_eq!(
            lines(&down, &across, tone),
            ["    20 100", " 5 ░░░ ▒▒▒", "10 ░░░ ███"]
        );
    }

    #[test]
    fn a_wide_map_tells_the_ends_of_its_columns() {
        let (down, across) = (axis("fast", [1.0]), axis("slow", (100..160).map(f64::from)));
        let drawn = lines(&down, &across, |_, _| '░');
        assert_eq!(drawn[0], "  100 … 159");
        assert_eq!(drawn[1], format!("1 {}", "░".repeat(120)));
    }
}
