//! What a strategy document holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Size, StrategyName};
use crate::{backtest::Costs, market::Zone};

/// A strategy as it was written down: rules as text, parameters, size, costs and the way orders fill.
///
/// Its shape is checked, its rules are not: `engine::check` reads and checks those. What equals its default is left
/// out when it is written, so that a document keeps its text when later versions add keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyDocument {
    /// What the strategy is called.
    pub name: StrategyName,
    /// What it is called for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The numbers that a run may set, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Parameter>,
    /// Named expressions that rules and each other may use.
    #[serde(default, rename = "let", skip_serializing_if = "BTreeMap::is_empty")]
    pub lets: BTreeMap<String, String>,
    /// When to buy, and when to sell again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long: Option<SideRules>,
    /// When to sell short, and when to buy back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<SideRules>,
    /// How much.
    #[serde(default, skip_serializing_if = "Size::is_default")]
    pub size: Size,
    /// What trading costs.
    #[serde(default, skip_serializing_if = "Costs::is_free")]
    pub costs: Costs,
    /// How orders fill.
    #[serde(default, skip_serializing_if = "Execution::is_default")]
    pub execution: Execution,
}

/// A number that rules name and a run may set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The value when a run sets none.
    pub default: f64,
    /// The least value, if it has a bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The greatest value, if it has a bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// The rules of one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideRules {
    /// The rule that opens a position.
    pub enter: String,
    /// The rule that closes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<String>,
    /// How far against the entry price, as a fraction of it, the position is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_loss: Option<f64>,
    /// How far with the entry price, as a fraction of it, the position is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take_profit: Option<f64>,
    /// How far behind the best price since the entry, as a fraction of it, the position is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailing_stop: Option<f64>,
    /// After how many bars the position is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bars: Option<u32>,
}

/// Where an order fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// At the open of the bar after the one whose close decided.
    #[default]
    NextOpen,
    /// At the very close that decided.
    Close,
}

/// How orders fill, and which clock the rules read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// Where an order fills.
    #[serde(default, skip_serializing_if = "is_next_open")]
    pub fill: Fill,
    /// The zone of `hour`, `minute`, `weekday` and `month`; without one, that of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

impl Execution {
    /// Tells whether nothing differs from the defaults.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_next_open(fill: &Fill) -> bool {
    *fill == Fill::NextOpen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_leaves_its_defaults_out() {
        let text = r#"{"name":"plain","long":{"enter":"close > open"}}"#;
        let document: StrategyDocument = serde_json::from_str(text).unwrap();
        assert_eq!(document.size, Size::default());
        assert_eq!(document.execution.fill, Fill::NextOpen);
        assert_eq!(serde_json::to_string(&document).unwrap(), text);
    }

    #[test]
    fn a_document_has_no_other_keys() {
        for text in [
            r#"{"name":"plain","lon":{"enter":"close > open"}}"#,
            r#"{"name":"plain","long":{"entre":"close > open"}}"#,
            r#"{"name":"plain","execution":{"fill":"open"}}"#,
        ] {
            assert!(serde_json::from_str::<StrategyDocument>(text).is_err(), "{text}");
        }
    }
}
