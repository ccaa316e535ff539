//! A map of a figure over two parameters, drawn in shades.

use std::{collections::HashMap, iter::repeat_n};

use domain::backtest::SweepAxis;
use engine::{Better, metric_definition};

use super::view::{RowView, SweepView};
use crate::output::{
    chart::SHADES,
    figures::{figure, label},
    numbers::shortest,
};

/// How wide the map may be before its columns lose their labels.
const WIDTH: usize = 80;
/// How many places it has at most, in each direction: two characters each are as much as a terminal shows.
const PLACES: usize = 36;
/// What stands for a run without the figure.
const UNDEFINED: char = '·';
/// What stands for the best run.
const BEST: char = '◆';

/// Draws a sweep of two parameters, the first one downwards and the second one across; the darker a run, the better. Of a
/// large sweep, neighbouring runs share a place, which shows the best one of them. `None` when there are not two
/// parameters, or no run has the figure.
pub(super) fn heat_map(sweep: &SweepView) -> Option<String> {
    let [down, across] = sweep.axes.as_slice() else {
        return None;
    };
    let rows = sweep.rows.as_deref()?;
    let at = |row: &RowView, axis: &SweepAxis| row.parameters.get(&axis.name).map(|value| value.to_bits());
    let points = rows.iter().filter_map(|row| {
        let place = (at(row, down)?, at(row, across)?);
        Some((place, row.value(&sweep.by)?))
    });
    let points: HashMap<_, f64> = points.collect();
    let lower_is_better = metric_definition(&sweep.by).is_some_and(|by| by.better == Better::Lower);
    let merit = |down: f64, across: f64| {
        let value = *points.get(&(down.to_bits(), across.to_bits()))?;
        Some(if lower_is_better { -value } else { value })
    };
    let map = Map::of(down, across, merit);
    let steps = Steps::of(&map)?;
    let (down_share, across_share) = (share(down), share(across));
    let mut title = format!(
        "{} by {} (down) and {} (across)",
        label(&sweep.by),
        down.name,
        across.name
    );
    if down_share * across_share > 1 {
        title = format!("{title}; each place is the best of up to {down_share} × {across_share} runs");
    }
    let shown = |merit: f64| figure(&sweep.by, Some(if lower_is_better { -merit } else { merit }));
    let undefined = if points.len() < rows.len() {
        format!("  {UNDEFINED} undefined")
    } else {
        String::new()
    };
    let legend = format!("{}{undefined}\n", steps.legend(shown));
    let lines = std::iter::once(title)
        .chain(map.lines(down, across, &steps))
        .chain([legend]);
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// Returns how many values of an axis share a place.
fn share(axis: &SweepAxis) -> usize {
    axis.values.len().div_ceil(PLACES).max(1)
}

/// The merit of each place: the greater, the better.
struct Map(Vec<Vec<Option<f64>>>);

impl Map {
    fn of(down: &SweepAxis, across: &SweepAxis, merit: impl Fn(f64, f64) -> Option<f64>) -> Self {
        let place = |rows: &[f64], columns: &[f64]| {
            let runs = rows
                .iter()
                .flat_map(|row| columns.iter().map(move |column| (*row, *column)));
            runs.filter_map(|(row, column)| merit(row, column))
                .max_by(f64::total_cmp)
        };
        let line = |rows: &[f64]| {
            let columns = across.values.chunks(share(across));
            columns.map(|columns| place(rows, columns)).collect()
        };
        Self(down.values.chunks(share(down)).map(line).collect())
    }

    fn lines(&self, down: &SweepAxis, across: &SweepAxis, steps: &Steps) -> Vec<String> {
        let named = |axis: &SweepAxis| -> Vec<String> {
            let firsts = axis.values.chunks(share(axis)).filter_map(<[f64]>::first);
            firsts.map(|value| shortest(*value, 6)).collect()
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
            let ends = across.values.first().zip(across.values.last());
            let ends = ends.map(|(first, last)| (shortest(*first, 6), shortest(*last, 6)));
            let room = columns.len() * cell;
            ends.map_or_else(String::new, |(first, last)| {
                let [used, wanted] = [&first, &last].map(|end| end.chars().count());
                // The last value stands over the last place where there is room for both.
                if used + 1 + wanted <= room {
                    format!(" {first}{last:>rest$}", rest = room - used)
                } else {
                    format!(" {first} … {last}")
                }
            })
        };
        let mut lines = vec![format!("{}{head}", " ".repeat(room))];
        for (name, row) in rows.iter().zip(&self.0) {
            let cells = row
                .iter()
                .flat_map(|merit| gap.chars().chain(repeat_n(steps.tone(*merit), cell)));
            let space = if labelled { "" } else { " " };
            lines.push(format!("{name:>room$}{space}{}", cells.collect::<String>()));
        }
        lines
    }
}

/// Where each shade begins: it is that of a quarter of the places, as few that stand out would leave all others alike.
struct Steps {
    begins: Vec<(f64, char)>,
    best: f64,
}

impl Steps {
    fn of(map: &Map) -> Option<Self> {
        let mut merits: Vec<f64> = map.0.iter().flatten().flatten().copied().collect();
        merits.sort_unstable_by(f64::total_cmp);
        let best = *merits.last()?;
        let begin = |(step, shade): (usize, char)| (merits[step * merits.len() / SHADES.len()], shade);
        let mut begins: Vec<(f64, char)> = SHADES.into_iter().enumerate().map(begin).collect();
        // What is equal has one shade.
        begins.dedup_by(|next, before| next.0 <= before.0);
        Some(Self { begins, best })
    }

    fn tone(&self, merit: Option<f64>) -> char {
        match merit {
            None => UNDEFINED,
            Some(merit) if merit >= self.best => BEST,
            Some(merit) => {
                let step = self.begins.iter().rfind(|(begin, _)| *begin <= merit);
                step.map_or(UNDEFINED, |(_, shade)| *shade)
            }
        }
    }

    fn legend(&self, shown: impl Fn(f64) -> String) -> String {
        let steps = self.begins.iter().filter(|(begin, _)| *begin < self.best);
        let steps = steps.map(|(begin, shade)| format!("{shade} from {}", shown(*begin)));
        let parts: Vec<String> = steps
            .chain([format!("{BEST} best: {}", shown(self.best))])
            .collect();
        parts.join("  ")
    }
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

    fn drawn(down: &SweepAxis, across: &SweepAxis, merit: impl Fn(f64, f64) -> Option<f64>) -> Vec<String> {
        let map = Map::of(down, across, merit);
        map.lines(down, across, &Steps::of(&map).unwrap())
    }

    #[test]
    fn rows_and_columns_are_labelled_while_there_is_room() {
        let (down, across) = (axis("fast", [5.0, 10.0]), axis("slow", [20.0, 50.0, 100.0]));
        let merit = |down: f64, across: f64| {
            (down * across < 249.0 || down * across > 251.0).then_some(down * across)
        };
        assert_eq!(
            drawn(&down, &across, merit),
            ["    20  50 100", " 5 ░░░ ··· ▓▓▓", "10 ▒▒▒ ▓▓▓ ◆◆◆"]
        );
    }

    #[test]
    fn one_run_that_stands_out_leaves_the_others_their_shades() {
        let (down, across) = (axis("a", [1.0]), axis("b", (1..=8).map(f64::from)));
        let merit = |_: f64, across: f64| Some(if across < 2.0 { -1e9 } else { across });
        assert_eq!(drawn(&down, &across, merit)[1], "1 ░░ ░░ ▒▒ ▒▒ ▓▓ ▓▓ ██ ◆◆");
    }

    #[test]
    fn equal_runs_have_one_shade() {
        let (down, across) = (axis("a", [1.0]), axis("b", (1..=8).map(f64::from)));
        let merit = |_: f64, across: f64| Some(if across < 8.0 { 1.0 } else { 2.0 });
        assert_eq!(drawn(&down, &across, merit)[1], "1 ░░ ░░ ░░ ░░ ░░ ░░ ░░ ◆◆");
    }

    #[test]
    fn long_values_have_room_above_a_narrow_map() {
        let (down, across) = (
            axis("a", [1.0]),
            axis("b", (1..=6).map(|value| f64::from(value) * 1e9)),
        );
        let lines = drawn(&down, &across, |_, across| Some(across));
        assert_eq!(lines[0], "  1,000,000,000 … 6,000,000,000");
    }

    #[test]
    fn neighbours_share_a_place_of_a_large_map_which_shows_the_best() {
        let (down, across) = (axis("fast", [1.0, 2.0]), axis("slow", (0..200).map(f64::from)));
        let lines = drawn(&down, &across, |down, across| Some(down * across));
        assert_eq!(lines[0], format!("  0{:>67}", "199"));
        let width = |line: &String| line.chars().count();
        assert!(lines.iter().all(|line| width(line) <= WIDTH), "{lines:?}");
        assert!(lines[2].ends_with("◆◆"), "{lines:?}");
    }
}
