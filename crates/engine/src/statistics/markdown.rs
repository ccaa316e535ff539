//! The reference of the figures.

use std::fmt::Write as _;

use super::metric_definitions;

/// Renders the definition of every figure as a table in Markdown, for the manual.
pub fn metrics_markdown() -> String {
    let mut text = String::from("| metric | definition | unit | basis |\n|---|---|---|---|\n");
    for definition in metric_definitions() {
        let formula = definition.formula.replace('|', "\\|");
        let (unit, basis) = (definition.unit.as_str(), definition.basis.as_str());
        // Writing to a text does not fail.
        let _ = writeln!(text, "| `{}` | {formula} | {unit} | {basis} |", definition.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_a_row_for_every_figure() {
        let text = metrics_markdown();
        assert_eq!(text.lines().count(), metric_definitions().count() + 2);
        assert!(text.contains("| `calmar` | cagr ÷ \\|max_drawdown\\| | ratio | equity at bar closes |"));
    }
}
