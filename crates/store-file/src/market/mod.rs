//! Price history, instruments and imports on files.

mod access;
mod bars;
mod catalogue;
mod commit;
mod diff;
mod gaps;
mod imports;
mod instruments;
mod names;
mod prices;
mod publish;
mod replay;
mod revert;
mod staged;
mod verify;

pub(crate) use names::visible_entries;
pub(crate) use prices::check_version;
