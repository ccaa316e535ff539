//! The document as a whole, read key by key.

use std::{collections::BTreeMap, fmt};

use domain::market::{AsOf, Author, Timestamp};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{
    Faults,
    fields::{Fields, Findings, FromValue, pointer, wanted},
};
use crate::backtest::record::{RecordOrder, RecordedTrade};

const KEYS: &str = "tool, strategy, series, as_of, timeframe, sessions_per_year, parameters, cash, risk_free, \
                    trades, equity, title, notes and tags";
const TRADE_KEYS: &str = "side, units, entry_time, entry_price, exit_time, exit_price, costs and exit_reason";

/// What was read so far.
#[derive(Default)]
struct Reader {
    /// The pointer of what is being read.
    at: String,
    findings: Findings,
    fields: Map<String, Value>,
    trades: Option<Vec<RecordedTrade>>,
    equity: Option<Columns>,
}

#[derive(Default)]
struct Columns {
    time: Option<Vec<Timestamp>>,
    equity: Option<Vec<f64>>,
}

pub(super) fn read(json: &[u8], author: Author) -> Result<RecordOrder, Faults> {
    let mut reader = Reader::default();
    let mut source = serde_json::Deserializer::from_slice(json);
    let whole = Document(&mut reader).deserialize(&mut source);
    if let Err(error) = whole.and_then(|()| source.end()) {
        let (at, message) = if error.is_data() {
            (std::mem::take(&mut reader.at), error.to_string())
        } else {
            (String::new(), format!("it is no JSON: {error}"))
        };
        reader.findings.add(at, message);
        return Err(Faults(reader.findings.0));
    }
    match reader.order(author) {
        Some(order) if reader.findings.0.is_empty() => Ok(order),
        _ => Err(Faults(reader.findings.0)),
    }
}

impl Reader {
    /// Begins to read a key of the document; a second time would hide what the first one said.
    fn begin(&mut self, key: &str, again: bool) {
        self.at = pointer("", key);
        if again {
            self.findings.add(self.at.clone(), "is given twice");
        }
    }

    fn order(&mut self, author: Author) -> Option<RecordOrder> {
        let mut fields = Fields {
            at: String::new(),
            left: std::mem::take(&mut self.fields),
            findings: &mut self.findings,
        };
        let tool = fields.required("tool");
        let cash = fields.required("cash");
        let strategy = fields.optional("strategy");
        let series = fields.optional("series");
        let as_of = fields.optional("as_of").unwrap_or(AsOf::Head);
        let timeframe = fields.optional("timeframe");
        let sessions_per_year = fields.optional("sessions_per_year");
        let parameters: BTreeMap<String, f64> = fields.optional("parameters").unwrap_or_default();
        let risk_free = fields.optional("risk_free").unwrap_or_default();
        let (title, notes) = (fields.optional("title"), fields.optional("notes"));
        let tags: Vec<String> = fields.optional("tags").unwrap_or_default();
        fields.refuse_others(KEYS);
        let trades = self.trades.take();
        if trades.is_none() {
            let message = "is missing; an empty list says that nothing was traded";
            self.findings.add("/trades", message);
        }
        let (times, equity) = self.curve()?;
        Some(RecordOrder {
            tool: tool?,
            strategy,
            series,
            as_of,
            timeframe,
            sessions_per_year,
            parameters,
            cash: cash?,
            risk_free,
            trades: trades?,
            times,
            equity,
            title,
            notes,
            tags: tags.into_iter().collect(),
            author,
        })
    }

    /// Takes the columns of the equity curve, which must fit together.
    fn curve(&mut self) -> Option<(Vec<Timestamp>, Vec<f64>)> {
        let Some(Columns { time, equity }) = self.equity.take() else {
            let message = "is missing: {\"time\": […], \"equity\": […]}";
            self.findings.add("/equity", message);
            return None;
        };
        for (key, is_missing) in [("time", time.is_none()), ("equity", equity.is_none())] {
            if is_missing {
                self.findings.add(pointer("/equity", key), "is missing");
            }
        }
        let (time, equity) = (time?, equity?);
        // Values that could not be read are left out of the columns.
        if self.findings.0.is_empty() && time.len() != equity.len() {
            let (times, values) = (time.len(), equity.len());
            let message = format!("`time` has {times} values and `equity` {values}; each point needs both");
            self.findings.add("/equity", message);
        }
        if let Some(before) = time.windows(2).position(|pair| pair[0] >= pair[1]) {
            let message = format!("{} is not later than the time before it", time[before + 1]);
            self.findings.add(format!("/equity/time/{}", before + 1), message);
        }
        Some((time, equity))
    }
}

/// The outermost object.
struct Document<'r>(&'r mut Reader);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a result")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reader = self.0;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "trades" => {
                    reader.begin(&key, reader.trades.is_some());
                    let mut trades = Vec::new();
                    let take = |index, value| trades.extend(trade(&mut reader.findings, index, value));
                    map.next_value_seed(Items("a list of trades", take))?;
                    reader.trades = Some(trades);
                }
                "equity" => {
                    reader.begin(&key, reader.equity.is_some());
                    map.next_value_seed(Curve(reader))?;
                }
                _ => {
                    reader.begin(&key, reader.fields.contains_key(&key));
                    let value = map.next_value()?;
                    reader.fields.insert(key, value);
                }
            }
            reader.at.clear();
        }
        Ok(())
    }
}

/// The columns of the equity curve.
struct Curve<'r>(&'r mut Reader);

impl<'de> DeserializeSeed<'de> for Curve<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Curve<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the lists `time` and `equity`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(Reader {
            at, findings, equity, ..
        }) = self;
        let mut columns = Columns::default();
        while let Some(key) = map.next_key::<String>()? {
            *at = pointer("/equity", &key);
            match key.as_str() {
                "time" => columns.time = Some(column(&mut map, "a list of times", at, findings)?),
                "equity" => columns.equity = Some(column(&mut map, "a list of numbers", at, findings)?),
                _ => {
                    findings.add(at.clone(), "is not known; there are time and equity");
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        *equity = Some(columns);
        Ok(())
    }
}

/// Reads a list of values of one kind; `at` is its pointer.
fn column<'de, T: FromValue, A: MapAccess<'de>>(
    map: &mut A,
    what: &'static str,
    at: &str,
    findings: &mut Findings,
) -> Result<Vec<T>, A::Error> {
    let mut values = Vec::new();
    let take = |index, value| match T::from_value(value) {
        Ok(value) => values.push(value),
        Err(problem) => findings.add(format!("{at}/{index}"), problem),
    };
    map.next_value_seed(Items(what, take))?;
    Ok(values)
}

/// A list, by what it must be, and what takes its items one by one.
struct Items<F>(&'static str, F);

impl<'de, F: FnMut(usize, Value)> DeserializeSeed<'de> for Items<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(usize, Value)> Visitor<'de> for Items<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = items.next_element()? {
            (self.1)(index, value);
            index += 1;
        }
        Ok(())
    }
}

/// Reads one trade.
fn trade(findings: &mut Findings, index: usize, value: Value) -> Option<RecordedTrade> {
    let at = format!("/trades/{index}");
    let Value::Object(left) = value else {
        findings.add(at, wanted("an object", &value));
        return None;
    };
    let mut fields = Fields { at, left, findings };
    let side = fields.required("side");
    let units = fields.required("units");
    let (entry_time, entry_price) = (fields.required("entry_time"), fields.required("entry_price"));
    let (exit_time, exit_price) = (fields.required("exit_time"), fields.required("exit_price"));
    let costs = fields.optional("costs");
    let exit_reason = fields.optional("exit_reason");
    fields.refuse_others(TRADE_KEYS);
    Some(RecordedTrade {
        side: side?,
        units: units?,
        entry_time: entry_time?,
        entry_price: entry_price?,
        exit_time: exit_time?,
        exit_price: exit_price?,
        costs: costs.unwrap_or_default(),
        exit_reason,
    })
}
