//! The rules that price files are held to, each with the name that errors and reports give.

use std::fmt;

/// What breaking a rule leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleAction {
    /// The whole input is refused.
    Refuse,
    /// The row is quarantined: it is left out and reported.
    Quarantine,
    /// The row is kept; the report warns of it.
    Warn,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $action:ident;)+) => {
        /// A rule that price files are held to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Rule {
            /// Every rule: those that refuse a file, those that quarantine a row, those that warn.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name, in kebab case.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Explains in one line when the rule is broken.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start_text()),+ }
            }

            /// Tells what breaking the rule leads to.
            pub const fn action(self) -> RuleAction {
                match self { $(Self::$variant => RuleAction::$action),+ }
            }
        }
    };
}

/// Doc comments begin with a space.
trait TrimAsciiStartText {
    fn trim_ascii_start_text(&self) -> &str;
}

impl TrimAsciiStartText for str {
    fn trim_ascii_start_text(&self) -> &str {
        self.trim_start()
    }
}

rules! {
    /// There is nothing to read at the path that was given.
    NoInput = "no-input", Refuse;
    /// The file is empty, or holds no row.
    EmptyFile = "empty-file", Refuse;
    /// A compressed file or archive is cut off or fails its checksum.
    DamagedFile = "damaged-file", Refuse;
    /// The file does not have the SHA-256 that its `.CHECKSUM` file says.
    Checksum = "checksum", Refuse;
    /// The file changed while it was being read.
    FileChanged = "file-changed", Refuse;
    /// The decompressed text is larger than is allowed.
    SizeLimit = "size-limit", Refuse;
    /// The text is larger, compared with its compressed form, than price files are.
    RatioLimit = "ratio-limit", Refuse;
    /// A line is longer than is allowed.
    LineTooLong = "line-too-long", Refuse;
    /// The text is not UTF-8.
    NotUtf8 = "not-utf8", Refuse;
    /// The file holds NUL bytes: it is binary.
    NulBytes = "nul-bytes", Refuse;
    /// The file is a web page.
    HtmlPage = "html-page", Refuse;
    /// The file is JSON, but not the rows of numbers that are read.
    JsonBody = "json-body", Refuse;
    /// A JSON file breaks off or is not well-formed.
    BrokenJson = "broken-json", Refuse;
    /// The first line holds values, where the names of the columns belong.
    MissingHeader = "missing-header", Refuse;
    /// Two columns have the same name, or the header comes a second time.
    DuplicateHeader = "duplicate-header", Refuse;
    /// The header lacks a column that is needed, or fits no dialect.
    UnknownHeader = "unknown-header", Refuse;
    /// A row has more or fewer fields than the header.
    FieldCount = "field-count", Refuse;
    /// A quoted field does not end on its line.
    UnterminatedQuote = "unterminated-quote", Refuse;
    /// A number holds a comma, and what commas mean was not declared.
    NumberStyle = "number-style", Refuse;
    /// Times of day without a zone.
    NaiveTime = "naive-time", Refuse;
    /// The file's path does not say what its dialect needs to know.
    PathUnclear = "path-unclear", Refuse;
    /// A file holds several symbols, but one was declared.
    SeveralSymbols = "several-symbols", Refuse;
    /// The spacing of the rows does not fit the timeframe that was declared.
    TimeframeMismatch = "timeframe-mismatch", Refuse;
    /// The timeframe was not declared and the rows do not show it.
    TimeframeUnclear = "timeframe-unclear", Refuse;
    /// More rows share one time than can be told apart.
    CrowdedTime = "crowded-time", Refuse;
    /// The time can't be read.
    BadTime = "bad-time", Quarantine;
    /// The symbol can't be used.
    BadSymbol = "bad-symbol", Quarantine;
    /// The length of the bar, in a column of its own, can't be read.
    BadTimeframe = "bad-timeframe", Quarantine;
    /// A price is missing.
    MissingPrice = "missing-price", Quarantine;
    /// A number can't be read.
    BadNumber = "bad-number", Quarantine;
    /// A price is NaN or infinite, or a volume is infinite.
    NotFinite = "not-finite", Quarantine;
    /// High is below open, close or low.
    HighBelow = "high-below", Quarantine;
    /// Low is above open or close.
    LowAbove = "low-above", Quarantine;
    /// The volume is negative.
    NegativeVolume = "negative-volume", Quarantine;
    /// A price is zero or below, and the instrument does not allow it.
    NonpositivePrice = "nonpositive-price", Quarantine;
    /// The time lies off the grid of the series' bars.
    OffGrid = "off-grid", Quarantine;
    /// The bar opens in the future.
    InFuture = "in-future", Quarantine;
    /// The local time occurs twice, as clocks are set back.
    DstFold = "dst-fold", Quarantine;
    /// The local time does not occur, as clocks are set forward.
    DstHole = "dst-hole", Quarantine;
    /// Two rows have the same time and different values.
    ConflictingDuplicate = "conflicting-duplicate", Quarantine;
    /// The price moves much further than it usually does from one bar to the next.
    Spike = "spike", Warn;
    /// Many bars in a row have the same prices although there was volume.
    StaleRun = "stale-run", Warn;
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_kebab_case_names_of_their_own_and_an_explanation() {
        let mut names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        for rule in Rule::ALL {
            assert!(
                rule.name()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || b"-8".contains(&byte)),
                "{rule}"
            );
            assert!(
                rule.explanation().ends_with('.') && !rule.explanation().starts_with(' '),
                "{rule}"
            );
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
    }
}
