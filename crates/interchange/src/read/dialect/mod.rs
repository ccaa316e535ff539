//! The dialects of price files: one value each, in a file of its own.
//!
//! To add a dialect, write one file with one `Dialect` value, and name it in `DIALECTS`, before those that would
//! take its files for theirs.

mod alpha_vantage;
mod binance;
mod chandlery;
mod cryptodatadownload;
mod databento;
mod dukascopy;
mod freqtrade;
mod generic;
mod histdata;
mod interactive_brokers;
mod kraken;
mod lean;
mod massive;
mod metatrader;
mod nasdaq;
mod pandas;
mod stooq;
mod tradingview;
mod yahoo;
mod yfinance;

use std::fmt;

use domain::market::{AssetClass, Currency, Symbol, Timeframe, Zone};

use super::{
    Refusal, Rule, Stamp,
    input::PathClues,
    prices::PriceForm,
    sniff::{Beginning, Glance, fold},
    time::{SECOND, TimeForm},
};

/// Every dialect, in the order in which they are tried on a file.
static DIALECTS: &[&Dialect] = &[
    &freqtrade::FREQTRADE_JSON,
    &lean::LEAN,
    &binance::USD_M,
    &binance::SPOT,
    &stooq::STOOQ,
    &massive::MASSIVE,
    &yfinance::YFINANCE,
    &yahoo::YAHOO,
    &yahoo::YAHOO_OLD,
    &chandlery::CHANDLERY,
    &cryptodatadownload::CRYPTODATADOWNLOAD,
    &databento::DATABENTO,
    &nasdaq::NASDAQ,
    &alpha_vantage::ALPHA_VANTAGE,
    &metatrader::METATRADER_5,
    &dukascopy::DUKASCOPY,
    &dukascopy::DUKASCOPY_LOCAL,
    &tradingview::TRADINGVIEW,
    &interactive_brokers::INTERACTIVE_BROKERS,
    &kraken::KRAKEN,
    &metatrader::METATRADER_4,
    &histdata::HISTDATA,
    &pandas::PANDAS,
    &generic::GENERIC,
];

/// A way to write price files: what the columns are called, how times are written and what they mean.
pub struct Dialect {
    name: &'static str,
    title: &'static str,
    sample: &'static str,
    time: &'static str,
    zone: &'static str,
    notes: &'static str,
    /// Where the names of the columns come from.
    pub(crate) layout: Layout,
    /// The names that each column may have.
    pub(crate) columns: Columns,
    /// How times may be written.
    pub(crate) times: &'static [TimeForm],
    /// The zone of times that carry none.
    pub(crate) zone_rule: ZoneRule,
    /// How prices are written.
    pub(crate) prices: PriceForm,
    /// Reads how long a bar lasts from the column for it.
    pub(crate) period: fn(&str) -> Option<Timeframe>,
    /// Which end of the bar its time names.
    pub(crate) stamp: Stamp,
    /// What stands for all four prices of a row that holds no bar.
    pub(crate) no_bar: &'static [&'static str],
    /// Tells whether a file looks like one of this dialect.
    pub(crate) fits: fn(&Glance<'_>) -> bool,
    /// Reads what the path of a file says; an error explains what is missing.
    pub(crate) path: fn(&PathClues) -> Result<PathHints, String>,
}

/// What most dialects have in common.
const COMMON: Dialect = Dialect {
    name: "",
    title: "",
    sample: "",
    time: "",
    zone: "`--zone` for times without offset",
    notes: "",
    layout: Layout::Header,
    columns: Columns::USUAL,
    times: &[TimeForm::Epoch, TimeForm::Iso],
    zone_rule: ZoneRule::Unsaid,
    prices: PriceForm::Plain,
    period: |_| None,
    stamp: Stamp::Open,
    no_bar: &[],
    fits: |_| false,
    path: |_| Ok(PathHints::default()),
};

/// Where the names of the columns come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The first line.
    Header,
    /// The dialect: its files have no header.
    Headerless(&'static [&'static str]),
    /// The first line, or the dialect where the first line holds values.
    OptionalHeader(&'static [&'static str]),
    /// Two lines, fields and tickers, and a third that names the time alone.
    TickerHeader,
    /// The dialect; rows are arrays in a JSON array.
    JsonRows(&'static [&'static str]),
}

/// The folded names that each column may have, the preferred one first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    pub(crate) time: &'static [&'static str],
    /// The time of day, where it has a column of its own.
    pub(crate) clock: &'static [&'static str],
    pub(crate) open: &'static [&'static str],
    pub(crate) high: &'static [&'static str],
    pub(crate) low: &'static [&'static str],
    pub(crate) close: &'static [&'static str],
    pub(crate) volume: &'static [&'static str],
    /// Whether there are volumes in several currencies, which stand in their names, `Volume BTC`: that in the
    /// currency that the symbol begins with is read.
    pub(crate) volume_names_currency: bool,
    pub(crate) symbol: &'static [&'static str],
    /// How long the bar lasts, as [`Dialect::period`] reads it.
    pub(crate) period: &'static [&'static str],
}

impl Columns {
    /// The names that most files use.
    pub(crate) const USUAL: Self = Self {
        time: &[
            "date",
            "datetime",
            "time",
            "timestamp",
            "opentime",
            "unix",
            "gmttime",
            "localtime",
        ],
        clock: &[],
        open: &["open"],
        high: &["high"],
        low: &["low"],
        close: &["close"],
        volume: &["volume"],
        volume_names_currency: false,
        symbol: &[],
        period: &[],
    };
}

/// The zone of times that carry none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ZoneRule {
    /// Not known: times of day need `--zone`.
    Unsaid,
    /// UTC.
    Utc,
    /// An offset such as `-05:00`, all year.
    Fixed(&'static str),
    /// What the path says.
    Path,
}

/// What the path of a file says about its contents.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathHints {
    pub(crate) symbol: Option<Symbol>,
    pub(crate) timeframe: Option<Timeframe>,
    /// Whether such files, which say their timeframe, leave out bars without trades: rows may be far apart then.
    pub(crate) sparse: bool,
    pub(crate) asset_class: Option<AssetClass>,
    pub(crate) zone: Option<Zone>,
    pub(crate) currency: Option<Currency>,
    /// The date of times that count from midnight: µs of that date's midnight, taken as UTC.
    pub(crate) midnight: Option<i64>,
    /// What prices are divided by.
    pub(crate) price_divisor: Option<f64>,
}

impl Dialect {
    /// Returns every dialect, in the order in which they are tried on a file.
    pub fn all() -> &'static [&'static Self] {
        DIALECTS
    }

    /// Returns the dialect of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        DIALECTS.iter().copied().find(|dialect| dialect.name == name)
    }

    /// Returns the name, as `--dialect` takes it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Says where such files come from.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Returns the header, or a row where there is none.
    pub fn sample(&self) -> &'static str {
        self.sample
    }

    /// Says how times are written.
    pub fn time(&self) -> &'static str {
        self.time
    }

    /// Says in which zone times without offset are.
    pub fn zone(&self) -> &'static str {
        self.zone
    }

    /// Says what else is special about such files.
    pub fn notes(&self) -> &'static str {
        self.notes
    }
}

/// Finds the dialect of a file.
///
/// # Errors
/// Refuses a file without header that fits no dialect without one.
pub(super) fn recognise(
    beginning: &Beginning,
    clues: &PathClues,
    file: &str,
) -> Result<&'static Dialect, Refusal> {
    let names: Option<Vec<String>> = beginning
        .header
        .as_ref()
        .map(|names| names.iter().map(|name| fold(name)).collect());
    let glance = Glance {
        names: names.as_deref(),
        rows: &beginning.rows,
        json: beginning.json,
        delimiter: beginning.delimiter,
        path: clues,
    };
    if let Some(dialect) = Dialect::all().iter().find(|dialect| (dialect.fits)(&glance)) {
        return Ok(dialect);
    }
    let message = "the first line holds values where the names of the columns should be, and no dialect without a \
                   header fits; add a header, such as time,open,high,low,close,volume, or name the dialect with \
                   --dialect";
    Err(Refusal::new(file, Rule::MissingHeader, message).at_line(beginning.preamble + 1))
}

/// Reads the length of a bar that is given in minutes, as digits.
fn minutes(text: &str) -> Option<Timeframe> {
    let digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let minutes: i64 = text.parse().ok().filter(|_| digits)?;
    Timeframe::from_micros(minutes * 60 * SECOND)
}

impl fmt::Debug for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dialect").field(&self.name).finish()
    }
}

impl PartialEq for Dialect {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Dialect {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_is_found_by_its_name_and_described() {
        for dialect in Dialect::all() {
            assert_eq!(Dialect::named(dialect.name()), Some(*dialect));
            for text in [dialect.title(), dialect.sample(), dialect.time(), dialect.zone()] {
                assert!(!text.is_empty(), "{dialect:?}");
            }
        }
        assert_eq!(Dialect::named("no-such"), None);
    }
}
