//! x
mod check;
mod document;
mod error;
mod functions;
mod graph;
mod rule;
mod series;
pub use check::{Checked, MAX_LETS, MAX_OPERATIONS, MAX_PARAMETERS, check};
pub use document::{MAX_DOCUMENT_BYTES, canonical_json, document_digest, parse_json, parse_toml};
pub use error::{Place, RuleError};
pub use functions::{Argument, ArgumentKind, Function, Type, functions, functions_markdown};
