//! The ports behind which instruments, price history and imports are stored.

mod catalogue;
mod imports;
mod instruments;
mod prices;
mod reads;
mod writes;

pub use catalogue::{Order, SeriesFilter, SeriesQuery, SeriesSort};
pub use imports::{ImportStore, ImportsQuery};
pub use instruments::{InstrumentStore, InstrumentsQuery};
pub use prices::{PriceStore, PriceStoreExt, SeriesFiles};
pub use reads::{BarsQuery, ChangeStream, CommitsQuery, FrameStream, GapsQuery};
pub use writes::{BarStream, PriceWrite, Replay, Revert, WriteKind, WriteMeta, Written};
