//! Parsing inputs, and what they turn out to hold.

use domain::market::{AssetClass, Currency, Symbol, Timeframe, Zone};

use super::{
    InputFile, ReadError, ReadOptions, ReadProgress, ReadReport, Reading, Refusal, Rule,
    check::check,
    parse::{ParsedFile, Parser},
    rejections::Rejections,
    row::{Clue, Row},
    slots::{Slot, Slots},
    spacing::{Spacings, Verdict},
    store::{RowStore, SortedRows},
};

/// This many rows of a file may be turned away, whatever the fraction.
pub(super) const ALWAYS_ALLOWED: u64 = 5;

/// A series that inputs hold.
#[derive(Debug, Clone)]
pub struct FoundSeries {
    /// The symbol; `None` when the inputs don't say it.
    pub symbol: Option<Symbol>,
    /// How long a bar lasts.
    pub timeframe: Timeframe,
    /// What the inputs say about the instrument.
    pub hints: InstrumentHints,
}

/// What inputs say about an instrument.
#[derive(Debug, Clone, Default)]
pub struct InstrumentHints {
    /// What kind of thing it is.
    pub asset_class: Option<AssetClass>,
    /// Where its days begin and end.
    pub zone: Option<Zone>,
    /// What it is quoted in.
    pub currency: Option<Currency>,
}

impl InstrumentHints {
    /// Takes from `other` what is not known yet.
    pub(super) fn complete(&mut self, other: &Self) {
        self.asset_class = self.asset_class.or(other.asset_class);
        self.zone = self.zone.take().or_else(|| other.zone.clone());
        self.currency = self.currency.take().or_else(|| other.currency.clone());
    }
}

/// What the check of a series must know.
#[derive(Debug, Clone)]
pub struct SeriesRules {
    /// Whether prices of zero and below are possible.
    pub allows_nonpositive: bool,
    /// The time of any stored bar, µs since the epoch; it fixes the phase of the grid.
    pub stored_time: Option<i64>,
    /// The instrument's zone.
    pub zone: Zone,
}

/// Inputs that have been parsed and not yet checked.
#[derive(Debug)]
pub struct Scanned {
    pub(super) series: Vec<FoundSeries>,
    /// The slots of each series.
    pub(super) slots: Vec<Vec<u32>>,
    pub(super) rows: SortedRows,
    pub(super) files: Vec<ParsedFile>,
    pub(super) rejections: Rejections,
    pub(super) options: ReadOptions,
}

impl Scanned {
    /// Returns the series that were found, in the order in which the inputs first name them.
    pub fn series(&self) -> &[FoundSeries] {
        &self.series
    }

    /// Checks every row against the rules of its series; `rules` has one entry for each series, in the same order.
    ///
    /// # Errors
    /// [`ReadError::TooManyRejected`] when too many rows of a file are turned away, [`ReadError::Refused`] when a
    /// file has changed since, [`ReadError::Io`] when the disk fails.
    ///
    /// # Panics
    /// When `rules` and [`Scanned::series`] differ in length.
    pub fn check(self, rules: &[SeriesRules]) -> Result<Reading, ReadError> {
        assert_eq!(
            rules.len(),
            self.series.len(),
            "one entry of rules for each series"
        );
        check(self, rules)
    }
}

/// Parses all inputs once.
///
/// # Errors
/// [`ReadError`] when an input is refused, too many rows are turned away, the disk fails, or `progress` says stop.
pub fn scan(
    inputs: &[InputFile],
    options: &ReadOptions,
    progress: &dyn ReadProgress,
) -> Result<Scanned, ReadError> {
    progress.total(inputs.iter().map(InputFile::weight).sum());
    let mut parser = Parser {
        options,
        progress,
        store: RowStore::new(options.memory_rows, &options.scratch),
        slots: Slots::default(),
        rejections: Rejections::default(),
    };
    let mut files = Vec::with_capacity(inputs.len());
    for (index, input) in (0..).zip(inputs) {
        files.push(parser.parse(index, input)?);
    }
    let Parser {
        store,
        slots,
        mut rejections,
        ..
    } = parser;
    if too_many(&files, &rejections, options) {
        return Err(ReadError::TooManyRejected(Box::new(report_so_far(
            files,
            &mut rejections,
        ))));
    }
    let rows = store.finish()?;
    let (series, slots) = find_series(&rows, &slots, &files, options)?;
    if series.is_empty() {
        if rejections.total() > 0 {
            return Err(ReadError::TooManyRejected(Box::new(report_so_far(
                files,
                &mut rejections,
            ))));
        }
        let file = files.first().map_or("", |file| file.input.name());
        return Err(Refusal::new(file, Rule::EmptyFile, "no row has prices").into());
    }
    Ok(Scanned {
        series,
        slots,
        rows,
        files,
        rejections,
        options: options.clone(),
    })
}

/// Tells whether some file lost more rows than is allowed.
pub(super) fn too_many(files: &[ParsedFile], rejections: &Rejections, options: &ReadOptions) -> bool {
    (0..).zip(files).any(|(index, file)| {
        let rejected = rejections.of_file(index);
        rejected > ALWAYS_ALLOWED && rejected as f64 > options.max_rejected * file.report.rows as f64
    })
}

/// Makes the report of what was found before any row was checked against its series.
pub(super) fn report_so_far(files: Vec<ParsedFile>, rejections: &mut Rejections) -> ReadReport {
    let mut reports = Vec::with_capacity(files.len());
    for (index, file) in (0..).zip(files) {
        let mut report = file.report;
        report.rejected = rejections.of_file(index);
        reports.push(report);
    }
    ReadReport {
        files: reports,
        series: Vec::new(),
        rejected: rejections.rows(),
        rejected_rows: rejections.total(),
        rules: rejections.rules(),
        warnings: Vec::new(),
    }
}

/// Decides on the timeframe of each slot and puts slots together that turn out to be one series.
fn find_series(
    rows: &SortedRows,
    slots: &Slots,
    files: &[ParsedFile],
    options: &ReadOptions,
) -> Result<(Vec<FoundSeries>, Vec<Vec<u32>>), ReadError> {
    let mut series: Vec<FoundSeries> = Vec::new();
    let mut members: Vec<Vec<u32>> = Vec::new();
    for (index, slot) in (0..).zip(slots.all()) {
        let Some(timeframe) = timeframe_of(rows, index, slot, files, options)? else {
            continue;
        };
        let same = |found: &FoundSeries| found.symbol == slot.symbol && found.timeframe == timeframe;
        if let Some(at) = series.iter().position(same) {
            members[at].push(index);
            series[at].hints.complete(&slot.hints);
        } else {
            members.push(vec![index]);
            series.push(FoundSeries {
                symbol: slot.symbol.clone(),
                timeframe,
                hints: slot.hints.clone(),
            });
        }
    }
    Ok((series, members))
}

/// Decides on the timeframe of a slot; `None` when it has no rows.
fn timeframe_of(
    rows: &SortedRows,
    index: u32,
    slot: &Slot,
    files: &[ParsedFile],
    options: &ReadOptions,
) -> Result<Option<Timeframe>, ReadError> {
    let mut spacings = Spacings::default();
    let mut first: Option<Row> = None;
    let mut naive: Option<Row> = None;
    rows.visit(&[index], |row| {
        spacings.add(row);
        first.get_or_insert(*row);
        if row.clue.is(Clue::NAIVE)
            && naive.is_none_or(|before| (row.file, row.place) < (before.file, before.place))
        {
            naive = Some(*row);
        }
    })?;
    let Some(first) = first else { return Ok(None) };
    let file = &files[first.file as usize];
    let of = slot
        .symbol
        .as_ref()
        .map_or_else(String::new, |symbol| format!(" of {symbol}"));
    let timeframe = match options.timeframe.or(slot.timeframe) {
        Some(declared) => {
            let verdict = if slot.sparse {
                spacings.judge_sparse(declared)
            } else {
                spacings.judge(declared)
            };
            if verdict == Verdict::Differs {
                let message = format!(
                    "the timeframe should be {declared}, but the rows{of} are usually {} apart",
                    spacings.describe()
                );
                return Err(Refusal::new(file.input.name(), Rule::TimeframeMismatch, message).into());
            }
            declared
        }
        None => match spacings.guess() {
            Some(guess) if spacings.judge(guess) == Verdict::Agrees => guess,
            _ => return Err(unclear(&mut spacings, file, &of).into()),
        },
    };
    match naive {
        Some(row) if timeframe.is_intraday() => {
            Err(naive_time(&row, &files[row.file as usize], timeframe).into())
        }
        _ => Ok(Some(timeframe)),
    }
}

fn unclear(spacings: &mut Spacings, file: &ParsedFile, of: &str) -> Refusal {
    let why = if spacings.rows == 1 {
        format!("one row{of} does not show how long its bar lasts")
    } else {
        format!(
            "the rows{of} are too unevenly spaced to show how long a bar lasts (usually {})",
            spacings.describe()
        )
    };
    let message = format!("{why}; name the series with its timeframe, such as --series NASDAQ:AAPL/1m");
    Refusal::new(file.input.name(), Rule::TimeframeUnclear, message)
}

fn naive_time(row: &Row, file: &ParsedFile, timeframe: Timeframe) -> Refusal {
    let message = format!(
        "bars of {timeframe} need to know the zone of their times, and these say none; \
         give it, such as --zone America/New_York or --zone UTC"
    );
    let refusal = Refusal::new(file.input.name(), Rule::NaiveTime, message);
    let refusal = refusal.in_column(&file.column(super::columns::Role::Time, row.series));
    if file.cut.json {
        refusal
    } else {
        refusal.at_line(u64::from(row.place))
    }
}
