//! The tables that are read through sea-orm. Rows stay in this crate.

pub(crate) mod import;
pub(crate) mod instrument;
pub(crate) mod price_commit;
pub(crate) mod strategy;
pub(crate) mod strategy_version;
