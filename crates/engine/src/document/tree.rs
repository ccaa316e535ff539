//! A document as a tree of values that remember where they stood.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::error::RuleError;

/// A value and, in TOML, the bytes where it stood.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) span: Option<Range<usize>>,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Value {
    Truth(bool),
    Number(f64),
    Text(String),
    Table(Vec<Entry>),
    /// Something that no key of a document holds, by its name.
    Other(&'static str),
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Option<Range<usize>>,
    pub(super) node: Node,
}

impl Value {
    /// Names the kind of value.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Truth(_) => "a truth",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }
}

/// Reads TOML. The parser bounds the nesting itself.
pub(super) fn from_toml(text: &str) -> Result<Node, RuleError> {
    let table = DeTable::parse(text).map_err(|error| {
        let wrong = RuleError::new("", error.message().trim());
        match error.span() {
            Some(span) => wrong.at(text, span),
            None => wrong,
        }
    })?;
    let span = table.span();
    Ok(Node {
        value: table_value(table.into_inner()),
        span: Some(span),
    })
}

fn table_value(table: DeTable<'_>) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_span: Some(key.span()),
            key: key.into_inner().into_owned(),
            node: toml_node(value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.as_ref().map(|span| span.start));
    Value::Table(entries)
}

fn toml_node(value: Spanned<DeValue<'_>>) -> Node {
    let span = Some(value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or(Value::Other("a number out of range"), |integer| {
                Value::Number(integer as f64)
            }),
        DeValue::Float(float) => number(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Truth(truth),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(_) => Value::Other("a list"),
        DeValue::Table(table) => table_value(table),
    };
    Node { value, span }
}

fn number(number: f64) -> Value {
    if number.is_finite() {
        Value::Number(number)
    } else {
        Value::Other("a number out of range")
    }
}

/// Reads JSON. The parser bounds the nesting itself; a key given twice is refused.
pub(super) fn from_json(text: &str) -> Result<Node, RuleError> {
    serde_json::from_str(text).map_err(|error| {
        let line_start: usize = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = line_start + error.column().saturating_sub(1);
        let message = error.to_string();
        // The place is told apart from the message; serde_json has both in one.
        let message = message.split(" at line ").next().unwrap_or_default();
        RuleError::new("", message).at(text, at..at + 1)
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_any(ValueVisitor)?;
        Ok(Self { value, span: None })
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Truth(truth))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Value, E> {
        Ok(Value::Number(integer as f64))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Value, E> {
        Ok(Value::Number(integer as f64))
    }

    fn visit_f64<E>(self, float: f64) -> Result<Value, E> {
        Ok(number(float))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Other("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        while list.next_element::<Node>()?.is_some() {}
        Ok(Value::Other("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some((key, node)) = map.next_entry::<String, Node>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!(
                    "the key {} is given twice",
                    crate::error::quoted(&key)
                )));
            }
            entries.push(Entry {
                key,
                key_span: None,
                node,
            });
        }
        Ok(Value::Table(entries))
    }
}
