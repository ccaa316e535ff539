//! Why runs of a sweep could not be made.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::view::RowView;
use crate::output::{counted, table::printable};

/// How many reasons are told; messages that quote a value can be as many as there are runs.
const MOST: usize = 10;

/// Tells each reason once, whole, with how many runs it stood against.
pub(super) fn write_refusals(out: &mut dyn Write, rows: &[RowView]) -> io::Result<()> {
    let reasons = reasons(rows.iter().filter_map(|row| row.refused.as_deref()));
    for (reason, runs) in reasons.iter().take(MOST) {
        let mut lines = reason.lines().map(printable);
        let first = lines.next().unwrap_or_default();
        writeln!(out, "\nrefused, {}: {first}", counted(*runs, "run"))?;
        lines.try_for_each(|line| writeln!(out, "{line}"))?;
    }
    let more = reasons.len().saturating_sub(MOST) as u64;
    if more > 0 {
        writeln!(
            out,
            "\n… and {}: --json has them all",
            counted(more, "more reason")
        )?;
    }
    Ok(())
}

/// Counts each reason, in the order of the rows.
fn reasons<'r>(refused: impl Iterator<Item = &'r str>) -> Vec<(&'r str, u64)> {
    let mut reasons: Vec<(&str, u64)> = Vec::new();
    let mut places = HashMap::new();
    for reason in refused {
        let place = *places.entry(reason).or_insert(reasons.len());
        match reasons.get_mut(place) {
            Some((_, runs)) => *runs += 1,
            None => reasons.push((reason, 1)),
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(refused: Option<String>) -> RowView {
        RowView {
            parameters: [].into(),
            metrics: [].into(),
            refused,
            backtest: None,
            is_removed: false,
        }
    }

    fn told(refused: impl IntoIterator<Item = Option<String>>) -> String {
        let rows: Vec<RowView> = refused.into_iter().map(row).collect();
        let mut text = Vec::new();
        write_refusals(&mut text, &rows).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_reason_is_told_once_with_its_excerpt_on_lines_of_its_own() {
        let reason = || Some("long.enter, line 1, column 5: no\n    sma(x)\n        ^".to_owned());
        assert_eq!(
            told([reason(), None, Some("other".to_owned()), reason()]),
            "\nrefused, 2 runs: long.enter, line 1, column 5: no\n    sma(x)\n        ^\n\nrefused, 1 run: other\n"
        );
        assert_eq!(told([None]), "");
    }

    #[test]
    fn reasons_beyond_the_first_ones_are_counted() {
        let text = told((0..12).map(|number| Some(format!("not {number}"))));
        assert!(text.contains("not 9\n") && !text.contains("not 10"), "{text}");
        assert!(
            text.ends_with("\n… and 2 more reasons: --json has them all\n"),
            "{text}"
        );
    }
}
