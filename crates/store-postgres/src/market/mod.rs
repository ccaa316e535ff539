//! Instruments, price history and imports.

mod access;
mod bars;
mod catalogue;
mod chunk;
mod commit;
mod commits;
mod daily;
mod diff;
mod found;
mod gaps;
mod gone;
mod imports;
mod instruments;
mod payload;
mod prepare;
mod prices;
mod prune;
mod publish;
mod purge;
mod recount;
mod replay;
mod revert;
mod row;
mod runs;
mod staged;
mod verify;
mod write;

pub(crate) use found::timeframe_order;
pub(crate) use row::{Row, digest_bytes};
pub(crate) use runs::RunsCache;
pub(crate) use staged::TaskFault;
