//! Strategies as clients see them.

use std::collections::BTreeMap;

use app::strategy::CheckedStrategy;
use domain::strategy::{SavedStrategy, StrategyDocument, StrategyVersion};
use serde::Serialize;
use utoipa::ToSchema;

/// A version of a strategy, without its document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StrategyVersionBody {
    /// What the strategy is called.
    #[schema(example = "sma-cross")]
    name: String,
    /// What it is called for people.
    title: Option<String>,
    /// The number of the version.
    version: u64,
    /// The SHA-256 of the document's canonical JSON: documents that say the same have the same.
    digest: String,
    /// Who saved it.
    author: String,
    /// What the author wrote about it.
    note: Option<String>,
    /// When it was saved.
    saved_at: String,
}

/// A version of a strategy, with its document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StrategyBody {
    #[serde(flatten)]
    version: StrategyVersionBody,
    /// The document.
    #[schema(value_type = DocumentBody)]
    document: StrategyDocument,
}

impl From<&StrategyVersion> for StrategyVersionBody {
    fn from(version: &StrategyVersion) -> Self {
        Self {
            name: version.name().to_string(),
            title: version.document.title.clone(),
            version: version.version.0,
            digest: version.digest.to_string(),
            author: version.author.to_string(),
            note: version.note.clone(),
            saved_at: version.saved_at.to_string(),
        }
    }
}

impl From<StrategyVersion> for StrategyBody {
    fn from(version: StrategyVersion) -> Self {
        Self {
            version: (&version).into(),
            document: version.document,
        }
    }
}

/// What became of a document.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StrategyOutcome {
    /// It is a version now.
    Saved,
    /// It says the same as the newest version: no version was made.
    Unchanged,
}

/// The answer to a document that was sent to be saved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedStrategyBody {
    /// What became of it.
    outcome: StrategyOutcome,
    /// The newest version.
    strategy: StrategyBody,
}

impl From<SavedStrategy> for SavedStrategyBody {
    fn from(saved: SavedStrategy) -> Self {
        let (outcome, version) = match saved {
            SavedStrategy::Saved(version) => (StrategyOutcome::Saved, version),
            SavedStrategy::Unchanged(version) => (StrategyOutcome::Unchanged, version),
        };
        Self {
            outcome,
            strategy: version.into(),
        }
    }
}

/// What a document that was found right comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckedStrategyBody {
    /// The strategy's name.
    name: String,
    /// The SHA-256 of `canonical`.
    digest: String,
    /// For how many bars at the beginning some rule is undefined, with the default parameters; nothing is traded on
    /// them.
    warm_up: usize,
    /// The columns of the bars that the rules read.
    columns: Vec<String>,
    /// The document as it would be stored: canonical JSON (RFC 8785) without what equals its default.
    canonical: String,
    /// The same as a document.
    #[schema(value_type = DocumentBody)]
    document: StrategyDocument,
}

impl From<CheckedStrategy> for CheckedStrategyBody {
    fn from(checked: CheckedStrategy) -> Self {
        Self {
            name: checked.document.name.to_string(),
            digest: checked.digest.to_string(),
            warm_up: checked.warm_up,
            columns: checked.columns.iter().map(ToString::to_string).collect(),
            canonical: checked.canonical,
            document: checked.document,
        }
    }
}

/// A strategy document: rules, parameters, size, costs and the way orders fill.
#[derive(ToSchema)]
#[schema(as = StrategyDocument)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
pub(crate) struct DocumentBody {
    /// What the strategy is called.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$", example = "sma-cross")]
    name: String,
    /// What it is called for people; a line of up to 200 characters.
    #[schema(nullable = false)]
    title: Option<String>,
    /// The numbers that a run may set, by name.
    #[schema(nullable = false)]
    parameters: Option<BTreeMap<String, ParameterBody>>,
    /// Named expressions that rules and each other may use.
    #[schema(nullable = false)]
    r#let: Option<BTreeMap<String, String>>,
    /// When to buy, and when to sell again.
    #[schema(nullable = false)]
    long: Option<SideBody>,
    /// When to sell short, and when to buy back.
    #[schema(nullable = false)]
    short: Option<SideBody>,
    /// How much; the whole equity when not given.
    #[schema(nullable = false)]
    size: Option<SizeBody>,
    /// What trading costs.
    #[schema(nullable = false)]
    costs: Option<CostsBody>,
    /// How orders fill.
    #[schema(nullable = false)]
    execution: Option<ExecutionBody>,
}

/// A number that rules name and a run may set.
#[derive(ToSchema)]
#[schema(as = StrategyParameter)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
struct ParameterBody {
    /// The value when a run sets none.
    default: f64,
    /// The least value.
    #[schema(nullable = false)]
    min: Option<f64>,
    /// The greatest value.
    #[schema(nullable = false)]
    max: Option<f64>,
}

/// The rules of one side.
#[derive(ToSchema)]
#[schema(as = StrategySide)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
struct SideBody {
    /// The rule that opens a position.
    #[schema(example = "crosses_above(close, sma(close, 50))")]
    enter: String,
    /// The rule that closes it.
    #[schema(nullable = false)]
    exit: Option<String>,
    /// How far against the entry price, as a fraction of it, the position is closed.
    #[schema(nullable = false)]
    stop_loss: Option<f64>,
    /// How far with the entry price, as a fraction of it, the position is closed.
    #[schema(nullable = false)]
    take_profit: Option<f64>,
    /// How far behind the best price since the entry, as a fraction of it, the position is closed.
    #[schema(nullable = false)]
    trailing_stop: Option<f64>,
    /// After how many bars the position is closed.
    #[schema(nullable = false)]
    max_bars: Option<u32>,
}

/// How much is bought or sold: one of `fraction`, `cash` and `units`.
#[derive(ToSchema)]
#[schema(as = StrategySize)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
struct SizeBody {
    /// A fraction of the equity.
    #[schema(nullable = false)]
    fraction: Option<f64>,
    /// An amount of cash.
    #[schema(nullable = false)]
    cash: Option<f64>,
    /// A number of units.
    #[schema(nullable = false)]
    units: Option<f64>,
    /// Whether units are cut to whole ones.
    #[schema(nullable = false)]
    whole_units: Option<bool>,
}

/// What trading costs.
#[derive(ToSchema)]
#[schema(as = StrategyCosts)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
struct CostsBody {
    /// A commission in hundredths of a percent of what is traded.
    #[schema(nullable = false)]
    commission_bps: Option<f64>,
    /// A commission for each entry or exit.
    #[schema(nullable = false)]
    commission_per_trade: Option<f64>,
    /// How much worse than the price an order fills, in hundredths of a percent.
    #[schema(nullable = false)]
    slippage_bps: Option<f64>,
}

/// How orders fill, and which clock the rules read.
#[derive(ToSchema)]
#[schema(as = StrategyExecution)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
struct ExecutionBody {
    /// `next_open`, at the open of the bar after the one that decided, or `close`, at the very close that decided.
    #[schema(pattern = "^(next_open|close)$", nullable = false)]
    fill: Option<String>,
    /// The zone of `hour`, `minute`, `weekday` and `month`.
    #[schema(example = "America/New_York", nullable = false)]
    zone: Option<String>,
}
