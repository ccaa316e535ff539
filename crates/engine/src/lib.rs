//! The backtest engine: rules, indicators, simulation, figures and sweeps.
//!
//! It is pure. Documents, bars and settings go in; trades, an equity curve, figures and a digest come out. There is
//! no storage, no clock and no randomness in it, and every sum runs in a fixed order, so that equal inputs give
//! equal bits on every machine.
//!
//! ```text
//! TOML, JSON ──parse──> StrategyDocument ──check──> Checked ──run──> Outcome
//!                                                      └─────sweep──> Sweep
//! ```
//!
//! # The way of a rule
//!
//! A rule's text is read to a tree (`rule`), its names and types are checked while the tree is compiled to operations
//! on whole columns (`check`), equal operations are one node of a graph (`graph`), and the graph is evaluated over
//! the bars. A number is finite or undefined; a truth is true, false or undefined; what is undefined stays so,
//! also through `not`, and never trades. The simulator (`simulation`) reads the truths bar by bar.
//!
//! # Example
//!
//! ```
//! use domain::market::{Bars, Timeframe};
//!
//! let document = engine::parse_toml(
//!     "name = 'rise'\n[long]\nenter = 'close > close[1]'\nexit = 'close < close[1]'",
//! )
//! .map_err(|errors| errors[0].to_string())?;
//! let checked = engine::check(&document).map_err(|errors| errors[0].to_string())?;
//! assert_eq!(checked.warm_up(), 1);
//!
//! let prices = vec![1.0, 2.0, 3.0, 4.0];
//! let days = (0..4).map(|day| day * 86_400_000_000).collect();
//! let bars = Bars::new(days, prices.clone(), prices.clone(), prices.clone(), prices, vec![1.0; 4])
//!     .map_err(|error| error.to_string())?;
//! let settings = engine::RunSettings::new(1000.0, Timeframe::DAY, 252.0);
//! let outcome = engine::run(&checked, &bars, &settings, &engine::unwatched).map_err(|error| error.to_string())?;
//! assert_eq!(outcome.trades[0].entry_price, 3.0);
//! # Ok::<(), String>(())
//! ```
#![cfg_attr(
    test,
    expect(
        clippy::float_cmp,
        reason = "tests ask for the very bits that were worked out"
    )
)]

mod check;
mod digest;
mod document;
mod error;
mod functions;
mod graph;
mod measure;
mod rule;
mod run;
mod series;
mod simulation;
mod spans;
mod statistics;
mod sweep;
#[cfg(test)]
mod testing;

pub use check::{Checked, MAX_LETS, MAX_OPERATIONS, MAX_PARAMETERS, check};
pub use digest::{ENGINE_VERSION, digest_of};
pub use document::{
    MAX_DOCUMENT_BYTES, canonical_json, document_digest, parse_json, parse_toml, place_in_toml,
};
pub use error::{Place, RuleError};
pub use functions::{Argument, ArgumentKind, Function, Type, functions, functions_markdown};
pub use measure::{Measured, Recorded, measure};
pub use rule::{MAX_RULE_BYTES, MAX_RULE_DEPTH};
pub use run::{Hook, Outcome, Progress, RunError, RunSettings, check_settings, run, unwatched};
pub use statistics::{
    Basis, Better, Drawdown, MetricDefinition, Unit, metric_definition, metric_definitions, metrics_markdown,
    worst_drawdowns,
};
pub use sweep::{
    Axis, AxisError, Grid, GridError, MAX_RUNS, Sweep, SweepRun, SweepSettings, check_figure, sweep,
};
