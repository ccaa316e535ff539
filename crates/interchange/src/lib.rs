//! Bars to and from bytes: CSV dialects, JSON, Arrow IPC and Parquet, streaming; no storage.

pub mod decode;
pub mod read;
pub mod write;

pub use decode::{Coding, DecodeError, Decoded, Fault, Places, decode_bars, inflate};
pub use read::{
    ChoiceError, Dialect, DuplicateRule, FileReport, FoundSeries, InputFile, InstrumentHints, Limits,
    NoProgress, NumberStyle, PreviewBar, ReadError, ReadOptions, ReadProgress, ReadReport, Reading, Refusal,
    RowOrder, Rule, RuleAction, Scanned, SeriesReport, SeriesRules, Stamp, Warning, find_inputs, scan,
    write_rejected,
};
pub use write::{Format, FormatError, FrameEncoder, Layout, WriteError, encoder, json_page};
