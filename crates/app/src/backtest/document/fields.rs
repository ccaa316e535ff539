//! Single values of a document.

use std::{collections::BTreeMap, str::FromStr};

use domain::{
    backtest::{ExitReason, Side},
    market::{AsOf, SeriesKey, Timeframe, Timestamp},
};
use serde::de::{IntoDeserializer, value};
use serde_json::{Map, Value};

use super::{Fault, MAX_FAULTS};

/// Everything that was found to be wrong so far.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Fault>);

impl Findings {
    pub(super) fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(Fault {
                pointer: pointer.into(),
                message: message.into(),
            });
        }
    }
}

/// Returns the pointer of a key of what `parent` points to.
pub(super) fn pointer(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The fields of an object, taken one after the other.
pub(super) struct Fields<'f> {
    /// The pointer of the object.
    pub(super) at: String,
    pub(super) left: Map<String, Value>,
    pub(super) findings: &'f mut Findings,
}

impl Fields<'_> {
    /// Takes a field that may be left out.
    pub(super) fn optional<T: FromValue>(&mut self, key: &str) -> Option<T> {
        match Option::from_value(self.left.remove(key)?) {
            Ok(value) => value,
            Err(problem) => {
                self.findings.add(pointer(&self.at, key), problem);
                None
            }
        }
    }

    /// Takes a field that must be there.
    pub(super) fn required<T: FromValue>(&mut self, key: &str) -> Option<T> {
        if self.left.get(key).is_none_or(Value::is_null) {
            self.findings.add(pointer(&self.at, key), "is missing");
        }
        self.optional(key)
    }

    /// Refuses what was not taken.
    pub(super) fn refuse_others(self, known: &str) {
        for key in self.left.keys() {
            let message = format!("is not known; there are {known}");
            self.findings.add(pointer(&self.at, key), message);
        }
    }
}

/// A value, or what it must be.
pub(super) type Field<T> = Result<T, String>;

/// What can be read from one JSON value.
pub(super) trait FromValue: Sized {
    fn from_value(value: Value) -> Field<Self>;
}

impl<T: FromValue> FromValue for Option<T> {
    /// Null says the same as a key that is left out.
    fn from_value(value: Value) -> Field<Self> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Field<Self> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(wanted("a text", &other)),
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Field<Self> {
        match &value {
            Value::Number(number) => number.as_f64().ok_or_else(|| wanted("a number", &value)),
            _ => Err(wanted("a number", &value)),
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Field<Self> {
        const TIME: &str =
            "a time: 2024-05-01T13:30:00Z, a date, or a whole number of epoch seconds, ms, µs or ns";
        let time = match &value {
            Value::String(text) => return text.parse().map_err(said::<domain::market::TimestampError>),
            Value::Number(number) => number.as_i64().and_then(Self::from_epoch_number),
            _ => None,
        };
        time.ok_or_else(|| wanted(TIME, &value))
    }
}

impl FromValue for SeriesKey {
    fn from_value(value: Value) -> Field<Self> {
        parsed(value)
    }
}

impl FromValue for Timeframe {
    fn from_value(value: Value) -> Field<Self> {
        parsed(value)
    }
}

impl FromValue for AsOf {
    fn from_value(value: Value) -> Field<Self> {
        match value {
            Value::Number(version) => version
                .to_string()
                .parse()
                .map_err(said::<domain::market::AsOfError>),
            value => parsed(value),
        }
    }
}

impl FromValue for Side {
    fn from_value(value: Value) -> Field<Self> {
        one_of(&value, "long or short")
    }
}

impl FromValue for ExitReason {
    fn from_value(value: Value) -> Field<Self> {
        const REASONS: &str = "rule, reversal, stop_loss, take_profit, trailing_stop, max_bars, ruin, end_of_data or \
             unknown";
        one_of(&value, REASONS)
    }
}

impl FromValue for BTreeMap<String, f64> {
    fn from_value(value: Value) -> Field<Self> {
        let Value::Object(entries) = value else {
            return Err(wanted("an object of numbers", &value));
        };
        let number = |(name, value)| match f64::from_value(value) {
            Ok(number) => Ok((name, number)),
            Err(problem) => Err(format!("`{name}` {problem}")),
        };
        entries.into_iter().map(number).collect()
    }
}

impl FromValue for Vec<String> {
    fn from_value(value: Value) -> Field<Self> {
        match value {
            Value::Array(items) => items.into_iter().map(String::from_value).collect(),
            other => Err(wanted("a list of texts", &other)),
        }
    }
}

/// Says what a value must be, and what it is.
pub(super) fn wanted(what: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a truth".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    format!("must be {what}, not {found}")
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(value: Value) -> Field<T> {
    String::from_value(value)?.parse().map_err(said::<T::Err>)
}

fn one_of<T: for<'de> serde::Deserialize<'de>>(value: &Value, names: &str) -> Field<T> {
    let one = value.as_str().and_then(|name| {
        let name: value::StrDeserializer<'_, value::Error> = name.into_deserializer();
        T::deserialize(name).ok()
    });
    one.ok_or_else(|| wanted(names, value))
}

fn said<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}
