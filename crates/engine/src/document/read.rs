//! Reading documents strictly: every key known, every value of its kind, every mistake told at once.

use std::{collections::BTreeMap, ops::Range};

use domain::{
    backtest::Costs,
    market::Zone,
    strategy::{Execution, Fill, Parameter, SideRules, Size, StrategyDocument, StrategyName},
};

use super::{
    MAX_DOCUMENT_BYTES, keys,
    tree::{self, Entry, Node, Value},
};
use crate::error::{MAX_ERRORS, RuleError, quoted};

/// Reads a document written in TOML.
///
/// # Errors
/// Every mistake that was found, with its place in the text: an unknown key with the nearest known one, a value of
/// the wrong kind, a text that is no TOML or longer than [`MAX_DOCUMENT_BYTES`].
pub fn parse_toml(text: &str) -> Result<StrategyDocument, Vec<RuleError>> {
    parse(text, tree::from_toml)
}

/// Reads a document written in JSON.
///
/// # Errors
/// As [`parse_toml`]; only mistakes of the JSON itself have a place in the text.
pub fn parse_json(text: &str) -> Result<StrategyDocument, Vec<RuleError>> {
    parse(text, tree::from_json)
}

fn parse(text: &str, read: fn(&str) -> Result<Node, RuleError>) -> Result<StrategyDocument, Vec<RuleError>> {
    if text.len() > MAX_DOCUMENT_BYTES {
        let message = format!(
            "the document has {} bytes; at most {MAX_DOCUMENT_BYTES} are read",
            text.len()
        );
        return Err(vec![RuleError::new("", message)]);
    }
    let root = read(text).map_err(|error| vec![error])?;
    let mut reader = Reader {
        text,
        errors: Vec::new(),
    };
    let document = reader.document(root);
    match document {
        Some(document) if reader.errors.is_empty() => Ok(document),
        _ => {
            reader.errors.truncate(MAX_ERRORS);
            Err(reader.errors)
        }
    }
}

/// The values of one table, by key, as they are taken out.
struct Table {
    pointer: String,
    entries: BTreeMap<String, Node>,
    span: Option<Range<usize>>,
}

struct Reader<'a> {
    text: &'a str,
    errors: Vec<RuleError>,
}

impl Reader<'_> {
    fn document(&mut self, root: Node) -> Option<StrategyDocument> {
        let mut root = self.table(root, String::new(), keys::ROOT)?;
        let name = self.required(&mut root, "name", Self::text);
        let name = name.and_then(|(name, at)| {
            name.parse::<StrategyName>()
                .map_err(|error| self.wrong("/name", error.to_string(), at))
                .ok()
        });
        let title = self
            .optional(&mut root, "title", Self::text)
            .map(|(title, _)| title);
        let parameters = self.named(&mut root, "parameters", |reader, node, pointer| {
            reader.parameter(node, pointer)
        });
        let lets = self.named(&mut root, "let", |reader, node, pointer| {
            reader.text(node, pointer).map(|(text, _)| text)
        });
        let long = self.optional(&mut root, "long", Self::side);
        let short = self.optional(&mut root, "short", Self::side);
        let size = self.optional(&mut root, "size", Self::size);
        let costs = self.optional(&mut root, "costs", Self::costs);
        let execution = self.optional(&mut root, "execution", Self::execution);
        Some(StrategyDocument {
            name: name?,
            title,
            parameters,
            lets,
            long,
            short,
            size: size.unwrap_or_default(),
            costs: costs.unwrap_or_default(),
            execution: execution.unwrap_or_default(),
        })
    }

    fn parameter(&mut self, node: Node, pointer: &str) -> Option<Parameter> {
        // A bare number is a parameter without bounds.
        if let Value::Number(default) = node.value {
            return Some(Parameter {
                default,
                min: None,
                max: None,
            });
        }
        let mut table = self.table(node, pointer.to_owned(), keys::PARAMETER)?;
        let default = self.required(&mut table, "default", Self::number);
        let min = self.optional(&mut table, "min", Self::number);
        let max = self.optional(&mut table, "max", Self::number);
        Some(Parameter {
            default: default?,
            min,
            max,
        })
    }

    fn side(&mut self, node: Node, pointer: &str) -> Option<SideRules> {
        // A heading that was left standing without keys asks for nothing.
        if matches!(&node.value, Value::Table(entries) if entries.is_empty()) {
            return None;
        }
        let mut table = self.table(node, pointer.to_owned(), keys::SIDE)?;
        let enter = self.required(&mut table, "enter", Self::text);
        let exit = self.optional(&mut table, "exit", Self::text);
        let stop_loss = self.optional(&mut table, "stop_loss", Self::number);
        let take_profit = self.optional(&mut table, "take_profit", Self::number);
        let trailing_stop = self.optional(&mut table, "trailing_stop", Self::number);
        let max_bars = self.optional(&mut table, "max_bars", Self::whole);
        Some(SideRules {
            enter: enter?.0,
            exit: exit.map(|(text, _)| text),
            stop_loss,
            take_profit,
            trailing_stop,
            max_bars,
        })
    }

    fn size(&mut self, node: Node, pointer: &str) -> Option<Size> {
        let mut table = self.table(node, pointer.to_owned(), keys::SIZE)?;
        let fraction = self.optional(&mut table, "fraction", Self::number);
        let cash = self.optional(&mut table, "cash", Self::number);
        let units = self.optional(&mut table, "units", Self::number);
        let whole_units = self.optional(&mut table, "whole_units", Self::truth);
        Size::from_keys(fraction, cash, units, whole_units.unwrap_or_default())
            .map_err(|error| self.wrong(pointer, error.to_string(), table.span))
            .ok()
    }

    fn costs(&mut self, node: Node, pointer: &str) -> Option<Costs> {
        let mut table = self.table(node, pointer.to_owned(), keys::COSTS)?;
        let mut cost = |key| self.optional(&mut table, key, Self::number).unwrap_or_default();
        Some(Costs {
            commission_bps: cost("commission_bps"),
            commission_per_trade: cost("commission_per_trade"),
            slippage_bps: cost("slippage_bps"),
        })
    }

    fn execution(&mut self, node: Node, pointer: &str) -> Option<Execution> {
        let mut table = self.table(node, pointer.to_owned(), keys::EXECUTION)?;
        let fill = match self.optional(&mut table, "fill", Self::text) {
            None => Fill::default(),
            Some((text, _)) if text == "next_open" => Fill::NextOpen,
            Some((text, _)) if text == "close" => Fill::Close,
            Some((text, at)) => {
                let message = format!(
                    "{} is not a way to fill; use `next_open` or `close`",
                    quoted(&text)
                );
                self.wrong("/execution/fill", message, at);
                return None;
            }
        };
        let zone = self
            .optional(&mut table, "zone", Self::text)
            .and_then(|(text, at)| {
                let unknown = |_| format!("{} is not a time zone", quoted(&text));
                text.parse::<Zone>()
                    .map_err(|error| self.wrong("/execution/zone", unknown(error), at))
                    .ok()
            });
        Some(Execution { fill, zone })
    }

    /// Opens a table that may have `known` keys; an unknown key is an error.
    fn table(&mut self, node: Node, pointer: String, known: &[&str]) -> Option<Table> {
        let (entries, span) = self.entries(node, &pointer)?;
        let mut table = Table {
            pointer,
            entries: BTreeMap::new(),
            span,
        };
        for entry in entries {
            if known.contains(&entry.key.as_str()) {
                table.entries.insert(entry.key, entry.node);
            } else {
                let message = format!("{} is not a known key", quoted(&entry.key));
                let error = RuleError::new(joined(&table.pointer, &entry.key), message);
                self.tell(
                    error.nearest_of(&entry.key, known.iter().copied()),
                    entry.key_span,
                );
            }
        }
        Some(table)
    }

    /// Reads a table whose keys are names that the document chooses.
    fn named<T>(
        &mut self,
        table: &mut Table,
        key: &str,
        mut read: impl FnMut(&mut Self, Node, &str) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let pointer = joined(&table.pointer, key);
        let entries = table.entries.remove(key);
        let entries = entries.and_then(|node| self.entries(node, &pointer));
        let (entries, _) = entries.unwrap_or_default();
        entries
            .into_iter()
            .filter_map(|entry| {
                let value = read(self, entry.node, &joined(&pointer, &entry.key))?;
                Some((entry.key, value))
            })
            .collect()
    }

    fn entries(&mut self, node: Node, pointer: &str) -> Option<(Vec<Entry>, Option<Range<usize>>)> {
        match node.value {
            Value::Table(entries) => Some((entries, node.span)),
            other => self.mismatch(pointer, "a table", &other, node.span),
        }
    }

    fn optional<T>(
        &mut self,
        table: &mut Table,
        key: &str,
        read: impl Fn(&mut Self, Node, &str) -> Option<T>,
    ) -> Option<T> {
        let node = table.entries.remove(key)?;
        read(self, node, &joined(&table.pointer, key))
    }

    fn required<T>(
        &mut self,
        table: &mut Table,
        key: &str,
        read: impl Fn(&mut Self, Node, &str) -> Option<T>,
    ) -> Option<T> {
        if table.entries.contains_key(key) {
            return self.optional(table, key, read);
        }
        let span = table.span.clone();
        self.wrong(&table.pointer, format!("the key `{key}` is missing"), span);
        None
    }

    fn text(&mut self, node: Node, pointer: &str) -> Option<(String, Option<Range<usize>>)> {
        match node.value {
            Value::Text(text) => Some((text, node.span)),
            other => self.mismatch(pointer, "a text", &other, node.span),
        }
    }

    fn number(&mut self, node: Node, pointer: &str) -> Option<f64> {
        match node.value {
            // Adding zero turns −0.0 into 0.0, so that equal documents have equal digests.
            Value::Number(number) => Some(number + 0.0),
            other => self.mismatch(pointer, "a number", &other, node.span),
        }
    }

    fn whole(&mut self, node: Node, pointer: &str) -> Option<u32> {
        match node.value {
            Value::Number(number) if number.fract() == 0.0 && (0.0..=4e9).contains(&number) => {
                Some(number as u32)
            }
            other => self.mismatch(pointer, "a whole number of zero or above", &other, node.span),
        }
    }

    fn truth(&mut self, node: Node, pointer: &str) -> Option<bool> {
        match node.value {
            Value::Truth(truth) => Some(truth),
            other => self.mismatch(pointer, "true or false", &other, node.span),
        }
    }

    fn mismatch<T>(
        &mut self,
        pointer: &str,
        wanted: &str,
        found: &Value,
        at: Option<Range<usize>>,
    ) -> Option<T> {
        self.wrong(
            pointer,
            format!("this must be {wanted}, not {}", found.kind()),
            at,
        );
        None
    }

    fn wrong(&mut self, pointer: &str, message: String, at: Option<Range<usize>>) {
        self.tell(RuleError::new(pointer, message), at);
    }

    fn tell(&mut self, error: RuleError, at: Option<Range<usize>>) {
        // A place costs a walk over the text; no one reads the thousandth.
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(match at {
                Some(span) => error.at(self.text, span),
                None => error,
            });
        }
    }
}

/// Appends a key to a JSON pointer (RFC 6901).
fn joined(pointer: &str, key: &str) -> String {
    let key: String = key.chars().take(64).collect();
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
