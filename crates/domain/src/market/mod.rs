//! Price history: instruments, series, bars, versions, and the ports that store them.

mod bar;
mod bars;
mod calendar;
mod changes;
mod commit;
mod days;
mod digest;
mod frame;
mod import;
mod instrument;
mod key;
mod merge;
mod port;
mod resample;
mod series;
mod timeframe;
mod times;
mod timestamp;
mod zone;

pub use bar::{Bar, BarsError, CANONICAL_NAN};
pub use bars::Bars;
pub use calendar::{Gap, GridRun, TradingCalendar, grid_runs};
pub use changes::{Changes, Patch};
pub use commit::{
    AsOf, AsOfError, Author, AuthorError, Commit, CommitKind, Sha256Hex, Sha256HexError, Version,
};
pub use days::DayCutter;
pub use digest::{DigestError, SetDigest};
pub use frame::{BarFrame, Column, ColumnError, ColumnSet};
pub use import::{Import, ImportSource, ImportState, ImportedSeries, RejectedRow, RuleCount};
pub use instrument::{AssetClass, AssetClassError, Currency, CurrencyError, Instrument};
pub use key::{KeyError, SeriesKey, Symbol, Venue};
pub use merge::{MergeTally, Merged, merge};
pub use port::{
    BarStream, BarsQuery, ChangeStream, CommitsQuery, FrameStream, GapsQuery, ImportStore, ImportsQuery,
    InstrumentStore, InstrumentsQuery, Order, PriceStore, PriceStoreExt, PriceWrite, Replay, Revert,
    SeriesFiles, SeriesFilter, SeriesQuery, SeriesSort, WriteKind, WriteMeta, Written,
};
pub use resample::{ResampleError, ResampledBar, Resampler};
pub use series::{Damage, SeriesCheck, SeriesHead, SeriesPosition};
pub use timeframe::{Timeframe, TimeframeError, TimeframeUnit};
pub use times::Times;
pub use timestamp::{TimeRange, Timestamp, TimestampError};
pub use zone::{Zone, ZoneError};
