//! Bars from files: finding them, recognising their dialect, parsing, checking and sorting.
//!
//! [`find_inputs`] expands paths into [`InputFile`]s. [`scan`] parses each of them once: bytes are decompressed
//! (`bytes`), cut into lines and fields (`lines`, `json`, `fields`), recognised (`sniff`, `dialect`, `columns`), read
//! (`time`, `local`, `number`, `rows`) and sorted, on disk where they don't fit into memory (`store`). What a series is
//! then follows from how its rows are spaced (`spacing`). [`Scanned::check`] holds the rows to the rules of their
//! series (`survey`, `judge`, `watch`), and [`Reading`] gives the bars that are left.

mod bytes;
mod check;
mod columns;
mod dialect;
mod error;
mod fields;
mod find;
mod hash;
mod input;
mod json;
mod judge;
mod lines;
mod local;
mod named;
mod number;
mod options;
mod parse;
mod prices;
mod progress;
mod reading;
mod recall;
mod records;
mod reject;
mod rejections;
mod report;
mod row;
mod rows;
mod rule;
mod scan;
mod slots;
mod sniff;
mod spacing;
mod store;
mod survey;
mod swar;
mod tally;
mod time;
mod time_reader;
mod watch;

pub use dialect::Dialect;
pub use error::{ReadError, Refusal};
pub use find::find_inputs;
pub use input::InputFile;
pub use options::{ChoiceError, DuplicateRule, Limits, NumberStyle, ReadOptions, Stamp};
pub use progress::{NoProgress, ReadProgress};
pub use reading::Reading;
pub use reject::write_rejected;
pub use report::{FileReport, PreviewBar, ReadReport, RowOrder, SeriesReport, Warning};
pub use rule::{Rule, RuleAction};
pub use scan::{FoundSeries, InstrumentHints, Scanned, SeriesRules, scan};
