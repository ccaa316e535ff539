//! Numbers of a document that lie out of range.

use domain::strategy::{Parameter, SideRules, StrategyDocument};

use super::{MAX_LETS, MAX_PARAMETERS, names};
use crate::error::{RuleError, quoted};

/// How long a title may be.
const MAX_TITLE_CHARS: usize = 200;

/// Finds what is wrong with a document apart from its rules.
pub(super) fn document_errors(document: &StrategyDocument) -> Vec<RuleError> {
    let mut errors = Vec::new();
    if document.long.is_none() && document.short.is_none() {
        errors.push(RuleError::new(
            "",
            "the strategy trades nothing; give it `[long]` or `[short]`",
        ));
    }
    if let Some(message) = document.title.as_deref().and_then(title_objection) {
        errors.push(RuleError::new("/title", message));
    }
    let mut count = |pointer: &str, count: usize, most: usize| {
        if count > most {
            errors.push(RuleError::new(
                pointer,
                format!("there are {count}; at most {most} are read"),
            ));
        }
    };
    count("/parameters", document.parameters.len(), MAX_PARAMETERS);
    count("/let", document.lets.len(), MAX_LETS);
    for (name, parameter) in document.parameters.iter().take(MAX_PARAMETERS) {
        let message = names::objection(name).or_else(|| parameter_objection(parameter));
        errors.extend(message.map(|message| RuleError::new(format!("/parameters/{}", cut(name)), message)));
    }
    for name in document.lets.keys().take(MAX_LETS) {
        let twice = document
            .parameters
            .contains_key(name)
            .then(|| format!("{} is a parameter already", quoted(name)));
        let message = names::objection(name).or(twice);
        errors.extend(message.map(|message| RuleError::new(format!("/let/{}", cut(name)), message)));
    }
    for (side, rules) in [("long", &document.long), ("short", &document.short)] {
        if let Some(rules) = rules {
            errors.extend(side_errors(side, rules));
        }
    }
    if let Err(error) = document.costs.check() {
        errors.push(RuleError::new(format!("/costs/{}", error.key), error.to_string()));
    }
    errors
}

/// A title is shown in lists and on terminals, and not every store keeps every character.
fn title_objection(title: &str) -> Option<String> {
    (title.chars().count() > MAX_TITLE_CHARS || title.chars().any(char::is_control))
        .then(|| format!("a title is a line of text of up to {MAX_TITLE_CHARS} characters"))
}

fn cut(name: &str) -> String {
    name.chars().take(64).collect()
}

fn side_errors(side: &str, rules: &SideRules) -> Vec<RuleError> {
    // A price falls by less than the whole of it, but may rise without end.
    let (against, with) = if side == "long" {
        (1.0, f64::INFINITY)
    } else {
        (f64::INFINITY, 1.0)
    };
    let fractions = [
        ("stop_loss", rules.stop_loss, against),
        ("take_profit", rules.take_profit, with),
        ("trailing_stop", rules.trailing_stop, against),
    ];
    let mut errors: Vec<RuleError> = fractions
        .into_iter()
        .filter(|(_, fraction, most)| fraction.is_some_and(|value| !(value > 0.0 && value < *most)))
        .map(|(key, _, most)| {
            let range = if most.is_finite() {
                "above 0 and below 1"
            } else {
                "above 0"
            };
            RuleError::new(
                format!("/{side}/{key}"),
                format!("this is a fraction and must be {range}"),
            )
        })
        .collect();
    if rules.max_bars == Some(0) {
        errors.push(RuleError::new(
            format!("/{side}/max_bars"),
            "this must be at least 1",
        ));
    }
    errors
}

fn parameter_objection(parameter: &Parameter) -> Option<String> {
    let bounds = [parameter.min, parameter.max];
    if bounds.iter().flatten().any(|bound| !bound.is_finite()) {
        return Some("`min` and `max` must be finite".to_owned());
    }
    if let (Some(min), Some(max)) = (parameter.min, parameter.max)
        && min > max
    {
        return Some(format!("`min` is {min}, which is above `max`, {max}"));
    }
    parameter_value(parameter, parameter.default)
        .err()
        .map(|range| format!("`default` is {}, but must be {range}", parameter.default))
}

/// Checks a value of a parameter against its range, which is the error.
pub(super) fn parameter_value(parameter: &Parameter, value: f64) -> Result<(), String> {
    let above = parameter.min.is_none_or(|min| value >= min);
    let below = parameter.max.is_none_or(|max| value <= max);
    if value.is_finite() && above && below {
        return Ok(());
    }
    Err(match (parameter.min, parameter.max) {
        (Some(min), Some(max)) => format!("between {min} and {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "a finite number".to_owned(),
    })
}
