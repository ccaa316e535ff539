//! The reference of the functions.

use std::fmt::Write as _;

use super::{Argument, ArgumentKind, Function, Type, functions};

/// Renders every function as a table in Markdown, for the rule language's reference.
pub fn functions_markdown() -> String {
    let mut text = String::from(
        "| function | computes | arguments | gives | undefined at first | source |\n|---|---|---|---|---|---|\n",
    );
    for function in functions() {
        let gives = match function.returns {
            Type::Number => "number",
            Type::Truth => "truth",
        };
        let Function {
            summary,
            warm_up,
            source,
            ..
        } = function;
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {gives} | {} | {} |",
            function.signature(),
            escaped(summary),
            arguments(function),
            escaped(warm_up),
            escaped(source),
        );
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

fn arguments(function: &Function) -> String {
    let mut parts: Vec<String> = function.arguments.iter().map(argument).collect();
    if !function.reads.is_empty() {
        let reads: Vec<&str> = function.reads.iter().map(|column| column.as_str()).collect();
        parts.push(format!("reads {}", reads.join(", ")));
    }
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join("; ")
    }
}

fn argument(argument: &Argument) -> String {
    let name = &argument.name;
    match argument.kind {
        ArgumentKind::Number => format!("`{name}`: number"),
        ArgumentKind::Truth => format!("`{name}`: truth"),
        ArgumentKind::Whole { min, max, .. } => format!("`{name}`: whole constant, {min} to {max}"),
        // TA-Lib writes "no bound" as ±3e37.
        ArgumentKind::Real { min, max, .. } if min <= -3e37 && max >= 3e37 => {
            format!("`{name}`: constant")
        }
        ArgumentKind::Real { min, max, .. } if max >= 3e37 => format!("`{name}`: constant, at least {min}"),
        ArgumentKind::Real { min, max, .. } => format!("`{name}`: constant, {min} to {max}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_a_row_for_every_function() {
        let text = functions_markdown();
        assert_eq!(text.lines().count(), functions().count() + 2);
        assert!(
            text.lines()
                .all(|line| line.replace("\\|", "").matches('|').count() == 7)
        );
        assert!(text.contains("| `atr(time_period = 14)` | Average True Range. | `time_period`: whole constant, 1 to 100000; reads high, low, close |"));
    }
}
