//! Functions that are not TA-Lib's.

use super::{Argument, ArgumentKind, Function, Implementation, MAX_PERIOD, Type};

/// A function that the engine computes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    CrossesAbove,
    CrossesBelow,
    Highest,
    Lowest,
    Change,
    Abs,
    Min,
    Max,
    Sqrt,
    Log,
    Exp,
    Pow,
    BarsSince,
}

const NUMBER: ArgumentKind = ArgumentKind::Number;
const SAME: &str = "that of its arguments";

/// Describes the engine's own functions.
pub(super) fn functions() -> impl Iterator<Item = Function> {
    let periods = |default| ArgumentKind::Whole {
        min: 1.0,
        max: MAX_PERIOD,
        default,
    };
    let window = [("series", NUMBER), ("bars", periods(None))];
    [
        own(
            Own::CrossesAbove,
            "crosses_above",
            &[("a", NUMBER), ("b", NUMBER)],
            "True when `a` was at or below `b` one bar ago and is above it now: `a[1] <= b[1] and a > b`.",
            "one bar more than its arguments",
        ),
        own(
            Own::CrossesBelow,
            "crosses_below",
            &[("a", NUMBER), ("b", NUMBER)],
            "True when `a` was at or above `b` one bar ago and is below it now: `a[1] >= b[1] and a < b`.",
            "one bar more than its arguments",
        ),
        own(
            Own::Highest,
            "highest",
            &window,
            "The greatest value of the last so many bars, this one included.",
            "`bars` − 1 more than its series",
        ),
        own(
            Own::Lowest,
            "lowest",
            &window,
            "The least value of the last so many bars, this one included.",
            "`bars` − 1 more than its series",
        ),
        own(
            Own::Change,
            "change",
            &[("series", NUMBER), ("bars", periods(Some(1.0)))],
            "The difference from so many bars ago: `series - series[bars]`.",
            "`bars` more than its series",
        ),
        own(Own::Abs, "abs", &[("x", NUMBER)], "The magnitude of a number.", SAME),
        own(
            Own::Min,
            "min",
            &[("a", NUMBER), ("b", NUMBER)],
            "The least of its arguments on this bar.",
            SAME,
        ),
        own(
            Own::Max,
            "max",
            &[("a", NUMBER), ("b", NUMBER)],
            "The greatest of its arguments on this bar.",
            SAME,
        ),
        own(
            Own::Sqrt,
            "sqrt",
            &[("x", NUMBER)],
            "The square root; undefined below zero.",
            SAME,
        ),
        own(
            Own::Log,
            "log",
            &[("x", NUMBER)],
            "The natural logarithm; undefined at zero and below.",
            SAME,
        ),
        own(Own::Exp, "exp", &[("x", NUMBER)], "e to the power of `x`.", SAME),
        own(
            Own::Pow,
            "pow",
            &[("x", NUMBER), ("y", NUMBER)],
            "`x` to the power of `y`.",
            SAME,
        ),
        own(
            Own::BarsSince,
            "bars_since",
            &[("condition", ArgumentKind::Truth)],
            "How many bars ago the condition was last true; 0 on a bar where it is, undefined before the first.",
            "that of its condition; undefined until it was true once",
        ),
    ]
    .into_iter()
}

fn own(own: Own, name: &str, arguments: &[(&str, ArgumentKind)], summary: &str, warm_up: &str) -> Function {
    let source = match own {
        Own::Log | Own::Exp | Own::Pow => "the crate `libm`, the same on every machine",
        _ => "the engine's own",
    };
    let is_truth = matches!(own, Own::CrossesAbove | Own::CrossesBelow);
    Function {
        name: name.to_owned(),
        summary: summary.to_owned(),
        arguments: arguments
            .iter()
            .map(|(name, kind)| Argument {
                name: (*name).to_owned(),
                kind: *kind,
            })
            .collect(),
        repeats: matches!(own, Own::Min | Own::Max),
        returns: if is_truth { Type::Truth } else { Type::Number },
        warm_up: warm_up.to_owned(),
        source: source.to_owned(),
        reads: Vec::new(),
        implementation: Implementation::Own(own),
    }
}
