//! Strategy documents as text: TOML and JSON in, canonical JSON out.

mod canonical;
mod keys;
mod placing;
mod read;
mod tree;

pub use canonical::{canonical_json, document_digest};
pub use placing::place_in_toml;
pub use read::{parse_json, parse_toml};

/// How long a document may be, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests;
