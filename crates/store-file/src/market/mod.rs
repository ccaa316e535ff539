//! Price history, instruments and imports on files.

mod bars;
mod catalogue;
mod commit;
mod compact;
mod diff;
mod feed;
mod gaps;
mod imports;
mod incoming;
mod instruments;
mod names;
mod plan;
mod prices;
mod publish;
mod replay;
mod revert;
mod staged;
mod verify;
