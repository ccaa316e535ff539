//! Finding again in TOML text what is said of the document that it holds.

use std::ops::Range;

use super::tree::{self, Node, Value};
use crate::error::{Place, RuleError};

/// Moves the places of what [`check`](crate::check()) found from the rules to `text`, the TOML in which they stand. What
/// has no place, as a number out of its range, gets that of its value.
pub fn place_in_toml(text: &str, errors: Vec<RuleError>) -> Vec<RuleError> {
    let Ok(root) = tree::from_toml(text) else {
        return errors;
    };
    let placed = |error: RuleError| match find(&root, &error.pointer) {
        Some((node, span)) => {
            let span = error
                .place
                .as_ref()
                .and_then(|place| within(text, node, &span, place))
                .unwrap_or(span);
            error.at(text, span)
        }
        None => error,
    };
    errors.into_iter().map(placed).collect()
}

/// Finds the value that a JSON pointer names, or the innermost table around it.
fn find<'a>(root: &'a Node, pointer: &str) -> Option<(&'a Node, Range<usize>)> {
    let mut found = None;
    let mut node = root;
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        let Value::Table(entries) = &node.value else { break };
        let Some(entry) = entries.iter().find(|entry| entry.key == key) else {
            break;
        };
        node = &entry.node;
        found = node.span.clone().map(|span| (node, span));
    }
    found
}

/// Finds a place of a rule in the text that `span` has, as long as the rule stands there word for word.
fn within(text: &str, node: &Node, span: &Range<usize>, place: &Place) -> Option<Range<usize>> {
    let Value::Text(rule) = &node.value else {
        return None;
    };
    let written = text.get(span.clone())?;
    let start = span.start + written.find(rule.as_str())?;
    let line_start: usize = rule
        .split_inclusive('\n')
        .take(place.line - 1)
        .map(str::len)
        .sum();
    let line = rule.get(line_start..)?;
    let bytes = |chars: usize| line.char_indices().nth(chars).map_or(line.len(), |(at, _)| at);
    let carets = place
        .excerpt
        .chars()
        .rev()
        .take_while(|mark| *mark == '^')
        .count();
    let (from, to) = (bytes(place.column - 1), bytes(place.column - 1 + carets));
    Some(start + line_start + from..start + line_start + to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, parse_toml};

    fn places(text: &str) -> Vec<(usize, usize, String)> {
        let errors = check(&parse_toml(text).unwrap()).unwrap_err();
        let placed = place_in_toml(text, errors).into_iter();
        let shown = placed.map(|error| {
            let place = error.place.unwrap();
            (place.line, place.column, place.excerpt)
        });
        shown.collect()
    }

    #[test]
    fn a_mistake_in_a_rule_is_found_in_the_file() {
        let text = "name = 'a'\n\n[long]\nenter = \"close > smaa(close, 3)\"\n";
        let excerpt = "    enter = \"close > smaa(close, 3)\"\n                     ^^^^";
        assert_eq!(places(text), [(4, 18, excerpt.to_owned())]);
    }

    #[test]
    fn a_rule_of_several_lines_is_found_too() {
        let text = "name = 'a'\n[long]\nenter = '''\nclose > open\n  and bigger > 1'''\n";
        let [(line, column, _)] = &places(text)[..] else {
            panic!("there is one mistake");
        };
        assert_eq!((*line, *column), (5, 7));
    }

    #[test]
    fn a_rule_that_is_written_with_escapes_is_pointed_at_as_a_whole() {
        let text = "name = 'a'\n[long]\nenter = \"clos\\u0065 > 1 +\"\n";
        let [(line, column, excerpt)] = &places(text)[..] else {
            panic!("there is one mistake");
        };
        assert_eq!((*line, *column), (3, 9));
        assert!(excerpt.ends_with("^^^"), "{excerpt}");
    }

    #[test]
    fn a_number_out_of_its_range_gets_the_place_of_its_value() {
        let text = "name = 'a'\n[parameters]\nfast = { default = 1, min = 2 }\n[long]\nenter = 'close > fast'\nstop_loss = 3\n";
        let lines: Vec<usize> = places(text).into_iter().map(|(line, ..)| line).collect();
        assert_eq!(lines, [3, 6]);
    }
}
