//! x
mod check;
mod digest;
mod document;
mod error;
mod functions;
mod graph;
mod rule;
mod run;
mod series;
mod simulation;
mod statistics;
mod sweep;
#[cfg(test)]
mod testing;
pub use check::{Checked, MAX_LETS, MAX_OPERATIONS, MAX_PARAMETERS, check};
pub use digest::{ENGINE_VERSION, digest_of};
pub use document::{MAX_DOCUMENT_BYTES, canonical_json, document_digest, parse_json, parse_toml};
pub use error::{Place, RuleError};
pub use functions::{Argument, ArgumentKind, Function, Type, functions, functions_markdown};
pub use rule::{MAX_RULE_BYTES, MAX_RULE_DEPTH};
pub use run::{Hook, Outcome, Progress, RunError, RunSettings, run, unwatched};
pub use statistics::{
    Basis, Better, MetricDefinition, Unit, metric_definition, metric_definitions, metrics_markdown,
};
pub use sweep::{Axis, AxisError, Grid, GridError, MAX_RUNS, Sweep, SweepRun, SweepSettings, sweep};
